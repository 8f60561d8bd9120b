import { Forbidden } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import { sees, type Role } from '../access/index.ts';

/** Machines, analysts, approvers and administrators propose. */
export const mayPropose: readonly Role[] = ['agent', 'analyst', 'approver', 'admin'];

/** Approvers and administrators decide, and edit. */
export const mayDecide: readonly Role[] = ['approver', 'admin'];

/** What outreach is bound by is for administrators to decide. */
export const maySetOutreachPolicy: readonly Role[] = ['admin'];

/** Whether a caller is shown drafts and reasoning. */
export function readsDrafts(caller: { readonly roles: ReadonlySet<string> }): boolean {
  return sees(caller, 'DRAFT');
}

/** A caller as policies see one: who it is, and as what. */
export interface Decider {
  readonly actor: Actor;
  readonly roles: ReadonlySet<string>;
}

/** The caller is known, and may not do this with this action. */
export class NotPermittedError extends Forbidden {}

/** Lets whoever may propose pass. */
export function requireProposer({ roles }: Pick<Decider, 'roles'>): void {
  if (!mayPropose.some((role) => roles.has(role))) throw new NotPermittedError(`To propose actions you need the role ${mayPropose.join(' or ')}; yours: ${[...roles].join(', ')}.`);
}

/**
 * Lets a person with a deciding role pass; no machine decides, whatever its roles. `doing` completes "To … you need the
 * role …".
 */
export function requireDecider({ actor, roles }: Decider, doing: string): void {
  if (!mayDecide.some((role) => roles.has(role))) throw new NotPermittedError(`To ${doing} you need the role ${mayDecide.join(' or ')}; yours: ${[...roles].join(', ')}.`);
  if (actor.kind !== 'user') throw new NotPermittedError(`Only a person may ${doing}; a machine proposes and does not decide.`);
}

interface Claimed {
  readonly status: string;
  readonly claimedById: string | null;
  readonly claimExpiresAt: string | null;
}

/** Lets pass whom no other's claim keeps out. */
export function requireUnclaimedByOthers(action: Claimed, { actor }: Decider, now: string): void {
  if (action.status !== 'CLAIMED' || action.claimedById === actor.id || action.claimExpiresAt === null || Date.parse(action.claimExpiresAt) <= Date.parse(now)) return;
  throw new NotPermittedError(`Somebody else is looking at this action until ${action.claimExpiresAt}. Wait, or ask them to give it back.`);
}

interface Written {
  readonly author: { readonly kind: string; readonly id: string };
}

/** Where the tenant wants four eyes: whoever wrote the words that are to go out does not approve them. */
export function requireOtherThanAuthor({ author }: Written, { actor }: Decider): void {
  if (author.id === actor.id) throw new NotPermittedError('You wrote the words of this version, and the outreach policy wants four eyes. Another approver must decide.');
}

/**
 * Whoever proposed an action does not approve it: two people stand behind everything that goes out. One name is one
 * somebody, whether their token says that a person bears it or a machine; and a machine's key speaks for whoever made it.
 */
export function requireOtherThanProposer({ proposedById, keyMadeBy }: { readonly proposedById: string; readonly keyMadeBy: string | null }, { actor }: Decider): void {
  if (proposedById === actor.id) throw new NotPermittedError('Whoever proposed an action does not approve it. Ask somebody else.');
  if (keyMadeBy === actor.id) throw new NotPermittedError('A machine proposed this by an API key that you made, so it is not for you to approve. Ask somebody else.');
}
