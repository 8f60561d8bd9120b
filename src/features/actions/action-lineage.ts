import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, lineageOwner, type LineageDescription } from '../lineage/index.ts';
import { Action, ActionDecision, type ActionDecisionRow, type ActionRow } from './action.type.ts';

const describeActions = datedStatement<LineageDescription>(
  'lineage_of_actions',
  2,
  (table) => `select t.id, initcap(t.type) || ' ' || lower(t.status) as name, t.proposed_at as "occurredAt" from ${table('action')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);
const describeDecisions = datedStatement<LineageDescription>(
  'lineage_of_action_decisions',
  2,
  (table) => `select t.id, 'Decision: ' || lower(replace(t.outcome, '_', ' ')) as name, t.decided_at as "occurredAt" from ${table('action_decision')} t
    where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** Actions as lineage sees them: made of a change of the score, of fields and documents. */
export const actionLineage = declareLineageKind({ type: 'ACTION', graphqlType: 'Action', describe: describeActions });

/** Decisions as lineage sees them: made of the action, or of the crossing, that they are about. */
export const decisionLineage = declareLineageKind({ type: 'DECISION', graphqlType: 'ActionDecision', describe: describeDecisions });

/** The kinds of lineage nodes that actions own. */
export const actionLineageKinds = [actionLineage, decisionLineage];

/** What of actions answers its lineage itself. */
export const actionLineageOwners = [
  lineageOwner(() => Action, (row: ActionRow) => actionLineage.ref(row.uuid)),
  lineageOwner(() => ActionDecision, (row: ActionDecisionRow) => decisionLineage.ref(row.uuid)),
];
