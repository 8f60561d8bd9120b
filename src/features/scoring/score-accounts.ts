import type { Id } from '../../platform/ids.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { emptyState, fitCoverage, icpFit, scoreAt, type FirmographicTraits, type ScoreState, type StoredState } from './intent-score.ts';
import { nextCrossing, nextTimeOutside } from './score-crossings.ts';
import type { ScoringModel } from './scoring-model.ts';
import { modelsByVersion } from './scoring-model.queries.ts';
import { recordScoreLineage } from './score-lineage.ts';
import { storeTraits, traitsBehind, type FreshTraits } from './score-traits.ts';
import { contextUpdated, type ScoreCause } from './scoring.events.ts';

/** An account with its stored score, locked for this transaction. */
export interface ScoredAccount extends FirmographicTraits {
  readonly accountId: Id<'Account'>;
  /** Whether there is such an account now: not one that is retired or merged into another. */
  readonly isCurrent: boolean;
  /** Null: it has no score. */
  readonly state: StoredState | null;
  readonly fit: number;
  /** Share of the ICP's criteria that the account was known for; null where the model stated none. */
  readonly coverage: number | null;
  readonly modelVersion: number;
  readonly aboveThreshold: boolean;
  readonly nextCrossingAt: string | null;
  readonly replayedThrough: number;
  /** The latest change in the score's history. */
  readonly pointId: Id<'ScorePoint'> | null;
  /** What `fit` was computed from; null where the model asked nothing of the account. */
  readonly traitsId: Id<'FirmographicTraits'> | null;
  /** Whether the account's traits are still those. */
  readonly traitsHold: boolean;
}

/** A score that is to be stored. */
export interface NewScore {
  readonly account: ScoredAccount;
  /** Null: the account has no score from now on. */
  readonly state: ScoreState | null;
  readonly cause: Exclude<ScoreCause, 'DECAY'>;
  readonly signalId: Id<'Signal'> | null;
  /** The signals that were counted to make it. */
  readonly counted: readonly Id<'Signal'>[];
  /** Whether it was computed from these alone, and not from the score before. */
  readonly anew?: boolean;
  /** The tenant's sequence up to which facts are in `state`; unchanged when absent. */
  readonly replayedThrough?: number;
}

/** The name of the job that looks for scores which decay has moved. */
export const decayTask = 'decay-scores';
/** How far time may take a score away from its stored value before that is refreshed, in points. */
const staleness = 0.5;
const minute = 60_000;

const scoredAccounts = statement<ScoredAccount>(
  'accounts_to_score',
  `select asked.id as "accountId", a.id is not null as "isCurrent", a.industry, a.region, a.employee_count as "employeeCount", c.state,
     coalesce(c.icp_fit, 1) as fit, c.fit_coverage as coverage, coalesce(c.model_version, 0) as "modelVersion",
     coalesce(c.above_threshold, false) as "aboveThreshold", c.next_crossing_at as "nextCrossingAt",
     coalesce(c.replayed_through, 0) as "replayedThrough", c.point_id as "pointId", c.traits_id as "traitsId",
     (a.industry, a.region, a.employee_count) is not distinct from (t.industry, t.region, t.employee_count) as "traitsHold"
   from unnest($2::uuid[]) as asked(id) left join account a on a.tenant_id = $1 and a.id = asked.id
   left join account_contexts c on c.tenant_id = $1 and c.account_id = asked.id
   left join score_traits t on t.tenant_id = c.tenant_id and t.id = c.traits_id
   where a.id is not null or c.account_id is not null`,
);

/** Locks accounts and reads their scores, also of accounts that are retired or merged away and still have one. */
export async function accountsToRecount(work: Work, ids: readonly Id<'Account'>[]): Promise<Map<Id<'Account'>, ScoredAccount>> {
  await lockAccounts(work, ids);
  const rows = await work.rows(scoredAccounts, [work.tenantId, [...new Set(ids)]]);
  return new Map(rows.map((row) => [row.accountId, row]));
}

/** Locks accounts and reads their scores. Accounts that are retired or merged away are missing. */
export async function accountsToScore(work: Work, ids: readonly Id<'Account'>[]): Promise<Map<Id<'Account'>, ScoredAccount>> {
  const accounts = await accountsToRecount(work, ids);
  return new Map([...accounts].filter(([, { isCurrent }]) => isCurrent));
}

interface ScoreRow {
  readonly account_id: Id<'Account'>;
  readonly scored: boolean;
  readonly intent_score: number;
  readonly model_version: number;
  readonly icp_fit: number;
  readonly fit_coverage: number | null;
  readonly state: StoredState;
  readonly above_threshold: boolean;
  readonly next_crossing_at: string | null;
  readonly refresh_at: string | null;
  readonly replayed_through: number;
  readonly point_id: Id<'ScorePoint'> | null;
  readonly traits_id: Id<'FirmographicTraits'> | null;
  readonly at: string;
}

/** The last instant that is told of, in epoch milliseconds; decay may take a score below a line long after it. */
export const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');
const instantOf = (at: number | null): string | null => (at === null || at > lastInstant ? null : new Date(at).toISOString());

/** A score that becomes a row; what is left out stays as it is with the account. */
interface RowOfScore {
  readonly state: StoredState;
  readonly fit: number;
  readonly coverage: number | null;
  readonly replayedThrough?: number | undefined;
  readonly pointId?: Id<'ScorePoint'> | undefined;
  readonly traitsId?: Id<'FirmographicTraits'> | null;
}

/** The row of a score at an instant: the value, and when time alone will next make it worth a look. */
export function scoreRow(account: ScoredAccount, score: RowOfScore, model: ScoringModel, at: number): ScoreRow {
  const { state, fit } = score;
  const value = scoreAt(state, model, fit, at);
  const crossing = nextCrossing(state, model, fit, at)?.at ?? null;
  const refresh = nextTimeOutside(state, model, fit, { low: value - staleness, high: value + staleness }, at);
  const due = crossing === null ? refresh : Math.min(crossing, refresh ?? crossing);
  return {
    account_id: account.accountId,
    scored: true,
    intent_score: value,
    model_version: model.version,
    icp_fit: fit,
    fit_coverage: score.coverage,
    state,
    above_threshold: value >= model.highIntentThreshold,
    next_crossing_at: instantOf(crossing),
    refresh_at: instantOf(due),
    replayed_through: score.replayedThrough ?? account.replayedThrough,
    point_id: score.pointId ?? account.pointId,
    traits_id: score.traitsId === undefined ? account.traitsId : score.traitsId,
    at: new Date(at).toISOString(),
  };
}

/** What is recorded of an account that has no score from now on. */
function endedRow(account: ScoredAccount, model: ScoringModel, { pointId, at }: { readonly pointId: Id<'ScorePoint'>; readonly at: string }): ScoreRow {
  const { accountId, fit, coverage, replayedThrough } = account;
  return {
    account_id: accountId, scored: false, intent_score: 0, model_version: model.version, icp_fit: fit, fit_coverage: coverage, state: emptyState, above_threshold: false,
    next_crossing_at: null, refresh_at: null, replayed_through: replayedThrough, point_id: pointId, traits_id: null, at,
  };
}

/** Stores new scores, their history and their facts; the number of statements does not depend on theirs. */
export async function saveScores(work: Work, model: ScoringModel, scores: readonly NewScore[]): Promise<void> {
  if (scores.length === 0) return;
  const now = Date.parse(work.now);
  const points: Point[] = [];
  const fresh: FreshTraits[] = [];
  const models = await modelsBehind(work, scores.map(({ account }) => account));
  const rows = scores.map(({ account, state, cause, signalId, replayedThrough, counted, anew = false }) => {
    const before = models.get(account.modelVersion);
    const settled = before ? settledByDecay(work, account, before) : [];
    points.push(...settled);
    const traits = state === null ? null : traitsBehind(work, account, model);
    if (traits?.fresh) fresh.push(traits.fresh);
    const id = work.newId<'ScorePoint'>();
    const row = state === null ? endedRow(account, model, { pointId: id, at: work.now }) : scoreRow(account, { state, fit: icpFit(account, model), coverage: fitCoverage(account, model), replayedThrough, pointId: id, traitsId: traits?.id ?? null }, model, now);
    const wasAbove = settled.at(-1)?.row.above_threshold ?? account.aboveThreshold;
    const crossed = row.above_threshold === wasAbove ? null : row.above_threshold ? ('UP' as const) : ('DOWN' as const);
    const previous = account.state !== null && before ? scoreAt(account.state, before, account.fit, now) : null;
    points.push({ id, row, previous, crossed, cause, signalId, at: work.now, before: settled.at(-1)?.id ?? account.pointId, anew, signals: counted, fittedTo: anew || traits?.fresh ? (traits?.id ?? null) : null });
    return row;
  });
  await storeTraits(work, fresh);
  await storeRows(work, rows);
  await savePoints(work, points);
  await wakeForCrossings(work, rows);
}

async function storeRows(work: Work, rows: readonly ScoreRow[]): Promise<void> {
  const [present, ended] = [rows.filter(({ scored }) => scored), rows.filter(({ scored }) => !scored)];
  if (present.length > 0) await work.rows(upsertScores, [work.tenantId, JSON.stringify(present), work.now]);
  if (ended.length > 0) await work.rows(deleteScores, [work.tenantId, ended.map((row) => row.account_id)]);
}

/** The models that made the accounts' present scores, by version. */
function modelsBehind(work: Work, accounts: readonly ScoredAccount[]): Promise<ReadonlyMap<number, ScoringModel>> {
  return modelsByVersion(work, work.tenantId, accounts.flatMap((account) => (account.state === null ? [] : [account.modelVersion])));
}

interface Point {
  readonly id: Id<'ScorePoint'>;
  readonly row: ScoreRow;
  readonly previous: number | null;
  readonly crossed: 'UP' | 'DOWN' | null;
  readonly cause: ScoreCause;
  readonly signalId: Id<'Signal'> | null;
  /** Since when it is true; for decay, the instant of the crossing. */
  readonly at: string;
  readonly before: Id<'ScorePoint'> | null;
  readonly anew: boolean;
  readonly signals: readonly Id<'Signal'>[];
  /** The traits that its fit was computed from; null where it has the fit of the one before, or the model asks for none. */
  readonly fittedTo: Id<'FirmographicTraits'> | null;
}

/** Crossings by time alone are this many at most before the next look; a score of n types has fewer than 2n of them. */
const mostCrossings = 500;

/** The crossings that time alone has brought about by now and that are not recorded yet, in their order. */
function settledByDecay(work: Work, account: ScoredAccount, model: ScoringModel): Point[] {
  const { state, fit, coverage } = account;
  if (!state) return [];
  const settled: Point[] = [];
  let [next, before] = [account.nextCrossingAt, account.pointId];
  while (next !== null && next <= work.now && settled.length < mostCrossings) {
    const at = Date.parse(next);
    const id = work.newId<'ScorePoint'>();
    const row = scoreRow(account, { state, fit, coverage, pointId: id }, model, at);
    const previous = scoreAt(state, model, fit, at - 1);
    settled.push({ id, row, previous, crossed: row.above_threshold ? 'UP' : 'DOWN', cause: 'DECAY', signalId: null, at: next, before, anew: false, signals: [], fittedTo: null });
    [next, before] = [row.next_crossing_at, id];
  }
  return settled;
}

/**
 * Refreshes stored scores that decay has moved, and states the crossings it has brought about, each under the model that
 * made the score: decay does not wait until another model has had its turn. Answers how many crossed.
 */
export async function refreshDecayed(work: Work, accounts: readonly ScoredAccount[]): Promise<number> {
  const models = await modelsBehind(work, accounts);
  const points: Point[] = [];
  const rows: ScoreRow[] = [];
  for (const account of accounts) {
    const { state, fit, coverage, modelVersion } = account;
    const model = models.get(modelVersion);
    if (state === null || !model) continue;
    const settled = settledByDecay(work, account, model);
    points.push(...settled);
    rows.push(scoreRow(account, { state, fit, coverage, pointId: settled.at(-1)?.id }, model, Date.parse(work.now)));
  }
  await storeRows(work, rows);
  await savePoints(work, points);
  await wakeForCrossings(work, rows);
  return points.length;
}

const upsertScores = statement(
  'upsert_scores',
  `insert into account_contexts as c (tenant_id, account_id, intent_score, model_version, icp_fit, fit_coverage, state, scored_at, above_threshold, next_crossing_at, refresh_at, replayed_through, point_id, traits_id)
   select $1, account_id, intent_score, model_version, icp_fit, fit_coverage, state, $3, above_threshold, next_crossing_at, refresh_at, replayed_through, point_id, traits_id
   from jsonb_to_recordset($2::jsonb) as s(account_id uuid, intent_score float8, model_version int, icp_fit float8, fit_coverage float8, state jsonb,
     above_threshold boolean, next_crossing_at timestamptz, refresh_at timestamptz, replayed_through bigint, point_id uuid, traits_id uuid)
   on conflict (tenant_id, account_id) do update set intent_score = excluded.intent_score, model_version = excluded.model_version,
     icp_fit = excluded.icp_fit, fit_coverage = excluded.fit_coverage, state = excluded.state, scored_at = excluded.scored_at, above_threshold = excluded.above_threshold,
     next_crossing_at = excluded.next_crossing_at, refresh_at = excluded.refresh_at, replayed_through = excluded.replayed_through, point_id = excluded.point_id, traits_id = excluded.traits_id`,
);
const deleteScores = statement('delete_scores', 'delete from account_contexts where tenant_id = $1 and account_id = any($2::uuid[])');
const insertPoints = statement(
  'insert_score_points',
  `insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, scored, value, previous, crossed, cause, signal_id, model_version, icp_fit, fit_coverage, state)
   select $1, id, account_id, occurred_at, $3, scored, value, previous, crossed, cause, signal_id, model_version, icp_fit, fit_coverage, state
   from jsonb_to_recordset($2::jsonb) as p(id uuid, account_id uuid, occurred_at timestamptz, scored boolean, value float8, previous float8, crossed text, cause text,
     signal_id uuid, model_version int, icp_fit float8, fit_coverage float8, state jsonb)`,
);

async function savePoints(work: Work, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  const rows = points.map(({ id, row, previous, crossed, cause, signalId, at }) => ({ ...row, id, occurred_at: at, value: row.intent_score, previous, crossed, cause, signal_id: signalId }));
  await work.rows(insertPoints, [work.tenantId, JSON.stringify(rows), work.now]);
  await recordScoreLineage(work, points.map(({ id, row, before, anew, signals, fittedTo }) => ({ id, accountId: row.account_id, modelVersion: row.model_version, before, anew, signals, fittedTo })));
  for (const { id, row, previous, crossed, cause, signalId, at } of points) {
    const data = { accountId: row.account_id, pointId: id, previous, current: row.scored ? row.intent_score : null, crossed, cause, signalId, modelVersion: row.model_version };
    work.record(contextUpdated.fact({ accountId: row.account_id, occurredAt: at, data }));
  }
}

/** A crossing before the next round of the decay job gets a round of its own, at its second. */
async function wakeForCrossings(work: Work, rows: readonly ScoreRow[]): Promise<void> {
  const soon = Date.parse(work.now) + minute;
  const seconds = new Set(rows.flatMap((row) => (row.next_crossing_at !== null && Date.parse(row.next_crossing_at) <= soon ? [Math.ceil(Date.parse(row.next_crossing_at) / 1_000)] : [])));
  for (const second of seconds) await schedule(work, { task: decayTask, payload: {}, runAt: new Date(second * 1_000), key: `${decayTask}:${second}` });
}
