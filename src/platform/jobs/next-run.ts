import { parseCronItems } from 'graphile-worker';

const minute = 60_000;
/** How far ahead it looks, in minutes: a month and a day. Whoever asks waits for the search. */
const horizon = 32 * 24 * 60;

/** The next minute after an instant at which a calendar pattern is due, in UTC; null when there is none within 32 days. */
export function nextRun(pattern: string, after: Date): Date | null {
  const [item] = parseCronItems([{ task: 'next', match: pattern }]);
  const matches = item?.match;
  if (typeof matches !== 'function') return null;
  const first = Math.floor(after.getTime() / minute) + 1;
  for (let ahead = 0; ahead < horizon; ahead += 1) {
    const at = new Date((first + ahead) * minute);
    if (matches({ min: at.getUTCMinutes(), hour: at.getUTCHours(), date: at.getUTCDate(), month: at.getUTCMonth() + 1, dow: at.getUTCDay() })) return at;
  }
  return null;
}
