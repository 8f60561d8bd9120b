import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription } from '../lineage/index.ts';
import { rankOf } from '../trust/index.ts';

// Neither has a past: a row is there or was deleted. The contact's id is no name for everybody to read.
const ofSessions = datedStatement<LineageDescription>(
  'lineage_of_sessions',
  2,
  () => `select s.id, 'Session in inbox ' || s.inbox_id as name, s.started_at as "occurredAt" from agent_session s where s.tenant_id = $1 and s.id = any($2::uuid[]) and s.erased_at is null`,
);
const ofSteps = datedStatement<LineageDescription>(
  'lineage_of_session_steps',
  2,
  () => `select t.id, 'Step ' || t.sequence || ' of a session in inbox ' || s.inbox_id as name, t.recorded_at as "occurredAt" from session_step t
    join agent_session s on s.tenant_id = t.tenant_id and s.id = t.session_id where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

// What agents note down is what customers said: no more trusted than their words.
const customersWords = { origin: () => `select ${rankOf('CUSTOMER_TEXT')}` };

/** Sessions as lineage sees them: what values derive from that were agreed on in them. */
export const sessionLineage = declareLineageKind({ type: 'SESSION', graphqlType: 'Session', describe: ofSessions, trust: customersWords });

/** Steps of sessions as lineage sees them. */
export const stepLineage = declareLineageKind({ type: 'SESSION', graphqlType: 'SessionStep', describe: ofSteps, trust: customersWords });
