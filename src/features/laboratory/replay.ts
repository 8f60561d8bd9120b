import { createHash, hash } from 'node:crypto';
import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Replay } from './replay-signatures.ts';

const count = statement<{ accounts: number; signals: number }>(
  'measure_experiment_run',
  `select (select count(*)::int from account where tenant_id = $1) as accounts,
     (select count(*)::int from signal where tenant_id = $1 and recorded_at <= $2 and effective_at < $3) as signals`,
);
const next = statement<{ accountId: Id<'Account'>; signals: number }>(
  'next_accounts_to_replay',
  `select a.id as "accountId", (select count(*)::int from signal s where s.tenant_id = $1 and s.account_id = a.id and s.recorded_at <= $4 and s.effective_at < $5) as signals
   from account a where a.tenant_id = $1 and a.id > $2 order by a.id limit $3`,
);
const store = statement(
  'store_run_accounts',
  `insert into lab.run_account (tenant_id, run_id, account_id, signals, digest) select $1, $2, account_id, signals, digest from unnest($3::uuid[], $4::int[], $5::bytea[]) as r(account_id, signals, digest)
   on conflict (tenant_id, run_id, account_id) do update set signals = excluded.signals, digest = excluded.digest`,
);
const digests = statement<{ accountId: string; digest: Buffer }>('digests_of_run', 'select account_id as "accountId", digest from lab.run_account where tenant_id = $1 and run_id = $2 and account_id > $3 order by account_id limit 5000');
const first = '00000000-0000-0000-0000-000000000000';

async function digestOf(work: LabWork, runId: string): Promise<string> {
  const all = createHash('sha256');
  for (let after = first; ; ) {
    const rows = await work.rows(digests, [work.tenantId, runId, after]);
    for (const { accountId, digest } of rows) all.update(accountId).update(digest);
    const last = rows.at(-1);
    if (!last) return all.digest('hex');
    after = last.accountId;
  }
}

/** The replay of experiments: account by account, in the order of their ids. */
export const replay: Replay = {
  async measureRun(work, { frozenAt, windowTo }) {
    const [found] = await work.rows(count, [work.tenantId, frozenAt, windowTo]);
    return found ?? { accounts: 0, signals: 0 };
  },
  async replayPortion(work, run, { after, most }) {
    const rows = await work.rows(next, [work.tenantId, after ?? first, most, run.frozenAt, run.windowTo]);
    await work.rows(store, [work.tenantId, run.id, rows.map(({ accountId }) => accountId), rows.map(({ signals }) => signals), rows.map(({ accountId, signals }) => hash('sha256', `${accountId} ${signals}`, 'buffer'))]);
    return { last: rows.length < most ? null : (rows.at(-1)?.accountId ?? null), accounts: rows.length, signals: rows.reduce((sum, { signals }) => sum + signals, 0) };
  },
  async finishRun(work, run) {
    return { digest: await digestOf(work, run.id), metrics: {} };
  },
};
