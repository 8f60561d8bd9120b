import { counter } from '../../platform/metrics.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ActionStatus, ActionType, RiskLevel } from './enums.ts';

const created = counter('actions_created_total', 'Actions that came to a state, by type, risk and state; PENDING are those that were made. A rise of FAILED or CANCELLED means that approved work does not reach anybody.', ['action_type', 'risk_level', 'status']);
const expired = counter('actions_expired_total', 'What about actions ran out of time, by what: decision (nobody decided), claim (whoever took it did not decide), consent (it rested on one that ended). A rise of decision or claim means too few approvers; of consent, that consents are not renewed.', ['what']);

const skipped = counter('actions_skipped_total', 'Decisions to propose no action for an account that is high, by reason; one for each new reason. A rise of draft_failed means that a do-not-say list leaves the drafter no words, the template included: the decisions name the entries.', ['reason']);

/** Counts a decision to propose nothing, once that is committed. */
export function countSkip(work: Work, reason: string): void {
  work.afterCommit(() => skipped.inc({ reason: reason.toLowerCase() }));
}

/** Counts an action that came to a state, once that is committed. */
export function countAction(work: Work, { type, riskLevel }: { readonly type: ActionType; readonly riskLevel: RiskLevel }, status: ActionStatus): void {
  work.afterCommit(() => created.inc({ action_type: type.toLowerCase(), risk_level: riskLevel.toLowerCase(), status: status.toLowerCase() }));
}

/** Counts what ran out of time, once that is committed. */
export function countExpiry(work: Work, what: 'decision' | 'claim' | 'consent'): void {
  work.afterCommit(() => expired.inc({ what }));
}
