import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { countsForScores } from './counts-for-scores.ts';
import { createTally, type ScoreState } from './intent-score.ts';
import type { NewScore, ScoredAccount } from './score-accounts.ts';
import { lowerOf, type CountedOrigin } from './score-trust.ts';
import type { ScoringModel } from './scoring-model.ts';

/** So many signals are in memory at once, of however many an account has. */
export const signalsAtOnce = 2_000;

interface PastSignal {
  readonly id: Id<'Signal'>;
  readonly accountId: Id<'Account'>;
  readonly type: string;
  /** Epoch milliseconds. */
  readonly effectiveAt: number;
  /** Whether it was recorded at the transaction's own instant. */
  readonly isOfNow: boolean;
  /** The rank of its origin class. */
  readonly origin: number;
}

// In no order: sums are exact, so none is needed. A cursor reads one snapshot, and is closed by the end of the transaction.
const openPast = statement(
  'open_past_signals',
  `declare past_signals no scroll cursor for select id, account_id as "accountId", type, floor(extract(epoch from effective_at) * 1000)::float8 as "effectiveAt", recorded_at >= $4 as "isOfNow", origin from signal
   where tenant_id = $1 and account_id = any($2::uuid[]) and type = any($3::text[]) and ${countsForScores('signal.id')}`,
);
const nextPast = statement<PastSignal>('next_past_signals', `fetch ${signalsAtOnce} from past_signals`);
const closePast = statement('close_past_signals', 'close past_signals');
const chainEnd = statement<{ sequence: number }>('chain_end', 'select sequence from audit_head where tenant_id = $1');

/** A score computed from all of an account's signals. */
export interface ReplayedScore {
  readonly accountId: Id<'Account'>;
  readonly state: ScoreState;
  readonly replayedThrough: number;
  /** Of the signals counted those that were recorded at the transaction's own instant; all others follow from when they were recorded. */
  readonly counted: readonly Id<'Signal'>[];
  /** The least trusted of the signals counted; null where none was. */
  readonly lowest: CountedOrigin | null;
  readonly anew: true;
}

/**
 * The states of accounts computed from all their stored signals, of which few are in memory at once. The accounts must be
 * locked: then every stored signal's fact is in the chain already, and what comes later has a higher sequence; so
 * `replayedThrough` tells which facts on their way are counted here and must not be counted again.
 */
export async function replaySignals(work: Work, model: ScoringModel, accountIds: readonly Id<'Account'>[]): Promise<ReplayedScore[]> {
  if (accountIds.length === 0) return [];
  const [end] = await work.rows(chainEnd, [work.tenantId]);
  const tallies = new Map(accountIds.map((accountId) => [accountId, { tally: createTally(model), counted: [] as Id<'Signal'>[], lowest: null as CountedOrigin | null }]));
  await work.rows(openPast, [work.tenantId, accountIds, model.signalTypes.map(({ type }) => type), work.now]);
  for (;;) {
    const rows = await work.rows(nextPast);
    for (const { id, accountId, type, effectiveAt, isOfNow, origin } of rows) {
      const found = tallies.get(accountId);
      found?.tally.add(type, effectiveAt);
      if (isOfNow) found?.counted.push(id);
      if (found) found.lowest = lowerOf(found.lowest, { id, origin });
    }
    if (rows.length < signalsAtOnce) break;
  }
  await work.rows(closePast);
  return [...tallies].map(([accountId, { tally, counted, lowest }]) => ({ accountId, state: tally.state(), replayedThrough: end?.sequence ?? 0, counted: counted.toSorted(), lowest, anew: true }));
}

/** The score that a replay gives an account, in a list: with no state where no signal counts. Empty where the account has no score already. */
export function replayedScores(account: ScoredAccount, replayed: ReplayedScore | null, cause: Pick<NewScore, 'cause' | 'signalId'>): NewScore[] {
  if (replayed && Object.keys(replayed.state).length > 0) return [{ ...replayed, account, ...cause }];
  return account.state === null ? [] : [{ account, state: null, counted: [], lowest: null, anew: true, ...cause }];
}
