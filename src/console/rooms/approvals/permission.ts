import type { ActionDetailFragment } from '../../generated/operations.ts';
import type { Bearer } from '../session/token.ts';
import { isOpen, moment } from './words.ts';

/** What a bearer is offered to do with an action. The server decides on its own; this spares them a refusal. */
export interface Permission {
  readonly approve: boolean;
  /** Reject and edit. */
  readonly decide: boolean;
  readonly claim: 'claim' | 'release' | null;
  /** Why something is not offered; null when everything is. */
  readonly reason: string | null;
}

const nothing = { approve: false, decide: false, claim: null } as const;
const deciding: ReadonlySet<string> = new Set(['approver', 'admin']);

/** Says what is offered, and why not more. Roles that cannot be read from the token are left to the server. */
export function permissionFor(action: Pick<ActionDetailFragment, 'status' | 'claimedBy' | 'claimExpiresAt' | 'proposedBy'>, { subject, roles, machine }: Bearer, now: number): Permission {
  if (!isOpen(action.status)) return { ...nothing, reason: null };
  if (roles.length > 0 && !roles.some((role) => deciding.has(role))) {
    return { ...nothing, reason: `You can look, and not decide: that takes the role approver or admin; yours: ${roles.join(', ')}.` };
  }
  if (machine) return { ...nothing, reason: 'Your token says that no person bears it: a machine proposes, and people decide.' };
  const { claimedBy, claimExpiresAt } = action;
  const claimed = action.status === 'CLAIMED' && claimedBy !== null && claimExpiresAt !== null && Date.parse(claimExpiresAt) > now;
  if (claimed && claimedBy.id !== subject) return { ...nothing, reason: `${claimedBy.id} is looking at this until ${moment(claimExpiresAt)}. Until then nobody else decides.` };
  const own = action.proposedBy.kind === 'user' && action.proposedBy.id === subject;
  return { approve: !own, decide: true, claim: claimed ? 'release' : 'claim', reason: own ? 'You proposed this, so somebody else approves it.' : null };
}
