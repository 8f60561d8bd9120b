import type { ActionDetailFragment } from '../../generated/operations.ts';
import type { Bearer } from '../session/token.ts';
import { isOpen, moment } from './words.ts';

/** What a bearer is offered to do with an action. The server decides on its own; this spares them a refusal. */
export interface Permission {
  readonly approve: boolean;
  /** Reject and edit. */
  readonly decide: boolean;
  readonly claim: 'claim' | 'release' | null;
  /** Undo what was executed, where it can be undone. */
  readonly undo: boolean;
  /** Why something is not offered; null when everything is. */
  readonly reason: string | null;
}

const nothing = { approve: false, decide: false, claim: null, undo: false } as const;
const deciding: ReadonlySet<string> = new Set(['approver', 'admin']);

/** What else counts. */
export interface Circumstances {
  readonly now: number;
  /** Whether whoever edited last does not approve. */
  readonly fourEyes: boolean;
}

/** Says what is offered, and why not more. Roles that cannot be read from the token are left to the server. */
export function permissionFor(action: Pick<ActionDetailFragment, 'status' | 'claimedBy' | 'claimExpiresAt' | 'proposedBy' | 'draft'>, { subject, roles, machine }: Bearer, { now, fourEyes }: Circumstances): Permission {
  if (!isOpen(action.status)) return { ...nothing, undo: action.status === 'EXECUTED' && !machine && (roles.length === 0 || roles.some((role) => deciding.has(role))), reason: null };
  if (roles.length > 0 && !roles.some((role) => deciding.has(role))) {
    return { ...nothing, reason: `You can look, and not decide: that takes the role approver or admin; yours: ${roles.join(', ')}.` };
  }
  if (machine) return { ...nothing, reason: 'Your token says that no person bears it: a machine proposes, and people decide.' };
  const { claimedBy, claimExpiresAt } = action;
  const claimed = action.status === 'CLAIMED' && claimedBy !== null && claimExpiresAt !== null && Date.parse(claimExpiresAt) > now;
  if (claimed && claimedBy.id !== subject) return { ...nothing, reason: `${claimedBy.id} is looking at this until ${moment(claimExpiresAt)}. Until then nobody else decides.` };
  const reason = whyNotApprove(action, subject, fourEyes);
  return { approve: reason === null, decide: true, claim: claimed ? 'release' : 'claim', undo: false, reason };
}

/** One name is one somebody, as a person or as a machine. */
function whyNotApprove({ proposedBy, draft }: Pick<ActionDetailFragment, 'proposedBy' | 'draft'>, subject: string | null, fourEyes: boolean): string | null {
  if (subject === null) return null;
  if (proposedBy.id === subject) return 'You proposed this, so somebody else approves it.';
  return fourEyes && draft.editedBy?.id === subject ? 'You wrote these words, and your outreach policy wants four eyes: somebody else approves them.' : null;
}
