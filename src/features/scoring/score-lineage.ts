import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { accountKind, lastState, statedColumns } from '../accounts/index.ts';
import { declareLineageKind, lineageOwner, type LineageDescription } from '../lineage/index.ts';
import { lowestOfPoint, scoreLinks } from './score-links.ts';
import { traitsColumns } from './traits-statements.ts';
import { IntentScore, ScorePoint, type IntentRow, type ScorePointRow } from './intent.type.ts';

const describePoints = datedStatement<LineageDescription>(
  'lineage_of_score_points',
  2,
  (table) => `select t.id, case when t.scored then 'Intent score ' || round(t.value::numeric, 1) else 'No intent score' end as name, t.occurred_at as "occurredAt" from ${table('score_point')} t
    where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);
const describeContexts = datedStatement<LineageDescription>(
  'lineage_of_account_contexts',
  2,
  (table) => `select asked.id, 'Context of ' || t.name as name, t.occurred_at as "occurredAt" from unnest($2::uuid[]) asked(id)
    cross join lateral ${lastState(table, { of: 'account', id: 'asked.id', columns: 't.id, t.name, t.occurred_at' })} t`,
);
const describeTraits = datedStatement<LineageDescription>(
  'lineage_of_firmographic_traits',
  2,
  (table) => `select f.id, 'Traits of ' || a.name as name, f.recorded_at as "occurredAt" from ${table('score_traits')} f cross join lateral ${lastState(table, { of: 'account', id: 'f.account_id', columns: 't.name' })} a
    where f.tenant_id = $1 and f.id = any($2::uuid[])`,
);

/** What of an account was held against the ICP: what its record in the CRM said then. */
export const traitsLineage = declareLineageKind({ type: 'EXTERNAL_RECORD', graphqlType: 'FirmographicTraits', describe: describeTraits, columns: traitsColumns });

/** Changes of scores as lineage sees them. */
export const scorePointLineage = declareLineageKind({ type: 'SCORE_POINT', graphqlType: 'ScorePoint', describe: describePoints, links: scoreLinks, trust: { lowest: lowestOfPoint } });

/** The present state of an account, found by the account's id: it stands at the latest change of the score. */
export const accountContextLineage = declareLineageKind({ type: 'ACCOUNT_CONTEXT', graphqlType: 'Account', describe: describeContexts, columns: statedColumns(accountKind) });

/** What of scoring answers its lineage itself: the score of an account, and each of its changes. */
export const scoringLineageOwners = [
  lineageOwner(() => IntentScore, (row: IntentRow) => accountContextLineage.ref(row.accountId)),
  lineageOwner(() => ScorePoint, (row: ScorePointRow) => scorePointLineage.ref(row.uuid)),
];
