import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { opportunityLineage } from '../accounts/index.ts';
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

const describeConsents = datedStatement<LineageDescription>(
  'lineage_of_consents',
  2,
  (table) => `select c.id, 'Consent: ' || lower(c.purpose) || ' by ' || lower(c.channel) as name, max(d.decided_at) as "occurredAt" from consent c
    join ${table('consent_decision')} d on d.tenant_id = c.tenant_id and d.consent_id = c.id where c.tenant_id = $1 and c.id = any($2::uuid[]) group by c.id, c.purpose, c.channel`,
);
const describePolicies = datedStatement<LineageDescription>(
  'lineage_of_outreach_policies',
  2,
  (table) => `select t.id, 'Outreach policy ' || t.version as name, t.published_at as "occurredAt" from ${table('outreach_policy')} t where t.tenant_id = $1 and t.id = any($2::uuid[])
    union all select $1, 'Outreach policy 0 (defaults)', null where $1 = any($2::uuid[])`,
);

/** Consents as lineage sees them: of nobody's name. */
export const consentLineage = declareLineageKind({ type: 'CONSENT', graphqlType: 'Consent', describe: describeConsents });

/** Versions of the outreach policy as lineage sees them. */
export const policyLineage = declareLineageKind({ type: 'POLICY', graphqlType: 'OutreachPolicy', describe: describePolicies });

/** The kinds of lineage nodes that actions bring in. */
export const actionLineageKinds = [actionLineage, decisionLineage, opportunityLineage, consentLineage, policyLineage];

/** What of actions answers its lineage itself. */
export const actionLineageOwners = [
  lineageOwner(() => Action, (row: ActionRow) => actionLineage.ref(row.uuid)),
  lineageOwner(() => ActionDecision, (row: ActionDecisionRow) => decisionLineage.ref(row.uuid)),
];
