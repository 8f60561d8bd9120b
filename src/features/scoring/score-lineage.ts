import type { Id } from '../../platform/ids.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountKind, lastState, statedColumns } from '../accounts/index.ts';
import { declareLineageKind, lineageOwner, recordDerivations, type Derivation, type LineageDescription } from '../lineage/index.ts';
import { signalLineage } from '../signals/index.ts';
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
export const scorePointLineage = declareLineageKind({ type: 'SCORE_POINT', graphqlType: 'ScorePoint', describe: describePoints });

/** The present state of an account, found by the account's id: it stands at the latest change of the score. */
export const accountContextLineage = declareLineageKind({ type: 'ACCOUNT_CONTEXT', graphqlType: 'Account', describe: describeContexts, columns: statedColumns(accountKind) });

/** What of scoring answers its lineage itself: the score of an account, and each of its changes. */
export const scoringLineageOwners = [
  lineageOwner(() => IntentScore, (row: IntentRow) => accountContextLineage.ref(row.accountId)),
  lineageOwner(() => ScorePoint, (row: ScorePointRow) => scorePointLineage.ref(row.uuid)),
];

/** A change of a score with what it was computed from. */
export interface DerivedPoint {
  readonly id: Id<'ScorePoint'>;
  readonly accountId: Id<'Account'>;
  readonly modelVersion: number;
  /** The change before it; null for the first. */
  readonly before: Id<'ScorePoint'> | null;
  /** Whether it was computed from all signals anew, and not from the state of the change before. */
  readonly anew: boolean;
  /** The signals newly counted in it. */
  readonly signals: readonly Id<'Signal'>[];
  /** The traits that its fit was computed from; null where it has the fit of the change before. */
  readonly fittedTo: Id<'FirmographicTraits'> | null;
}

/** Records where changes of scores come from, and that their accounts now stand at the last of them; in order per account. */
export async function recordScoreLineage(work: Work, points: readonly DerivedPoint[]): Promise<void> {
  const last = new Map(points.map((point) => [point.accountId, point]));
  const derivations = points.flatMap(({ id, modelVersion, before, anew, signals, fittedTo }): Derivation[] => {
    const to = scorePointLineage.ref(id);
    const rule = { name: 'intent-score', version: modelVersion };
    return [
      { to, from: signals.map(signalLineage.ref), relation: 'COUNTED', rule },
      { to, from: before === null ? [] : [scorePointLineage.ref(before)], relation: anew ? 'REPLACED' : 'CONTINUED', rule },
      { to, from: fittedTo === null ? [] : [traitsLineage.ref(fittedTo)], relation: 'FITTED', rule },
    ];
  });
  const standing = [...last.values()].map(({ id, accountId, modelVersion }): Derivation => ({
    to: accountContextLineage.ref(accountId),
    from: [scorePointLineage.ref(id)],
    relation: 'STANDS_AT',
    rule: { name: 'intent-score', version: modelVersion },
    replaces: true,
  }));
  await recordDerivations(work, [...derivations, ...standing]);
}
