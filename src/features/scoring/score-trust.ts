import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** A signal that a score counts, with the rank of its origin class. */
export interface CountedOrigin {
  readonly id: Id<'Signal'>;
  readonly origin: number;
}

/** The less trusted of two signals; of one class, the one that was made first. */
export function lowerOf(one: CountedOrigin | null, other: CountedOrigin): CountedOrigin {
  return one === null || other.origin < one.origin || (other.origin === one.origin && other.id < one.id) ? { id: other.id, origin: other.origin } : one;
}

/** The least trusted of some signals; null of none. */
export function lowestOf(counted: readonly CountedOrigin[]): CountedOrigin | null {
  return counted.reduce<CountedOrigin | null>(lowerOf, null);
}

/** The lowest class of a score that counts one more signal. */
export function fallsTo(before: number | null, lowest: CountedOrigin | null): number | null {
  if (lowest === null) return before;
  return before === null ? lowest.origin : Math.min(before, lowest.origin);
}

/** That the lowest class of a score fell: which change of it counted which signal. */
export interface LoweredTrust extends CountedOrigin {
  readonly accountId: Id<'Account'>;
  readonly pointId: Id<'ScorePoint'>;
}

const insert = statement(
  'insert_score_trust',
  `insert into score_trust (tenant_id, account_id, point_id, recorded_at, origin, signal_id)
   select $1, account_id, point_id, $2, origin, signal_id from unnest($3::uuid[], $4::uuid[], $5::smallint[], $6::uuid[]) as l(account_id, point_id, origin, signal_id)`,
);

/** Stores where scores fell; one statement, and none where none did, which is the rule: a score falls six times at most. */
export async function storeLoweredTrust(work: Work, lowered: readonly LoweredTrust[]): Promise<void> {
  if (lowered.length === 0) return;
  const column = <Value>(pick: (row: LoweredTrust) => Value): Value[] => lowered.map(pick);
  await work.rows(insert, [work.tenantId, work.now, column(({ accountId }) => accountId), column(({ pointId }) => pointId), column(({ origin }) => origin), column(({ id }) => id)]);
}
