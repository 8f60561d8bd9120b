import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { histogram } from '../../platform/metrics.ts';
import { isInForce } from '../signals/index.ts';
import { addSignals, emptyState } from './intent-score.ts';
import { replaySignals } from './replay-signals.ts';
import { accountsToScore, saveScores, type NewScore, type ScoredAccount } from './score-accounts.ts';
import { modelInForce } from './scoring-model.queries.ts';

/** A signal that is to be counted, with its fact's place in the tenant's chain. */
export interface CountedSignal {
  readonly signalId: Id<'Signal'>;
  readonly accountId: Id<'Account'>;
  readonly sequence: number;
}

const duration = histogram('intent_score_calculation_seconds', 'Seconds to take one batch of signals into the scores, storage included. A rise means that the database is slow or batches are large.', []);

const signalsToCount = statement<{ id: Id<'Signal'>; type: string; occurredAt: string; recordedAt: string }>(
  'signals_to_count',
  // Withdrawn before it was counted: it does not count.
  `select id, type, occurred_at as "occurredAt", recorded_at as "recordedAt" from signal where tenant_id = $1 and id = any($2::uuid[]) and ${isInForce('signal.id')}`,
);

/**
 * Counts signals into their accounts' scores, in the order given. Each must be given once; the caller's inbox sees to
 * that. A signal of a type that the model does not know changes nothing, and says nothing.
 */
export async function applySignals(work: Work, signals: readonly CountedSignal[]): Promise<void> {
  const stop = duration.startTimer();
  const accounts = await accountsToScore(work, signals.map((signal) => signal.accountId));
  const model = await modelInForce(work, work.tenantId);
  const stored = new Map((await work.rows(signalsToCount, [work.tenantId, signals.map((signal) => signal.signalId)])).map((row) => [row.id, row]));
  const scores: NewScore[] = [];
  const counts = new Set(model.signalTypes.map(({ type }) => type));
  // These wait for their turn under a newer model, or were never scored, perhaps because an older model knew none of
  // their types. Their whole past is counted now, the new signals included.
  const outdated = new Map<Id<'Account'>, { account: ScoredAccount; signalId: Id<'Signal'> | null }>();
  for (const [accountId, own] of Map.groupBy(signals, (signal) => signal.accountId)) {
    const account = accounts.get(accountId);
    if (!account) continue;
    if (account.modelVersion !== model.version && model.version > 1) {
      outdated.set(accountId, { account, signalId: own.at(-1)?.signalId ?? null });
      continue;
    }
    const fresh = own.filter((signal) => signal.sequence > account.replayedThrough).flatMap((signal) => stored.get(signal.signalId) ?? []);
    const state = addSignals(account.state ?? emptyState, fresh.map((row) => ({ type: row.type, occurredAt: Date.parse(row.occurredAt), recordedAt: Date.parse(row.recordedAt) })), model);
    if (state === (account.state ?? emptyState)) continue;
    scores.push({ account, state, cause: 'SIGNAL', signalId: fresh.at(-1)?.id ?? null, counted: fresh.filter(({ type }) => counts.has(type)).map(({ id }) => id) });
  }
  if (outdated.size > 0) {
    for (const { accountId, ...replayed } of await replaySignals(work, model, [...outdated.keys()])) {
      const found = outdated.get(accountId);
      const scored = found && (found.account.state !== null || Object.keys(replayed.state).length > 0);
      if (scored) scores.push({ ...found, ...replayed, cause: 'SIGNAL' });
    }
  }
  await saveScores(work, model, scores);
  stop();
}
