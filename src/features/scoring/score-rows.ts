import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { isExact, type StoredState } from './intent-score.ts';
import { contextUpdated, type ScoreCause } from './scoring.events.ts';
import { writeStateBytes, writeStateJson } from './state-bytes.ts';

/** A score as the row of its account. Its state is stored with the change `pointId`. */
export interface ScoreRow {
  readonly accountId: Id<'Account'>;
  /** False: the account has no score from now on. */
  readonly scored: boolean;
  /** Whether the account has no score yet. */
  readonly isFirst: boolean;
  readonly value: number;
  readonly modelVersion: number;
  readonly fit: number;
  readonly coverage: number | null;
  readonly state: StoredState;
  readonly aboveThreshold: boolean;
  readonly nextCrossingAt: string | null;
  readonly refreshAt: string | null;
  readonly replayedThrough: number;
  readonly pointId: Id<'ScorePoint'>;
  readonly traitsId: Id<'FirmographicTraits'> | null;
  /** The rank of the lowest origin class that the score counted; null where it counted none. */
  readonly lowestOrigin: number | null;
}

/** A change of a score, with what it derives from. */
export interface Point {
  readonly id: Id<'ScorePoint'>;
  readonly row: ScoreRow;
  readonly previous: number | null;
  readonly crossed: 'UP' | 'DOWN' | null;
  readonly cause: ScoreCause;
  readonly signalId: Id<'Signal'> | null;
  /** Since when it is true; for decay, the instant of the crossing. */
  readonly at: string;
  /** The change before it; null for the first. */
  readonly before: Id<'ScorePoint'> | null;
  /** Whether it was computed from all signals and not from the state of the change before. */
  readonly anew: boolean;
  /** The signals newly counted in it; where it was computed from all that were recorded before, those recorded at its own instant. */
  readonly signals: readonly Id<'Signal'>[];
  /** The traits that its fit was computed from; null where it has the fit of the one before, or the model asks for none. */
  readonly fittedTo: Id<'FirmographicTraits'> | null;
}

const columns = 'intent_score, model_version, icp_fit, fit_coverage, scored_at, above_threshold, next_crossing_at, refresh_at, replayed_through, point_id, traits_id, lowest_origin';
const given = `unnest($3::uuid[], $4::float8[], $5::int[], $6::float8[], $7::float8[], $8::boolean[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::uuid[], $13::uuid[], $14::smallint[])
     as s(account_id, intent_score, model_version, icp_fit, fit_coverage, above_threshold, next_crossing_at, refresh_at, replayed_through, point_id, traits_id, lowest_origin)`;
const insertScores = statement(
  'insert_scores',
  `insert into account_contexts (tenant_id, account_id, ${columns})
   select $1, account_id, intent_score, model_version, icp_fit, fit_coverage, $2, above_threshold, next_crossing_at, refresh_at, replayed_through, point_id, traits_id, lowest_origin from ${given}`,
);
const updateScores = statement<{ accountId: Id<'Account'> }>(
  'update_scores',
  `update account_contexts c set (${columns}) =
     (s.intent_score, s.model_version, s.icp_fit, s.fit_coverage, $2, s.above_threshold, s.next_crossing_at, s.refresh_at, s.replayed_through, s.point_id, s.traits_id, s.lowest_origin)
   from ${given} where c.tenant_id = $1 and c.account_id = s.account_id returning c.account_id as "accountId"`,
);
const deleteScores = statement('delete_scores', 'delete from account_contexts where tenant_id = $1 and account_id = any($2::uuid[])');

/** Stores the present scores of accounts that are locked, and removes those that ended. */
export async function storeScores(work: Work, rows: readonly ScoreRow[]): Promise<void> {
  const [present, ended] = [rows.filter(({ scored }) => scored), rows.filter(({ scored }) => !scored)];
  const [first, further] = [present.filter(({ isFirst }) => isFirst), present.filter(({ isFirst }) => !isFirst)];
  if (first.length > 0) await work.rows(insertScores, valuesOf(work, first));
  if (further.length > 0) {
    const updated = await work.rows(updateScores, valuesOf(work, further));
    if (updated.length < further.length) throw new Error('A score that was read under the lock of its account is no longer there.');
  }
  if (ended.length > 0) await work.rows(deleteScores, [work.tenantId, ended.map(({ accountId }) => accountId)]);
}

function valuesOf(work: Work, rows: readonly ScoreRow[]): unknown[] {
  const column = columnsOf(rows);
  return [
    work.tenantId, work.now, column(({ accountId }) => accountId), column(({ value }) => value), column(({ modelVersion }) => modelVersion), column(({ fit }) => fit), column(({ coverage }) => coverage),
    column(({ aboveThreshold }) => aboveThreshold), column(({ nextCrossingAt }) => nextCrossingAt), column(({ refreshAt }) => refreshAt), column(({ replayedThrough }) => replayedThrough),
    column(({ pointId }) => pointId), column(({ traitsId }) => traitsId), column(({ lowestOrigin }) => lowestOrigin),
  ];
}

const insertPoints = statement(
  'insert_score_points',
  `insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, scored, value, previous, crossed, cause, signal_id, model_version, icp_fit, fit_coverage, sums, state, before_id, anew, counts_all, counted, traits_id)
   select $1, id, account_id, occurred_at, $2, scored, value, previous, crossed, cause, signal_id, model_version, icp_fit, fit_coverage, sums, state, before_id, anew, anew and scored, counted::uuid[], traits_id
   from unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::boolean[], $7::float8[], $8::float8[], $9::text[], $10::text[], $11::uuid[], $12::int[], $13::float8[], $14::float8[], $15::bytea[], $16::jsonb[],
     $17::uuid[], $18::boolean[], $19::text[], $20::uuid[])
     as p(id, account_id, occurred_at, scored, value, previous, crossed, cause, signal_id, model_version, icp_fit, fit_coverage, sums, state, before_id, anew, counted, traits_id)`,
);

/** Stores changes of scores and states their facts, in order per account. */
export async function storePoints(work: Work, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  const column = columnsOf(points);
  const states = points.map(({ row }) => bytesOf(row.state));
  await work.rows(insertPoints, [
    work.tenantId, work.now, column(({ id }) => id), column(({ row }) => row.accountId), column(({ at }) => at), column(({ row }) => row.scored), column(({ row }) => row.value), column(({ previous }) => previous),
    column(({ crossed }) => crossed), column(({ cause }) => cause), column(({ signalId }) => signalId), column(({ row }) => row.modelVersion), column(({ row }) => row.fit), column(({ row }) => row.coverage),
    states, points.map(({ row }, place) => (states[place] ? null : writeStateJson(row.state))), column(({ before }) => before), column(({ anew }) => anew), column(countedOf), column(({ fittedTo }) => fittedTo),
  ]);
  for (const { id, row, previous, crossed, cause, signalId, at } of points) {
    const data = { accountId: row.accountId, pointId: id, previous, current: row.scored ? row.value : null, crossed, cause, signalId, modelVersion: row.modelVersion };
    work.record(contextUpdated.fact({ accountId: row.accountId, occurredAt: at, data }));
  }
}

/** What `counted` says beside `signal_id`, as an array's text: null where nothing, or where that is the only one. */
function countedOf({ signals, signalId, anew, row }: Point): string | null {
  const implied = (anew && row.scored) || signalId === null ? [] : [signalId];
  return signals.length === implied.length && signals.every((id, place) => id === implied[place]) ? null : `{${signals.join()}}`;
}

// Settled crossings of one account share one state.
const written = new WeakMap<StoredState, Buffer>();

/** Null for a state of before sums were exact, which keeps its form. */
function bytesOf(state: StoredState): Buffer | null {
  const known = written.get(state);
  if (known || !isExact(state)) return known ?? null;
  const bytes = writeStateBytes(state);
  written.set(state, bytes);
  return bytes;
}

/** Reads a column of rows, for a statement that takes arrays. */
function columnsOf<Row>(rows: readonly Row[]): <Value>(pick: (row: Row) => Value) => Value[] {
  return (pick) => rows.map((row) => pick(row));
}
