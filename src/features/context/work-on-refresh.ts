import { Unavailable } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { within } from '../../platform/within.ts';
import { lockAccounts } from '../accounts/index.ts';
import { contextRefreshed } from './context.events.ts';
import { FetchFailed, type SectionFetcher, type StoreSection } from './section-fetchers.ts';
import { contextSections, type ContextSectionName, type SectionFetchOutcome } from './sections.ts';

/** What works on a refresh. */
export interface RefreshParts {
  readonly database: Pick<Database, 'transact'>;
  readonly seal: Seal;
  readonly fetchers: readonly SectionFetcher[];
  /** How long a source may take, in milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Computes what is derived of an account again, in the transaction that ends the refresh. */
  derive(work: Work, accountIds: readonly Id<'Account'>[]): Promise<void>;
  onError(error: unknown, fields: Readonly<Record<string, string>>): void;
}

interface Refresh {
  readonly id: Id<'ContextRefresh'>;
  readonly accountId: Id<'Account'>;
  /** Sections that were fetched before this worker took over. */
  readonly settled: readonly ContextSectionName[];
}

const toWorkOn = statement<Refresh>(
  'context_refresh_to_work_on',
  `select r.id, r.account_id as "accountId", array(select f.section from context_fetch f where f.tenant_id = r.tenant_id and f.refresh_id = r.id) as settled
   from context_refresh r where r.tenant_id = $1 and r.id = $2 and r.status = 'RUNNING'`,
);
const keep = statement(
  'keep_context_fetch',
  `insert into context_fetch (tenant_id, id, account_id, refresh_id, section, outcome, error_code, fetched_at, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
   on conflict (tenant_id, refresh_id, section) do nothing`,
);
const end = statement<{ section: ContextSectionName; outcome: Exclude<SectionFetchOutcome, 'WAITING'>; errorCode: string | null }>(
  'end_context_refresh',
  `with ended as (update context_refresh set status = 'DONE', ended_at = $3 where tenant_id = $1 and id = $2 and status = 'RUNNING' returning id)
   select f.section, f.outcome, f.error_code as "errorCode" from ended join context_fetch f on f.tenant_id = $1 and f.refresh_id = ended.id`,
);

/**
 * Fetches the sections of a refresh, all at once. One that fails does not hold up the others: its section keeps what it
 * has, and says why. Each section is stored as soon as it is there, so another worker can go on with the rest. At the end
 * everything derived of the account is computed again and the refresh is DONE; the cached context is loaded again by the
 * fact. Does nothing for a refresh that has ended.
 */
export async function workOnRefresh(parts: RefreshParts, caller: Caller, refreshId: Id<'ContextRefresh'>): Promise<void> {
  const { database } = parts;
  const [refresh] = await database.transact(caller, (work) => work.rows(toWorkOn, [caller.tenantId, refreshId]));
  if (!refresh) return;
  const waiting = contextSections.map(({ name }) => name).filter((name) => !refresh.settled.includes(name));
  const settled = await Promise.allSettled(waiting.map((section) => settle(parts, caller, { refresh, section })));
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  await database.transact(caller, async (work) => {
    const account = (await lockAccounts(work, [refresh.accountId])).get(refresh.accountId);
    const outcomes = await work.rows(end, [work.tenantId, refreshId, work.now]);
    if (!account || outcomes.length === 0) return;
    const accountId = account.survivorId;
    await parts.derive(work, [accountId]);
    const sections = contextSections.flatMap(({ name }) => outcomes.filter(({ section }) => section === name));
    work.record(contextRefreshed.fact({ accountId, data: { accountId, refreshId, sections } }));
  });
}

interface Task {
  readonly refresh: Refresh;
  readonly section: ContextSectionName;
}

/**
 * Fetches one section and stores what became of it. An answer that cannot be taken in, which another attempt would not change, is a
 * failed fetch: it holds up neither the other sections nor the end of the refresh. Throws only while the database is away.
 */
async function settle(parts: RefreshParts, caller: Caller, task: Task): Promise<void> {
  const { database, seal } = parts;
  const { refresh: { id, accountId }, section } = task;
  const note = (work: Work, outcome: SectionFetchOutcome, code: string | null): Promise<unknown> =>
    work.rows(keep, [work.tenantId, work.newId(), accountId, id, section, outcome, code, work.now]);
  const fetched = await fetchSection(parts, caller, task);
  if (typeof fetched !== 'function') return void (await database.transact(caller, (work) => note(work, fetched.outcome, fetched.code)));
  try {
    await fetched({ seal, transact: (body, actor = caller.actor) => database.transact({ ...caller, actor }, body) });
    await database.transact(caller, (work) => note(work, 'FETCHED', null));
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    const code = error instanceof FetchFailed ? error.code : 'FAULT';
    parts.onError(error, { tenantId: caller.tenantId, accountId, refreshId: id, section, code });
    await database.transact(caller, (work) => note(work, 'FAILED', code));
  }
}

type Unfetched = { readonly outcome: 'FAILED'; readonly code: string } | { readonly outcome: 'NOT_CONFIGURED'; readonly code: null };
const notConfigured = { outcome: 'NOT_CONFIGURED', code: null } as const;

async function fetchSection({ fetchers, timeout, signal, onError }: RefreshParts, { tenantId }: Caller, { refresh: { id, accountId }, section }: Task): Promise<Unfetched | StoreSection> {
  const fetcher = fetchers.find((each) => each.section === section);
  if (!fetcher) return notConfigured;
  const late = AbortSignal.timeout(timeout);
  try {
    // A client that does not heed the signal is not waited for either.
    return (await within(timeout, fetcher.fetch({ tenantId, accountId, signal: signal ? AbortSignal.any([late, signal]) : late }), section)) ?? notConfigured;
  } catch (error) {
    // The process stops: another worker fetches it.
    signal?.throwIfAborted();
    const code = error instanceof FetchFailed ? error.code : late.aborted ? 'TIMEOUT' : 'FAULT';
    onError(error, { tenantId, accountId, refreshId: id, section, code });
    return { outcome: 'FAILED', code };
  }
}
