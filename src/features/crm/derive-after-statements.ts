import { statement } from '../../platform/postgres/statement.ts';
import { opportunities, reactToStatements } from '../accounts/index.ts';
import { deriveStageSignals } from './derive-stage-signals.ts';
import { requestsOfDeals } from './requests-of-deals.ts';

const reported = statement<{ id: string }>(
  'opportunities_with_stage_reports',
  'select o.id from unnest($2::uuid[]) o(id) where exists (select from stage_report r where r.tenant_id = $1 and r.opportunity_id = o.id)',
);

/** A stage that is stated by an upsert, or a deal that ends, can change what reports of webhooks come to: the signals are derived again. One statement where no webhook reported of the deals. */
export function deriveAfterStatements(): void {
  reactToStatements(opportunities.type, async (work, ids) => {
    const rows = await work.rows(reported, [work.tenantId, ids]);
    if (rows.length > 0) await deriveStageSignals(work, rows.map(({ id }) => id), await requestsOfDeals(work));
  });
}

deriveAfterStatements();
