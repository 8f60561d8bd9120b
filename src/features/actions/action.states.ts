import type { ActionStatus } from './enums.ts';

/**
 * The life of an action, as one machine.
 *
 * It begins as PENDING: proposed, its evidence frozen, waiting in the queue. Somebody may claim it (CLAIMED) so that two
 * people do not read the same mail at once; a claim that is given back, or that runs out, makes it PENDING again. From
 * either, a person approves it (APPROVED) or rejects it (REJECTED). Editing the draft, and evidence that changed, leave the
 * state as it is and freeze a new version of the evidence.
 *
 * Three things take it out of the queue without a decision: nobody decided in time (EXPIRED); the consent that it rests
 * on was withdrawn, ran out or was erased, the contact has another address than it is written to, or an
 * erasure took words out of the draft (CANCELLED); or it no longer follows from what is known (STALE).
 *
 * STALE: the program proposed it because the account's intent became high, and would not propose it now. Intent is no
 * longer high, something holds proposals back by now (`endReason` is the reason of the consideration), somebody else is to
 * be written to (BETTER_RECIPIENT), or another proposal stays (SECOND_PROPOSAL). So what is open depends on what is known
 * and decided, not on the order in which it became known. An action that a person or a machine proposed by hand does not
 * go stale, except with its account (ACCOUNT_RETIRED). Other changes of evidence are no reason to end an action: whoever
 * decides is shown them (`EvidenceChanged`) and decides again.
 *
 * APPROVED is the one state from which anything reaches the outside. The executor makes it EXECUTED, or FAILED when the
 * outside refused for good, or when nobody can tell whether it was sent; consent that ends before it was sent, and an
 * address that is no longer the contact's, make it CANCELLED. EXECUTED, FAILED, REJECTED, EXPIRED, CANCELLED and STALE
 * are ends: the row never changes again.
 *
 * The database allows these steps and no others (`action_transitions()` in migration 0013): nothing becomes APPROVED
 * without the id of an approval that a person made of this very action and evidence, who did not propose it, nor
 * (where the policy wants four eyes) write its words; nothing becomes EXECUTED whose message was not sent.
 */
export const transitions: Readonly<Record<ActionStatus, readonly ActionStatus[]>> = {
  PENDING: ['CLAIMED', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'STALE'],
  CLAIMED: ['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'STALE'],
  APPROVED: ['EXECUTED', 'FAILED', 'CANCELLED'],
  REJECTED: [],
  EXPIRED: [],
  CANCELLED: [],
  STALE: [],
  EXECUTED: [],
  FAILED: [],
};

/** The states in which an action still waits for a decision. */
export const openStatuses: readonly ActionStatus[] = ['PENDING', 'CLAIMED'];

/** Whether an action still waits for a decision. */
export function isOpen(status: ActionStatus): boolean {
  return openStatuses.includes(status);
}

/** Whether an action may step from one state to another; staying is no step. */
export function mayStep(from: ActionStatus, to: ActionStatus): boolean {
  return transitions[from].includes(to);
}
