import type { Clock } from '../../platform/clock.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { endEnrichment, type OpenEnrichment } from './end-enrichment.ts';

/** Enrichments of one look. */
const mostAtOnce = 200;

const due = statement<{ tenantId: Id<'Tenant'>; id: Id<'Enrichment'> }>('enrichments_to_settle', `select tenant_id as "tenantId", id from enrichment where settle_at <= $1 order by settle_at, id limit ${mostAtOnce}`);
const lock = statement<OpenEnrichment>(
  'lock_enrichments_to_settle',
  `select id, account_id as "accountId", provider, month::text as month, price_minor as "priceMinor", call_id as "callId" from enrichment
   where tenant_id = $1 and id = any($2::uuid[]) and settle_at <= $3 order by account_id, id for no key update`,
);

/**
 * Ends enrichments whose process ended: what was reserved for a call that was not made is released; a call of which nobody
 * knows the outcome costs its price, since the provider may have charged. Returns how many.
 */
export async function settleEnrichments({ database, clock }: { readonly database: Pick<Database, 'transact' | 'system'>; readonly clock: Clock }, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  let settled = 0;
  for (let found = mostAtOnce; found === mostAtOnce; ) {
    const rows = await database.system((sql) => sql.rows(due, [clock.now().toISOString()]));
    found = rows.length;
    for (const [tenantId, own] of Map.groupBy(rows, (row) => row.tenantId)) {
      settled += await database.transact({ ...caller, tenantId }, (work) => settleOfTenant(work, own.map(({ id }) => id)));
    }
  }
  return settled;
}

async function settleOfTenant(work: Work, ids: readonly string[]): Promise<number> {
  const open = await work.rows(lock, [work.tenantId, ids, work.now]);
  for (const enrichment of open) {
    await endEnrichment(work, enrichment, enrichment.callId === null ? { status: 'FAILED', failureCode: 'NOT_CALLED', costMinor: 0, settled: true } : { status: 'UNKNOWN', failureCode: 'OUTCOME_UNKNOWN', costMinor: enrichment.priceMinor, settled: true });
  }
  return open.length;
}
