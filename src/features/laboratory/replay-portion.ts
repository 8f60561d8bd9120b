import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { modelOfParameters, modelsByVersion, RunningScore } from '../scoring/index.ts';
import { accountOutcomes } from './account-outcomes.ts';
import { followModel, followRecency, type Follower } from './follow-model.ts';
import { measureAccount } from './measure-account.ts';
import { AccountReplay } from './replay-account.ts';
import type { ReplayedPortion, ReplayedRun, RunSize } from './replay-signatures.ts';
import { reproduceScores } from './reproduce-scores.ts';
import { storeReplayed, type ReplayedAccount } from './store-replayed.ts';
import { accountsThroughTime, signalsOf, type ReplayScope } from './timeline.ts';
import { outreachFacts, wouldPropose } from './would-propose.ts';

/** The ways to score an account that a run compares, in the order in which figures are kept. */
export const comparedModels = ['CANDIDATE', 'PRODUCTION', 'RECENCY'] as const;

const ever = (columns: string, more: string): string => `select ${columns} from (
     select id from account where tenant_id = $1 and sys_from <= $2${more} union select id from account_history where tenant_id = $1 and sys_from <= $2${more}) a`;
const nextAccounts = statement<{ id: Id<'Account'> }>(
  'lab_next_accounts',
  `select id from (
     (select id from account where tenant_id = $1 and sys_from <= $2 and id > $3 order by id limit $4)
     union (select id from account_history where tenant_id = $1 and sys_from <= $2 and id > $3 group by id order by id limit $4)) a order by id limit $4`,
);
const size = statement<RunSize>(
  'lab_run_size',
  `select (${ever('count(*)::int', '')}) as accounts,
     (select count(*) from signal where tenant_id = $1 and recorded_at <= $2 and case when $3 then recorded_at > $4 and recorded_at <= $5 else occurred_at > $4 and occurred_at <= $5 end)::float8
       + case when $3 then 0 else (select count(*) from lab.history_signal where tenant_id = $1 and occurred_at > $4 and occurred_at <= $5) end as signals`,
  'BY_VALUE',
);

const scopeOf = ({ clock, windowTo, frozenAt }: ReplayedRun): ReplayScope => ({ clock, until: windowTo, frozenAt });

/** Counts the accounts that a run replays, and the signals within its window. */
export async function measureRun(work: LabWork, run: ReplayedRun): Promise<RunSize> {
  const [found] = await work.rows(size, [work.tenantId, run.frozenAt, run.clock === 'RECORDED', run.windowFrom, run.windowTo]);
  return found ?? { accounts: 0, signals: 0 };
}

/** Replays the next accounts of a run in the order of their ids, and stores what it found in place of what an earlier try stored. */
export async function replayPortion(work: LabWork, run: ReplayedRun, { after, most }: { readonly after: Id<'Account'> | null; readonly most: number }): Promise<ReplayedPortion> {
  const ids = (await work.rows(nextAccounts, [work.tenantId, run.frozenAt, after ?? '00000000-0000-0000-0000-000000000000', most])).map(({ id }) => id);
  if (ids.length === 0) return { last: null, accounts: 0, signals: 0 };
  const replayed = await replayAccounts(work, run, ids);
  await storeReplayed(work, run.id, replayed);
  return { last: ids.at(-1) ?? null, accounts: ids.length, signals: replayed.reduce((sum, { signals }) => sum + signals, 0) };
}

interface Replaying {
  readonly followers: readonly Follower[];
  readonly replay: AccountReplay;
}

/** Replays some accounts by each way to score them, in one pass over their signals. */
export async function replayAccounts(work: LabWork, run: ReplayedRun, ids: readonly Id<'Account'>[]): Promise<readonly ReplayedAccount[]> {
  const production = (await modelsByVersion(work, work.tenantId, [run.baseVersion])).get(run.baseVersion);
  if (!production) throw new Error(`there is no scoring model of version ${run.baseVersion}`);
  const candidate = modelOfParameters(run.parameters, 0);
  const scope = scopeOf(run);
  const window = { from: Date.parse(run.windowFrom), to: Date.parse(run.windowTo) };
  const versions = await accountsThroughTime(work, ids, scope);
  const begun = (id: string): Replaying => {
    const followers = [followModel(new RunningScore(candidate)), followModel(new RunningScore(production)), followRecency()];
    return { followers, replay: new AccountReplay(window, followers, versions.get(id) ?? [], run.clock === 'OCCURRED') };
  };
  const judging = { ...window, frozenAt: Date.parse(run.frozenAt), horizon: run.horizonDays * 86_400_000 };
  const until = new Date(Math.min(judging.frozenAt, judging.to + judging.horizon)).toISOString();
  const outcomes = await accountOutcomes(work, ids, { after: run.windowFrom, until, frozenAt: run.frozenAt });
  const outreach = await outreachFacts(work, ids, run.frozenAt);
  const compared = run.clock === 'RECORDED' ? (await reproduceScores(work, ids, scope)).byAccount : null;
  const found = new Map<string, ReplayedAccount>();
  const finish = (id: Id<'Account'>, { followers, replay }: Replaying): void => {
    replay.end();
    const outcome = outcomes.get(id) ?? null;
    const crossings = followers.map((follower) => follower.crossings);
    const measures = replay.exists ? measureAccount({ ...judging, outcome }, crossings, replay.samples) : null;
    const [candidateScore, productionScore] = followers.map((follower) => (replay.exists ? follower.scoreAt(window.to) : null));
    const facts = outreach(id);
    found.set(id, withDigest({
      accountId: id,
      signals: replay.signals,
      candidateScore: candidateScore ?? null,
      productionScore: productionScore ?? null,
      outcome,
      measures,
      compared: compared?.get(id) ?? { points: 0, equal: 0 },
      crossings: comparedModels.flatMap((model, place) => {
        const own = crossings[place] ?? [];
        const reasons = wouldPropose(own, facts);
        return own.map((crossing, index) => ({ ...crossing, model, whyNot: reasons[index] ?? null }));
      }),
    }));
  };
  // Signals come account by account, in the order of the ids; an account is done when the next begins.
  let open: readonly [Id<'Account'>, Replaying] | null = null;
  for await (const event of signalsOf(work, ids, scope)) {
    if (open?.[0] !== event.accountId) {
      if (open) finish(...open);
      open = [event.accountId, begun(event.accountId)];
    }
    open[1].replay.take(event);
  }
  if (open) finish(...open);
  for (const id of ids) if (!found.has(id)) finish(id, begun(id));
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** The bytes of a double, as text: no two differ that are one, whatever machine wrote them. */
function hexOf(score: number | null): string | null {
  if (score === null) return null;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(score);
  return bytes.toString('hex');
}

function withDigest(account: Omit<ReplayedAccount, 'digest'>): ReplayedAccount {
  const { candidateScore, productionScore, crossings, outcome } = account;
  const said = { ...account, candidateScore: hexOf(candidateScore), productionScore: hexOf(productionScore), outcome: outcome && { ...outcome }, crossings: crossings.map(({ score, ...crossing }) => ({ ...crossing, score: hexOf(score) })) };
  return { ...account, digest: createHash('sha256').update(canonicalJson(said)).digest() };
}

