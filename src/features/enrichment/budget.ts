import { statement, type Sql } from '../../platform/postgres/statement.ts';

/** The most that one account costs in a calendar month, in US cents: 0.50 USD. */
export const mostMonthlyMinor = 50;

/** What enrichments of an account reserve and have spent in a month, in US cents; those of accounts merged into it included. */
export interface UsedBudget {
  readonly reservedMinor: number;
  readonly spentMinor: number;
}

/** The calendar month (UTC) of an instant, by its first day: `2026-11-01`. */
export function monthOf(instant: string): string {
  return `${instant.slice(0, 7)}-01`;
}

const used = statement<UsedBudget>(
  'enrichment_budget_used',
  `select coalesce(sum(b.reserved_minor), 0)::int as "reservedMinor", coalesce(sum(b.spent_minor), 0)::int as "spentMinor"
   from node_identity i join enrichment_budget b on b.tenant_id = i.tenant_id and b.account_id = i.id and b.month = $3
   where i.tenant_id = $1 and i.survivor_id = $2`,
);

/** What is used of an account's budget. Exact while the account is locked: whoever reserves locks it. */
export async function usedBudget(sql: Sql, { tenantId, accountId, month }: { readonly tenantId: string; readonly accountId: string; readonly month: string }): Promise<UsedBudget> {
  const [row] = await sql.rows(used, [tenantId, accountId, month]);
  return row ?? { reservedMinor: 0, spentMinor: 0 };
}
