/** How long a lock, an active context, a persistent context and the list of new messages live in Redis, in seconds; lock and active context in PostgreSQL, too. */
export const lifetimes = { lock: 300, activeContext: 3_600, persistentContext: 2_592_000, newMessages: 300 } as const;

/** The instant so many seconds after another. RFC 3339. */
export function secondsAfter(instant: string, seconds: number): string {
  return new Date(Date.parse(instant) + seconds * 1_000).toISOString();
}
