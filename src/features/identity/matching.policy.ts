import { Forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import { requireRole, type Role } from '../access/index.ts';

/** Machines and administrators keep references; it is they who write records. */
export const mayLinkReferences: readonly Role[] = ['agent', 'admin'];

/** Analysts keep the tenant's data right, and administrators may do what they do. */
const mayDecideMatches: readonly Role[] = ['analyst', 'admin'];

/** The policy merges without asking, so only administrators set it. */
export const maySetMatchingPolicy: readonly Role[] = ['admin'];

/** Lets a person with a deciding role pass: a confirmed candidate is merged. Machines merge by the matching policy alone. */
export function requireDecider(caller: { readonly actor: Actor; readonly roles: ReadonlySet<string> }): void {
  requireRole(caller, mayDecideMatches, 'decide match candidates');
  if (caller.actor.kind !== 'user') throw new Forbidden('Only a person can decide match candidates. Publish a matching policy to merge certain matches automatically.');
}
