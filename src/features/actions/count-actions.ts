import { counter } from '../../platform/metrics.ts';
import type { ActionStatus, ActionType, RiskLevel } from './enums.ts';

const created = counter('actions_created_total', 'Actions that came to a state, by type, risk and state; PENDING are those that were made. A rise of FAILED or CANCELLED means that approved work does not reach anybody.', ['action_type', 'risk_level', 'status']);

/** Counts an action that came to a state. Counted inside the transaction: one that is undone and repeated counts twice. */
export function countAction(type: ActionType, riskLevel: RiskLevel, status: ActionStatus): void {
  created.inc({ action_type: type.toLowerCase(), risk_level: riskLevel.toLowerCase(), status: status.toLowerCase() });
}
