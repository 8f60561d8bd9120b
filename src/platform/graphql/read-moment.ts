import { InvalidInput } from '../errors.ts';
import { Moment } from '../moment.ts';
import type { AsOf, Call } from './call.ts';

/** The description of the argument `asOf`. */
export const asOfDescription = 'Read everything as it was known at this instant, which must not lie in the future. What is still being written at that instant joins it when it is committed, seconds later at the most; older instants no longer change. The present when left out.';
/** The description of the argument `validAt`. */
export const validAtDescription = 'Read what was true at this instant, according to what was known at `asOf` (now when that is left out); not later than `asOf`. What the system makes itself (scores, health, actions, snapshots, profiles) is read as of this instant. What was true at `asOf` when left out.';

/** The two instants that a caller asks for. */
export interface AskedMoment {
  readonly asOf?: string | null | undefined;
  readonly validAt?: string | null | undefined;
}

/** The moment that a caller asks for, or else that of the id; null is the present. Refuses instants that have not come yet, and a `validAt` after `asOf`. */
export function readMoment(call: Call, { asOf, validAt }: AskedMoment, named: AsOf = null): AsOf {
  const now = call.clock.now().getTime();
  if (asOf && Date.parse(asOf) > now) throw new InvalidInput('asOf lies in the future. Leave it out to read the present.', ['asOf']);
  if (!validAt) return asOf ? new Moment(asOf) : named;
  const knownAt = asOf ?? named?.knownAt ?? new Date(now).toISOString();
  if (Date.parse(validAt) > Date.parse(knownAt)) throw new InvalidInput('validAt must not lie after asOf, or in the future: nothing is known of what is true then.', ['validAt']);
  return new Moment(knownAt, validAt);
}

/** Whether the moment of an id has come; no other was ever given out. */
export function hasCome(call: Call, asOf: AsOf): boolean {
  return asOf === null || Date.parse(asOf.knownAt) <= call.clock.now().getTime();
}
