import { InvalidInput } from '../../platform/errors.ts';
import type { Caller } from '../../platform/postgres/work.ts';
import { isBelow, lowestOrigin, type OriginClass } from './origin-class.ts';

/** What decides the class of an observation beside the channel that it came by. */
export interface OriginEvidence {
  /** The class of the text that it holds; null where it holds data. */
  readonly text: OriginClass | null;
  /** What the caller says it is; null or absent where the caller says nothing. */
  readonly stated?: OriginClass | null | undefined;
  /** Where the caller says it. */
  readonly path: readonly string[];
}

/** The description of the `origin` argument of inputs. */
export const originDescription = 'Where it comes from, if that is less trusted than the way it is delivered: text of a customer that a signed system forwards. It can lower the class that the system decides and never raise it.';

/** The class of the channel that a caller uses. The program itself acts on what it holds, as a system does. */
export function channelOrigin({ actor, isUnproven }: Pick<Caller, 'actor' | 'isUnproven'>): OriginClass {
  if (isUnproven) return 'ANONYMOUS';
  return actor.kind === 'user' ? 'VERIFIED_PERSON' : 'SIGNED_SYSTEM';
}

/**
 * The origin class of an observation: the lowest of the channel's, of the text's and of what the caller states. Throws
 * `InvalidInput` if the caller states a class above what the others allow.
 */
export function decideOrigin(caller: Pick<Caller, 'actor' | 'isUnproven'>, { text, stated, path }: OriginEvidence): OriginClass {
  const channel = channelOrigin(caller);
  const allowed = text !== null && isBelow(text, channel) ? text : channel;
  if (stated && isBelow(allowed, stated)) throw new InvalidInput(`origin must not be above ${allowed}, the class of what is delivered this way. Leave it out, or state a lower class.`, [...path, 'origin']);
  return lowestOrigin(stated ? [allowed, stated] : [allowed]) ?? allowed;
}
