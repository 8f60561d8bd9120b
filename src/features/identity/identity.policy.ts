import { Forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import { requireRole, type Role } from '../access/index.ts';

/** Analysts keep the tenant's data right, and administrators may do what they do. */
export const mayMerge: readonly Role[] = ['analyst', 'admin'];

/** Whoever decides on merges sees them, and so does whoever answers for privacy: a merge changes whose consent holds. */
export const mayReadMerges: readonly Role[] = ['analyst', 'privacy_officer', 'admin'];

/** A caller as the policy sees one. */
export interface MergeDecider {
  readonly actor: Actor;
  readonly roles: ReadonlySet<string>;
}

/** Lets a person with a deciding role pass. No machine merges by itself: the matching policy does, and it is a person who publishes it. */
export function requireMergeDecider(caller: MergeDecider, doing: string): void {
  requireRole(caller, mayMerge, doing);
  if (caller.actor.kind !== 'user') throw new Forbidden(`Only a person can ${doing}. Publish a matching policy to merge certain matches automatically.`);
}
