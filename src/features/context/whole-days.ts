const dayInMilliseconds = 86_400_000;

/** Whole UTC days from one instant or day to another, never negative. */
export function daysBetween(from: string, to: string): number {
  return Math.max(0, dayNumber(to) - dayNumber(from));
}

/** The number of an instant's UTC day, counted from 1 January 1970. */
function dayNumber(instant: string): number {
  return Math.floor(Date.parse(instant) / dayInMilliseconds);
}

/** Midnight UTC of the day that is this many days after an instant's own. RFC 3339. */
export function startOfDay(instant: string, daysLater: number): string {
  return new Date((dayNumber(instant) + daysLater) * dayInMilliseconds).toISOString();
}

/** A number of days in words: `1 day`, `3 days`. */
export function daysInWords(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
