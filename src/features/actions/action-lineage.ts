import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { opportunityLineage } from '../accounts/index.ts';
import { declareLineageKind, lineageOwner, type LineageDescription, type TrustDeclaration } from '../lineage/index.ts';
import { rankOf } from '../trust/index.ts';
import { Action, ActionDecision, type ActionDecisionRow, type ActionRow } from './action.type.ts';

const describeActions = datedStatement<LineageDescription>(
  'lineage_of_actions',
  2,
  (table) => `select t.id, case t.type when 'CRM_CHANGE' then 'CRM change' when 'PROMOTE_MODEL' then 'Model promotion' else initcap(t.type) end || ' ' || lower(t.status) as name, t.proposed_at as "occurredAt" from ${table('action')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);
const describeDecisions = datedStatement<LineageDescription>(
  'lineage_of_action_decisions',
  2,
  (table) => `select t.id, 'Decision: ' || lower(replace(t.outcome, '_', ' ')) as name, t.decided_at as "occurredAt" from ${table('action_decision')} t
    where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

type Origin = NonNullable<TrustDeclaration['origin']>;
const byActor = (kind: string): string => `case when ${kind} = 'user' then ${rankOf('VERIFIED_PERSON')} else ${rankOf('SIGNED_SYSTEM')} end`;
// What the program proposed or decided is no observation: it derives from some.
const byHand: Origin = ({ table, node }) => `select ${byActor('t.proposed_by_kind')} from ${table('action')} t where t.tenant_id = $1 and t.id = ${node} and t.score_point_id is null`;
const ofDecision: Origin = ({ table, node }) => `select ${byActor('t.actor_kind')} from ${table('action_decision')} t where t.tenant_id = $1 and t.id = ${node} and t.actor_kind <> 'system'`;
const ofConsent: Origin = ({ table, node }) => `select min(${byActor('d.actor_kind')}) from ${table('consent_decision')} d where d.tenant_id = $1 and d.consent_id = ${node}`;
// A person publishes a policy; the defaults are the program's.
const ofPolicy: Origin = ({ node }) => `select case when ${node} = $1 then ${rankOf('SIGNED_SYSTEM')} else ${rankOf('VERIFIED_PERSON')} end`;

/** Actions as lineage sees them: made of a change of the score, of fields and documents. */
export const actionLineage = declareLineageKind({ type: 'ACTION', graphqlType: 'Action', describe: describeActions, trust: { origin: byHand } });

/** Decisions as lineage sees them: made of the action, or of the crossing, that they are about. */
export const decisionLineage = declareLineageKind({ type: 'DECISION', graphqlType: 'ActionDecision', describe: describeDecisions, trust: { origin: ofDecision } });

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
export const consentLineage = declareLineageKind({ type: 'CONSENT', graphqlType: 'Consent', describe: describeConsents, trust: { origin: ofConsent } });

/** Versions of the outreach policy as lineage sees them. */
export const policyLineage = declareLineageKind({ type: 'POLICY', graphqlType: 'OutreachPolicy', describe: describePolicies, trust: { origin: ofPolicy } });

/** The kinds of lineage nodes that actions bring in. */
export const actionLineageKinds = [actionLineage, decisionLineage, opportunityLineage, consentLineage, policyLineage];

/** What of actions answers its lineage itself. */
export const actionLineageOwners = [
  lineageOwner(() => Action, (row: ActionRow) => actionLineage.ref(row.uuid)),
  lineageOwner(() => ActionDecision, (row: ActionDecisionRow) => decisionLineage.ref(row.uuid)),
];
