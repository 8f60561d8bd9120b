import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** A UUID that names one kind of thing; the brand keeps an account's id out of a signal's place. */
export type Id<Kind extends string> = string & { readonly __kind: Kind };

/** Makes UUIDs of version 7 (RFC 9562): the leading 48 bits are the clock's milliseconds, so ids sort by time. */
export type NewId = <Kind extends string>() => Id<Kind>;

/** An id maker bound to a clock. Ids keep the order in which they were made, also within a millisecond and when the clock is set back. */
export function createIds(clock: Clock): NewId {
  let lastMillisecond = 0;
  let counter = 0;
  return <Kind extends string>() => {
    const now = clock.now().getTime();
    // The counter never begins anew within one millisecond: when it is full, ids go on in the next.
    const full = counter === 0xfff;
    const millisecond = now > lastMillisecond ? now : lastMillisecond + (full ? 1 : 0);
    counter = millisecond === lastMillisecond ? counter + 1 : randomBytes(1)[0] ?? 0;
    lastMillisecond = millisecond;
    const random = randomBytes(8);
    random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
    const time = millisecond.toString(16).padStart(12, '0');
    const tail = random.toString('hex');
    const version = `7${counter.toString(16).padStart(3, '0')}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${tail.slice(0, 4)}-${tail.slice(4)}` as Id<Kind>;
  };
}

const globalIdForm = /^([A-Z][A-Za-z]{1,40})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The opaque id that callers see: the GraphQL type's name and the row's UUID. Callers must not take it apart. */
export function toGlobalId(type: string, id: string): string {
  return `${type}_${id.replaceAll('-', '')}`;
}

/** Takes a global id apart; null for anything that this system could not have made. */
export function parseGlobalId(text: string): { type: string; id: string } | null {
  const match = globalIdForm.exec(text);
  if (!match) return null;
  const [, type, a, b, c, d, e] = match;
  return { type: type ?? '', id: `${a}-${b}-${c}-${d}-${e}` };
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}
