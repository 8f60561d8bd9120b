import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { histogram } from '../../platform/metrics.ts';
import { isInForce } from '../signals/index.ts';
import { addSignals, emptyState, isExact } from './intent-score.ts';
import { lowestOf } from './score-trust.ts';
import { replayedScores, replaySignals } from './replay-signals.ts';
import { accountsToScore, saveScores, type NewScore, type ScoredAccount } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';

/** A signal that is to be counted, with its fact's place in the tenant's chain. */
export interface CountedSignal {
  readonly signalId: Id<'Signal'>;
  /** The account that its fact names; a merge may have moved it to another since. */
  readonly accountId: Id<'Account'>;
  readonly sequence: number;
}

const duration = histogram('intent_score_calculation_seconds', 'Seconds to take one batch of signals into the scores, storage included. A rise means that the database is slow or batches are large.', []);

interface StoredSignal {
  readonly id: Id<'Signal'>;
  /** The account that it counts for. */
  readonly accountId: Id<'Account'>;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  /** The rank of its origin class. */
  readonly origin: number;
}

const signalsToCount = statement<StoredSignal>(
  'signals_to_count',
  // Withdrawn before it was counted: it does not count.
  `select id, account_id as "accountId", type, occurred_at as "occurredAt", recorded_at as "recordedAt", origin from signal where tenant_id = $1 and id = any($2::uuid[]) and ${isInForce('signal.id')}`,
);

/**
 * Counts signals into the scores of the accounts that they count for now, in the order given. Each must be given once; the
 * caller's inbox sees to that. A signal of a type that the model does not know changes nothing, and says nothing. One of
 * an account that is retired or merged away is not counted: whatever brings the account back recounts all of its signals.
 */
export async function applySignals(work: Work, signals: readonly CountedSignal[]): Promise<void> {
  const stop = duration.startTimer();
  const { accounts, stored } = await lockSignals(work, signals);
  const model = await modelInForce(work, work.tenantId);
  const scores: NewScore[] = [];
  const counts = new Set(model.signalTypes.map(({ type }) => type));
  // These wait for their turn under a newer model, were never scored, perhaps because an older model knew none of their
  // types, or have a state of before sums were exact. Their whole past is counted now, the new signals included.
  const outdated = new Map<Id<'Account'>, { account: ScoredAccount; signalId: Id<'Signal'> | null }>();
  for (const [accountId, own] of Map.groupBy(signals, ({ signalId, accountId: told }) => stored.get(signalId)?.accountId ?? told)) {
    const account = accounts.get(accountId);
    if (!account) continue;
    const state = account.state ?? emptyState;
    if (!isExact(state) || (account.modelVersion !== model.version && model.version > 1)) {
      outdated.set(accountId, { account, signalId: own.at(-1)?.signalId ?? null });
      continue;
    }
    const fresh = own.filter((signal) => signal.sequence > account.replayedThrough).flatMap((signal) => stored.get(signal.signalId) ?? []);
    const next = addSignals(state, fresh.map((row) => ({ type: row.type, occurredAt: Date.parse(row.occurredAt), recordedAt: Date.parse(row.recordedAt) })), model);
    if (next === state) continue;
    const counted = fresh.filter(({ type }) => counts.has(type));
    scores.push({ account, state: next, cause: 'SIGNAL', signalId: fresh.at(-1)?.id ?? null, counted: counted.map(({ id }) => id), lowest: lowestOf(counted) });
  }
  if (outdated.size > 0) {
    for (const replayed of await replaySignals(work, model, [...outdated.keys()])) {
      const found = outdated.get(replayed.accountId);
      if (found) scores.push(...replayedScores(found.account, replayed, { cause: 'SIGNAL', signalId: found.signalId }));
    }
  }
  await saveScores(work, model, scores);
  stop();
}

/** Locks the accounts that signals count for, and reads both. Under the locks no signal moves; one that moved before is found with its new account. */
async function lockSignals(work: Work, signals: readonly CountedSignal[]): Promise<{ accounts: Map<Id<'Account'>, ScoredAccount>; stored: Map<Id<'Signal'>, StoredSignal> }> {
  const accounts = new Map<Id<'Account'>, ScoredAccount>();
  const locked = new Set<Id<'Account'>>();
  let missing = new Set(signals.map(({ accountId }) => accountId));
  for (;;) {
    for (const [id, account] of await accountsToScore(work, [...missing])) accounts.set(id, account);
    for (const id of missing) locked.add(id);
    const rows = await work.rows(signalsToCount, [work.tenantId, signals.map(({ signalId }) => signalId)]);
    missing = new Set(rows.map(({ accountId }) => accountId).filter((id) => !locked.has(id)));
    if (missing.size === 0) return { accounts, stored: new Map(rows.map((row) => [row.id, row])) };
  }
}
