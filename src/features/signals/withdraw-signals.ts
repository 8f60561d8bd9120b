import type { Id } from '../../platform/ids.ts';
import type { Question } from '../../platform/graphql/call.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { signalRestored, signalWithdrawn } from './signal.events.ts';

interface Changed {
  readonly signalId: Id<'Signal'>;
  readonly accountId: Id<'Account'>;
}

const withdraw = statement<Changed>(
  'withdraw_signals',
  `insert into signal_withdrawal (tenant_id, signal_id, account_id, reason, withdrawn_at) select $1, id, account_id, $4, $3 from signal where tenant_id = $1 and id = any($2::uuid[]) order by id
   on conflict (tenant_id, signal_id, reason) where restored_at is null do nothing returning signal_id as "signalId", account_id as "accountId"`,
);
const restore = statement<Changed>(
  'restore_withdrawn_signals',
  `with ended as (update signal_withdrawal set restored_at = $3 where tenant_id = $1 and signal_id = any($2::uuid[]) and reason = 'WITHDRAWN' and restored_at is null returning signal_id)
   select s.id as "signalId", s.account_id as "accountId" from ended join signal s on s.tenant_id = $1 and s.id = ended.signal_id`,
);

/** Withdraws derived signals that no longer follow from what sources say. A signal never changes; it stops counting, and lists say since when. */
export async function withdrawSignals(work: Work, ids: readonly Id<'Signal'>[]): Promise<void> {
  if (ids.length === 0) return;
  for (const { signalId, accountId } of await work.rows(withdraw, [work.tenantId, ids, work.now, 'WITHDRAWN'])) work.record(signalWithdrawn.fact({ accountId, data: { signalId, accountId } }));
}

/** Makes signals that were just ingested count for no score: changes of stage that the catalogue does not judge. */
export async function neutralSignals(work: Work, ids: readonly Id<'Signal'>[]): Promise<void> {
  if (ids.length > 0) await work.rows(withdraw, [work.tenantId, ids, work.now, 'NEUTRAL']);
}

/** Restores withdrawn signals that follow again. */
export async function restoreSignals(work: Work, ids: readonly Id<'Signal'>[]): Promise<void> {
  if (ids.length === 0) return;
  for (const { signalId, accountId } of await work.rows(restore, [work.tenantId, ids, work.now])) work.record(signalRestored.fact({ accountId, data: { signalId, accountId } }));
}

const standing = statement<{ signalId: string; withdrawnAt: string }>(
  'standing_withdrawals_of_signals',
  'select t.signal_id as "signalId", t.withdrawn_at as "withdrawnAt" from signal_withdrawal t where t.tenant_id = $1 and t.signal_id = any($2::uuid[]) and t.reason = \'WITHDRAWN\' and t.restored_at is null',
);

/** Since when a signal is withdrawn; null where it counts. */
export const withdrawalOfSignal: Question<string, string | null> = {
  name: 'withdrawals_of_signals',
  async load(call, ids) {
    const rows = await call.read.rows(standing, [call.tenantId, ids]);
    const found = new Map(rows.map((row) => [row.signalId, row.withdrawnAt]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** SQL: whether a signal is neither withdrawn nor neutral, at an instant, or now where none is given. `$1` is the tenant. */
export function isInForce(signal: string, at?: string): string {
  const standingAt = at === undefined ? 'w.restored_at is null' : `w.withdrawn_at <= ${at} and (w.restored_at is null or w.restored_at > ${at})`;
  return `not exists (select from signal_withdrawal w where w.tenant_id = $1 and w.signal_id = ${signal} and ${standingAt})`;
}
