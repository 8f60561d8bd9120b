import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { modelsByVersion, RunningScore, type ScoringModel } from '../scoring/index.ts';
import { signalsOf, type ReplayScope, type SignalEvent } from './timeline.ts';

/** How a replay of production compares with the scores that production stored. */
export interface Reproduction {
  /** Changes of scores that were computed again. */
  readonly points: number;
  /** Those that came out the same, bit for bit. */
  readonly equal: number;
  /** Both, by account. */
  readonly byAccount: ReadonlyMap<string, { readonly points: number; readonly equal: number }>;
  /** The first few that did not. */
  readonly differences: readonly { readonly pointId: string; readonly stored: number | null; readonly replayed: number | null }[];
}

interface Point {
  readonly accountId: Id<'Account'>;
  readonly id: string;
  /** Epoch milliseconds, with a fraction where the database has one. */
  readonly recordedAt: number;
  /** Whole milliseconds. */
  readonly occurredAt: number;
  readonly scored: boolean;
  readonly value: number;
  readonly version: number;
  readonly fit: number;
  readonly anew: boolean;
  /** Whether its state is exact; one from before sums were exact depends on the order in which signals came. */
  readonly exact: boolean;
}

const pointsAtOnce = 2_000;
const openPoints = statement(
  'lab_open_score_points',
  `declare lab_points no scroll cursor for select account_id as "accountId", id, (extract(epoch from recorded_at) * 1000)::float8 as "recordedAt", floor(extract(epoch from occurred_at) * 1000)::float8 as "occurredAt",
     scored, value, model_version as version, icp_fit as fit, anew, not scored or sums is not null as exact
   from score_point where tenant_id = $1 and account_id = any($2::uuid[]) and recorded_at <= $3 order by account_id, recorded_at, id`,
  'BY_VALUE',
);
const nextPoints = statement<Point>('lab_next_score_points', `fetch ${pointsAtOnce} from lab_points`);
const closePoints = statement('lab_close_score_points', 'close lab_points');
const versions = statement<{ version: number }>(
  'lab_versions_of_points',
  'select distinct model_version as version from score_point where tenant_id = $1 and account_id = any($2::uuid[]) and recorded_at <= $3',
);

async function* pointsOf(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], until: string): AsyncGenerator<Point> {
  await sql.rows(openPoints, [sql.tenantId, accountIds, until]);
  for (;;) {
    const rows = await sql.rows(nextPoints);
    yield* rows;
    if (rows.length < pointsAtOnce) break;
  }
  await sql.rows(closePoints);
}

const differencesTold = 20;

/**
 * Computes every change of the accounts' production scores again from the signals alone, in one pass: at each change the
 * signals that it counted, under the model and with the fit that it states. So a replay is known to know what production knew.
 */
export async function reproduceScores(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], scope: Pick<ReplayScope, 'until' | 'frozenAt'>): Promise<Reproduction> {
  const used = await sql.rows(versions, [sql.tenantId, accountIds, scope.until]);
  const models = await modelsByVersion(sql, sql.tenantId, used.map(({ version }) => version));
  const signals = signalsOf(sql, accountIds, { ...scope, clock: 'RECORDED' });
  const byAccount = new Map<string, { points: number; equal: number }>();
  const differences: { pointId: string; stored: number | null; replayed: number | null }[] = [];
  let next = await signals.next();
  let account = new CountedSignals('', []);
  for await (const point of pointsOf(sql, accountIds, scope.until)) {
    if (account.accountId !== point.accountId) account = new CountedSignals(point.accountId, [...models.values()]);
    for (; !next.done && comesBefore(next.value, point); next = await signals.next()) if (next.value.accountId === point.accountId) account.take(next.value);
    const replayed = account.scoreOf(point);
    const stored = point.scored ? point.value : null;
    if (!point.exact) continue;
    const compared = byAccount.get(point.accountId) ?? { points: 0, equal: 0 };
    byAccount.set(point.accountId, compared);
    compared.points += 1;
    if (Object.is(replayed, stored)) compared.equal += 1;
    else if (differences.length < differencesTold) differences.push({ pointId: point.id, stored, replayed });
  }
  // What is left belongs to accounts without a change after it; a cursor is closed when it is read to its end.
  while (!next.done) next = await signals.next();
  const sum = (of: 'points' | 'equal'): number => byAccount.values().reduce((total, compared) => total + compared[of], 0);
  return { points: sum('points'), equal: sum('equal'), byAccount, differences };
}

/** Whether a signal began or ceased to count before a change of the score. At the same instant a change counts what it lists, and sees what ended. */
function comesBefore(event: SignalEvent, point: Point): boolean {
  if (event.accountId !== point.accountId) return event.accountId < point.accountId;
  if (event.at !== point.recordedAt) return event.at < point.recordedAt;
  if (event.pointId !== null) return event.pointId <= point.id;
  return !event.counts || !event.isNew;
}

/** What production counts of an account's signals: those that count now, and those of them that its score has counted already. */
class CountedSignals {
  readonly accountId: string;
  readonly #current: ReadonlyMap<number, RunningScore>;
  readonly #counted: ReadonlyMap<number, RunningScore>;

  constructor(accountId: string, models: readonly (ScoringModel & { readonly version: number })[]) {
    this.accountId = accountId;
    this.#current = new Map(models.map((model) => [model.version, new RunningScore(model)]));
    this.#counted = new Map(models.map((model) => [model.version, new RunningScore(model)]));
  }

  take({ type, effectiveAt, counts, pointId }: SignalEvent): void {
    for (const score of this.#current.values()) {
      if (counts) score.add(type, effectiveAt);
      else score.remove(type, effectiveAt);
    }
    if (pointId !== null) for (const score of this.#counted.values()) score.add(type, effectiveAt);
  }

  /** The score that a change states, after it has counted what it counts: all signals where it is computed anew, else those that it lists. */
  scoreOf({ scored, anew, version, fit, occurredAt }: Point): number | null {
    if (!scored) for (const score of this.#counted.values()) score.clear();
    else if (anew) for (const [of, score] of this.#counted) this.#copyCurrent(of, score);
    return scored ? (this.#counted.get(version)?.withFit(fit, occurredAt) ?? null) : null;
  }

  #copyCurrent(version: number, score: RunningScore): void {
    const current = this.#current.get(version);
    if (current) score.copy(current);
  }
}
