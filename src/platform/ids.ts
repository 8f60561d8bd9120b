import { randomBytes, randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';
import { InvalidInput } from './errors.ts';
import { Moment } from './moment.ts';

/** A UUID that names one kind of thing; the brand keeps an account's id out of a signal's place. */
export type Id<Kind extends string> = string & { readonly __kind: Kind };

/** Makes UUIDs of version 7 (RFC 9562): the leading 48 bits are the clock's milliseconds, so ids sort by time. */
export type NewId = <Kind extends string>() => Id<Kind>;

/** An id maker bound to a clock. Ids keep the order in which they were made, also within a millisecond and when the clock is set back. */
export function createIds(clock: Clock): NewId {
  const randomTail = createRandomTails();
  let lastMillisecond = 0;
  let counter = 0;
  return <Kind extends string>() => {
    const now = clock.now().getTime();
    // The counter never begins anew within one millisecond: when it is full, ids go on in the next.
    const full = counter === 0xfff;
    const millisecond = now > lastMillisecond ? now : lastMillisecond + (full ? 1 : 0);
    counter = millisecond === lastMillisecond ? counter + 1 : randomBytes(1)[0] ?? 0;
    lastMillisecond = millisecond;
    const time = millisecond.toString(16).padStart(12, '0');
    const tail = randomTail();
    const version = `7${counter.toString(16).padStart(3, '0')}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${tail.slice(0, 4)}-${tail.slice(4)}` as Id<Kind>;
  };
}

/** Eight random bytes in hexadecimal, with the variant of RFC 9562. Asking the system for each id alone takes longer than all the rest of making it. */
function createRandomTails(): () => string {
  const pool = Buffer.alloc(8 * 512);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    pool[used] = ((pool[used] ?? 0) & 0x3f) | 0x80;
    used += 8;
    return pool.toString('hex', used - 8, used);
  };
}

const globalIdForm = /^([A-Z][A-Za-z]{1,40})_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?:_(N?[0-9a-z]{1,10})(?:_([0-9]{3}))?(?:-(N?[0-9a-z]{1,10})(?:_([0-9]{3}))?)?)?(?:~[0-9a-z]{1,16})?$/;

/**
 * The opaque id that callers see: the GraphQL type's name and the row's UUID. The state of a row at a moment has an id of
 * its own, which ends in its one or two instants; null is the present. Callers must not take ids apart.
 */
export function toGlobalId(type: string, id: string, asOf: Moment | null = null): string {
  const present = `${type}_${id.replaceAll('-', '')}`;
  return asOf === null ? present : present + suffixOf(asOf);
}

/** The id of something that shows an item in one way among several: the item's id and a mark of the way. */
export function toViewId(itemId: string, mark: string): string {
  return `${itemId}~${mark}`;
}

/** What a global id names: a row of a type, at a moment; null is the present. */
export interface NamedState {
  readonly type: string;
  readonly id: string;
  readonly asOf: Moment | null;
}

/** Takes a global id apart, also one of a past state or of a view; null for anything that this system could not have made. */
export function parseStateId(text: string): NamedState | null {
  const match = globalIdForm.exec(text);
  if (!match) return null;
  const [, type = '', a, b, c, d, e, known, knownMicros, valid, validMicros] = match;
  const id = `${a}-${b}-${c}-${d}-${e}`;
  if (known === undefined) return { type, id, asOf: null };
  const knownAt = readInstant(known, knownMicros);
  const validAt = valid === undefined ? null : readInstant(valid, validMicros);
  // Nothing is true at an instant later than it is known.
  if (knownAt === null || (valid !== undefined && (validAt === null || validAt > knownAt))) return null;
  return { type, id, asOf: new Moment(knownAt, validAt) };
}

/** The row that a global id names, whatever the instant: for filters, which ask for what belongs to it. Null as in `parseStateId`. */
export function parseItemId(text: string): { type: string; id: string } | null {
  const named = parseStateId(text);
  return named && { type: named.type, id: named.id };
}

/**
 * The row that a global id names in the present; null as in `parseStateId`. Throws `InvalidInput` for the id of a past
 * state, with `path` as the place of the fault: nothing is changed, or followed, on the strength of a state that may no
 * longer hold.
 */
export function parseGlobalId(text: string, path: readonly string[] = []): { type: string; id: string } | null {
  const named = parseStateId(text);
  if (named && named.asOf !== null) throw new InvalidInput('This id names a past state. Use its presentId.', path);
  return named && { type: named.type, id: named.id };
}

/** The state read last: a read gives many rows of one instant their ids. */
let last = { key: '', suffix: '' };

function suffixOf({ key, knownAt, validAt }: Moment): string {
  if (key !== last.key) last = { key, suffix: `_${writeInstant(knownAt)}${validAt === null ? '' : `-${writeInstant(validAt)}`}` };
  return last.suffix;
}

/** N stands before the milliseconds of an instant before 1970. */
function writeInstant(instant: string): string {
  const microseconds = /\.\d{3}(\d{3})Z$/.exec(instant)?.[1] ?? '000';
  return `${Date.parse(instant).toString(36).replace('-', 'N')}${microseconds === '000' ? '' : `_${microseconds}`}`;
}

function readInstant(milliseconds: string, microseconds: string | undefined): string | null {
  const written = milliseconds.replace('N', '-');
  const time = Number.parseInt(written, 36);
  // Written again it must be the same, and within the years that four digits can tell.
  if (time.toString(36) !== written || time < firstMillisecondOfYear1 || time > lastMillisecondOfYear9999 || microseconds === '000') return null;
  const instant = new Date(time).toISOString();
  return microseconds === undefined ? instant : instant.replace('Z', `${microseconds}Z`);
}

const firstMillisecondOfYear1 = -62_135_596_800_000;
const lastMillisecondOfYear9999 = 253_402_300_799_999;

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return uuidForm.test(text);
}
