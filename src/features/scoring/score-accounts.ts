import type { Id } from '../../platform/ids.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { emptyState, fitCoverage, icpFit, movementOf, scoreAt, scoreWhile, type FirmographicTraits, type ScoreState, type StoredState } from './intent-score.ts';
import { crossingOf, timeOutside } from './score-crossings.ts';
import type { ScoringModel } from './scoring-model.ts';
import { modelsByVersion } from './scoring-model.queries.ts';
import { storePoints, storeScores, type Point, type ScoreRow } from './score-rows.ts';
import { fallsTo, storeLoweredTrust, type CountedOrigin, type LoweredTrust } from './score-trust.ts';
import { storeTraits, traitsBehind, type FreshTraits } from './score-traits.ts';
import type { ScoreCause } from './scoring.events.ts';
import { readState, type StateColumns } from './state-bytes.ts';

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
  /** The rank of the lowest origin class that the score counted; null where it counted none. */
  readonly lowestOrigin: number | null;
}

/** A score that is to be stored. */
export interface NewScore {
  readonly account: ScoredAccount;
  /** Null: the account has no score from now on. */
  readonly state: ScoreState | null;
  readonly cause: Exclude<ScoreCause, 'DECAY'>;
  readonly signalId: Id<'Signal'> | null;
  /** The signals newly counted in it; with `anew`, those of them that were recorded at this very instant. */
  readonly counted: readonly Id<'Signal'>[];
  /** The least trusted of the signals newly counted in it; with `anew`, of all that it counts. Null where there is none. */
  readonly lowest: CountedOrigin | null;
  /** Whether it was computed from all signals that count for the account, and not from the score before. */
  readonly anew?: boolean;
  /** The tenant's sequence up to which facts are in `state`; unchanged when absent. */
  readonly replayedThrough?: number;
}

/** The name of the job that looks for scores which decay has moved. */
export const decayTask = 'decay-scores';
/** How far time may take a score away from its stored value before that is refreshed, in points. */
const staleness = 0.5;
const minute = 60_000;

const scoredAccounts = statement<Omit<ScoredAccount, 'state'> & StateColumns & { readonly hasScore: boolean }>(
  'accounts_to_score',
  `select asked.id as "accountId", a.id is not null as "isCurrent", a.industry, a.region, a.employee_count as "employeeCount", p.state, p.sums, c.account_id is not null as "hasScore",
     coalesce(c.icp_fit, 1) as fit, c.fit_coverage as coverage, coalesce(c.model_version, 0) as "modelVersion",
     coalesce(c.above_threshold, false) as "aboveThreshold", c.next_crossing_at as "nextCrossingAt",
     coalesce(c.replayed_through, 0) as "replayedThrough", c.point_id as "pointId", c.traits_id as "traitsId", c.lowest_origin as "lowestOrigin",
     (a.industry, a.region, a.employee_count) is not distinct from (t.industry, t.region, t.employee_count) as "traitsHold"
   from unnest($2::uuid[]) as asked(id) left join account a on a.tenant_id = $1 and a.id = asked.id
   left join account_contexts c on c.tenant_id = $1 and c.account_id = asked.id
   left join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id
   left join score_traits t on t.tenant_id = c.tenant_id and t.id = c.traits_id
   where a.id is not null or c.account_id is not null`,
);

/** Locks accounts and reads their scores, also of accounts that are retired or merged away and still have one. */
export async function accountsToRecount(work: Work, ids: readonly Id<'Account'>[]): Promise<Map<Id<'Account'>, ScoredAccount>> {
  await lockAccounts(work, ids);
  const rows = await work.rows(scoredAccounts, [work.tenantId, [...new Set(ids)]]);
  return new Map(rows.map(({ hasScore, ...row }) => [row.accountId, { ...row, state: hasScore ? readState(row) : null }]));
}

/** Locks accounts and reads their scores. Accounts that are retired or merged away are missing. */
export async function accountsToScore(work: Work, ids: readonly Id<'Account'>[]): Promise<Map<Id<'Account'>, ScoredAccount>> {
  const accounts = await accountsToRecount(work, ids);
  return new Map([...accounts].filter(([, { isCurrent }]) => isCurrent));
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
  readonly pointId: Id<'ScorePoint'>;
  readonly traitsId?: Id<'FirmographicTraits'> | null;
  readonly lowestOrigin?: number | null;
}

/** The row of a score at an instant: the value, and when time alone will next make it worth a look. */
export function scoreRow(account: ScoredAccount, score: RowOfScore, model: ScoringModel, at: number): ScoreRow {
  const { state, fit } = score;
  const movement = movementOf(state, model, fit);
  const value = scoreWhile(movement, at);
  const crossing = crossingOf(movement, at)?.at ?? null;
  const refresh = timeOutside(movement, { low: value - staleness, high: value + staleness }, at);
  const due = crossing === null ? refresh : Math.min(crossing, refresh ?? crossing);
  return {
    accountId: account.accountId,
    scored: true,
    isFirst: account.state === null,
    value,
    modelVersion: model.version,
    fit,
    coverage: score.coverage,
    state,
    aboveThreshold: value >= model.highIntentThreshold,
    nextCrossingAt: instantOf(crossing),
    refreshAt: instantOf(due),
    replayedThrough: score.replayedThrough ?? account.replayedThrough,
    pointId: score.pointId,
    traitsId: score.traitsId === undefined ? account.traitsId : score.traitsId,
    lowestOrigin: score.lowestOrigin === undefined ? account.lowestOrigin : score.lowestOrigin,
  };
}

/** What is recorded of an account that has no score from now on. */
function endedRow({ accountId, fit, coverage, replayedThrough }: ScoredAccount, model: ScoringModel, pointId: Id<'ScorePoint'>): ScoreRow {
  return { accountId, scored: false, isFirst: false, value: 0, modelVersion: model.version, fit, coverage, state: emptyState, aboveThreshold: false, nextCrossingAt: null, refreshAt: null, replayedThrough, pointId, traitsId: null, lowestOrigin: null };
}

/** Stores new scores, their history and their facts; the number of statements does not depend on theirs. */
export async function saveScores(work: Work, model: ScoringModel, scores: readonly NewScore[]): Promise<void> {
  if (scores.length === 0) return;
  const now = Date.parse(work.now);
  const points: Point[] = [];
  const fresh: FreshTraits[] = [];
  const lowered: LoweredTrust[] = [];
  const models = await modelsBehind(work, scores.map(({ account }) => account));
  const rows = scores.map(({ account, state, cause, signalId, replayedThrough, counted, lowest, anew = false }) => {
    const before = models.get(account.modelVersion);
    const settled = before ? settledByDecay(work, account, before) : [];
    points.push(...settled);
    const traits = state === null ? null : traitsBehind(work, account, model);
    if (traits?.fresh) fresh.push(traits.fresh);
    const id = work.newId<'ScorePoint'>();
    // What is computed anew takes nothing from the score before it.
    const heldBefore = anew ? null : account.lowestOrigin;
    const lowestOrigin = fallsTo(heldBefore, lowest);
    if (lowest && lowestOrigin !== heldBefore) lowered.push({ accountId: account.accountId, pointId: id, ...lowest });
    const row = state === null ? endedRow(account, model, id) : scoreRow(account, { state, fit: icpFit(account, model), coverage: fitCoverage(account, model), replayedThrough, pointId: id, traitsId: traits?.id ?? null, lowestOrigin }, model, now);
    const wasAbove = settled.at(-1)?.row.aboveThreshold ?? account.aboveThreshold;
    const crossed = row.aboveThreshold === wasAbove ? null : row.aboveThreshold ? ('UP' as const) : ('DOWN' as const);
    const previous = account.state !== null && before ? scoreAt(account.state, before, account.fit, now) : null;
    points.push({ id, row, previous, crossed, cause, signalId, at: work.now, before: settled.at(-1)?.id ?? account.pointId, anew, signals: counted, fittedTo: anew || traits?.fresh ? (traits?.id ?? null) : null });
    return row;
  });
  await storeTraits(work, fresh);
  await storePoints(work, points);
  await storeScores(work, rows);
  await storeLoweredTrust(work, lowered);
  await wakeForCrossings(work, rows);
}

/** The models that made the accounts' present scores, by version. */
function modelsBehind(work: Work, accounts: readonly ScoredAccount[]): Promise<ReadonlyMap<number, ScoringModel>> {
  return modelsByVersion(work, work.tenantId, accounts.flatMap((account) => (account.state === null ? [] : [account.modelVersion])));
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
    settled.push({ id, row, previous, crossed: row.aboveThreshold ? 'UP' : 'DOWN', cause: 'DECAY', signalId: null, at: next, before, anew: false, signals: [], fittedTo: null });
    [next, before] = [row.nextCrossingAt, id];
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
    if (state === null || account.pointId === null || !model) continue;
    const settled = settledByDecay(work, account, model);
    points.push(...settled);
    rows.push(scoreRow(account, { state, fit, coverage, pointId: settled.at(-1)?.id ?? account.pointId }, model, Date.parse(work.now)));
  }
  await storePoints(work, points);
  await storeScores(work, rows);
  await wakeForCrossings(work, rows);
  return points.length;
}

/** A crossing before the next round of the decay job gets a round of its own, at its second. */
async function wakeForCrossings(work: Work, rows: readonly ScoreRow[]): Promise<void> {
  const soon = Date.parse(work.now) + minute;
  const seconds = new Set(rows.flatMap((row) => (row.nextCrossingAt !== null && Date.parse(row.nextCrossingAt) <= soon ? [Math.ceil(Date.parse(row.nextCrossingAt) / 1_000)] : [])));
  for (const second of seconds) await schedule(work, { task: decayTask, payload: {}, runAt: new Date(second * 1_000), key: `${decayTask}:${second}` });
}
