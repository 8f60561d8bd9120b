import type { Id } from '../../platform/ids.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { noSuchAccount, selectAccounts } from '../accounts/index.ts';
import { contextRefreshStarted } from './context.events.ts';

/** The name of the job that fetches the sections of a context. */
export const refreshContextTask = 'refresh-context';

const insert = statement<{ id: Id<'ContextRefresh'> }>(
  'start_context_refresh',
  `insert into context_refresh (tenant_id, id, account_id, status, requested_by_kind, requested_by_id, started_at) values ($1, $2, $3, 'RUNNING', $4, $5, $6)
   on conflict (tenant_id, account_id) where status = 'RUNNING' do nothing returning id`,
);
const running = statement<{ id: Id<'ContextRefresh'> }>('running_context_refresh', `select id from context_refresh where tenant_id = $1 and account_id = $2 and status = 'RUNNING'`);

/**
 * Starts a job that fetches every section of an account's context. An account has one such job at a time: while one runs,
 * that one is returned, and scheduled again should its worker have died. Throws `NotFound` for an account that the tenant
 * does not have, or that is retired.
 */
export async function startRefresh(work: Work, accountId: Id<'Account'>): Promise<Id<'ContextRefresh'>> {
  const account = (await selectAccounts(work, work.tenantId, [{ id: accountId }])).get(accountId);
  if (!account) throw noSuchAccount(['input', 'accountId']);
  const [started] = await work.rows(insert, [work.tenantId, work.newId<'ContextRefresh'>(), account, work.actor.kind, work.actor.id, work.now]);
  const [refresh] = started ? [started] : await work.rows(running, [work.tenantId, account]);
  // The one that ran when this began has ended meanwhile.
  if (!refresh) return startRefresh(work, accountId);
  if (started) work.record(contextRefreshStarted.fact({ accountId: account, data: { accountId: account, refreshId: refresh.id } }));
  await schedule(work, { task: refreshContextTask, payload: { tenantId: work.tenantId, refreshId: refresh.id, requestId: work.requestId }, key: `${refreshContextTask}:${work.tenantId}:${refresh.id}` });
  return refresh.id;
}
