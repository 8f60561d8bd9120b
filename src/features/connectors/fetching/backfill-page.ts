import type { Id } from '../../../platform/ids.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { isNews, type ItemResult } from '../delivery-result.ts';
import type { HistoryPage } from '../outbound/vendor-api.ts';
import { backfillEnded } from './backfill.events.ts';
import { limitOfOperation, nextAttempt, type ReadFault } from './judge-fault.ts';
import { countPage } from './read-metrics.ts';
import { LeaseLost } from './reader-lease.ts';
import { faultOfCall, transactIn, type ReaderRun, type StepOutcome } from './reader-run.ts';
import { storeOf, storeReading } from './store-reading.ts';
import { wakeReaderAt } from './wake-reader.ts';

/** A back-fill, as far as its next page needs. */
export interface NextPage {
  readonly id: Id<'ConnectionBackfill'>;
  readonly cursor: string | null;
  readonly pages: number;
  readonly attempts: number;
}

const next = statement<NextPage>(
  'next_page_of_backfill',
  `select id, cursor, pages, attempts from connection_backfill where tenant_id = $1 and connection_id = $2 and status = 'RUNNING' and (next_attempt_at is null or next_attempt_at <= $3)`,
);
// The place is compared, so that a page counts once, and none counts after a cancellation.
const move = statement<{ pages: number; items: number }>(
  'move_backfill',
  `update connection_backfill set cursor = $4, pages = pages + 1, items = items + $5, refused_items = refused_items + $6, total = coalesce($7, total), moved_at = $8, attempts = 0, next_attempt_at = null, failure_code = null, failure_message = null,
     status = case when $4::text is null then 'DONE' else 'RUNNING' end, ended_at = case when $4::text is null then $8::timestamptz end
   where tenant_id = $1 and id = $2 and pages = $3 and status = 'RUNNING' returning pages, items`,
);
const countNew = statement<{ id: string }>('count_new_items_of_backfill', `update connection_backfill set new_items = new_items + $4 where tenant_id = $1 and id = $2 and pages = $3 and status = 'RUNNING' returning id`);
const postpone = statement<{ status: string; pages: number; items: number }>(
  'postpone_backfill',
  `update connection_backfill set attempts = $4, next_attempt_at = $5, failure_code = $6, failure_message = $7, status = case when $5::timestamptz is null then 'FAILED' else 'RUNNING' end, ended_at = case when $5::timestamptz is null then $8::timestamptz end
   where tenant_id = $1 and id = $2 and pages = $3 and status = 'RUNNING' returning status, pages, items`,
);

/** The next page of history to read for a connection; null where no back-fill runs, or it waits. */
export async function nextPage(work: Work, connectionId: Id<'Connection'>): Promise<NextPage | null> {
  const [found] = await work.rows(next, [work.tenantId, connectionId, work.now]);
  return found ?? null;
}

/**
 * Reads a page of history and takes it in. The place moves in the transaction that stores the last of it: a run that is
 * killed before reads the page again, which changes nothing and is counted once.
 */
export async function readNextPage(run: ReaderRun, page: NextPage): Promise<StepOutcome> {
  let read: HistoryPage;
  try {
    read = await run.session.readHistory(page.cursor);
  } catch (error) {
    return onFault(run, page, error);
  }
  await storeReading(storeOf(run), read.reading, {
    eachPortion: async (work, results) => {
      const counted = await work.rows(countNew, [work.tenantId, page.id, page.pages, results.filter(isNews).length]);
      if (counted.length === 0) throw new LeaseLost();
    },
    finish: (work, results) => moveOn(run, work, { page, read, results }),
  });
  return 'DONE';
}

async function moveOn({ lease }: ReaderRun, work: Work, { page, read, results }: { readonly page: NextPage; readonly read: HistoryPage; readonly results: readonly ItemResult[] }): Promise<void> {
  const refused = results.filter(({ status, reason }) => status === 'refused' || reason === 'UNREADABLE').length;
  const [moved] = await work.rows(move, [work.tenantId, page.id, page.pages, read.next, results.length, refused, read.total, work.now]);
  if (!moved) throw new LeaseLost();
  if (read.next === null) work.record(backfillEnded.fact({ accountId: null, data: { backfillId: page.id, connectionId: lease.connectionId, source: lease.source, status: 'DONE', ...moved, failureCode: null } }));
  work.afterCommit(() => countPage(lease.source));
}

/** A limit on reading history holds up the back-fill alone; a fault of the whole connection everything; another one counts as an attempt. */
async function onFault(run: ReaderRun, page: NextPage, error: unknown): Promise<StepOutcome> {
  const limit = limitOfOperation(error);
  const fault: ReadFault | null = limit ?? (await faultOfCall(run, error));
  if (!fault) return 'STOPPED';
  const { lease, parts, caller } = run;
  parts.onError(error, { tenantId: caller.tenantId, connectionId: lease.connectionId, source: lease.source, backfillId: page.id });
  await transactIn(run, async (work) => {
    const attempts = limit ? page.attempts : page.attempts + 1;
    const at = limit?.retryAt?.toISOString() ?? nextAttempt(fault, attempts, work.now);
    const [put] = await work.rows(postpone, [work.tenantId, page.id, page.pages, attempts, at, fault.code, fault.message, work.now]);
    if (put?.status === 'FAILED') work.record(backfillEnded.fact({ accountId: null, data: { backfillId: page.id, connectionId: lease.connectionId, source: lease.source, status: 'FAILED', pages: put.pages, items: put.items, failureCode: fault.code } }));
    if (at !== null) await wakeReaderAt(work, lease.connectionId, at);
  });
  return 'DONE';
}
