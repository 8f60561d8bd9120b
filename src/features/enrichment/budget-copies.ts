import { z } from 'zod';
import type { Fact } from '../../platform/events/event.ts';
import type { FastCopies } from '../../platform/fast-copies.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { budgetEventKinds } from './enrichment.events.ts';

/** The key of the copy of an account's budget of a month: `enrich:{tenant:account}:2026-11`. */
export function budgetKey({ tenantId, accountId, month }: BudgetOf): string {
  return `enrich:{${tenantId}:${accountId}}:${month.slice(0, 7)}`;
}

/** Whose budget of which month. */
export interface BudgetOf {
  readonly tenantId: string;
  readonly accountId: string;
  /** By its first day. */
  readonly month: string;
}

/** What a copy of a budget holds, in US cents. */
const copied = z.object({ reservedMinor: z.int(), spentMinor: z.int() });

const budgets = statement<{ accountId: string; reservedMinor: number; spentMinor: number; version: number }>(
  'enrichment_budgets_to_copy',
  `select account_id as "accountId", reserved_minor as "reservedMinor", spent_minor as "spentMinor", version::int as version from enrichment_budget where tenant_id = $1 and account_id = any($2::uuid[]) and month = $3`,
);

/** Seconds that a copy outlives the longest month. */
const copySeconds = 32 * 86_400;

/** Copies the budgets that committed facts changed. */
export async function copyCommittedBudgets({ database, copies }: { readonly database: Pick<Database, 'read'>; readonly copies: FastCopies }, tenantId: Id<'Tenant'>, facts: readonly Fact[]): Promise<void> {
  const changed = copies.kind === 'none' ? [] : facts.filter(({ kind }) => budgetEventKinds.includes(kind));
  if (changed.length === 0) return;
  const read = database.read(tenantId);
  try {
    for (const [month, own] of Map.groupBy(changed, ({ data }) => String(data['month']))) await copyBudgets(read, copies, { tenantId, accountIds: own.flatMap(({ accountId }) => accountId ?? []), month });
  } finally {
    await read.close();
  }
}

/** Copies the budgets of accounts for a month into Redis; an older version never replaces a newer one. */
async function copyBudgets(sql: Sql, copies: FastCopies, { tenantId, accountIds, month }: { readonly tenantId: Id<'Tenant'>; readonly accountIds: readonly string[]; readonly month: string }): Promise<void> {
  const rows = await sql.rows(budgets, [tenantId, accountIds, month]);
  for (const { accountId, version, reservedMinor, spentMinor } of rows) {
    await copies.write([{ key: budgetKey({ tenantId, accountId, month }), version, text: JSON.stringify({ reservedMinor, spentMinor }), seconds: copySeconds }]);
  }
}

/**
 * Whether the copy says that what an account has spent leaves no room for a call. What is spent never falls within a month,
 * so an old copy can only say so too late, never wrongly; without a copy the database decides.
 */
export async function isSpentByCopy(copies: FastCopies, { limitMinor, priceMinor, ...of }: BudgetOf & { readonly limitMinor: number; readonly priceMinor: number }): Promise<boolean> {
  const [copy] = copies.kind === 'none' ? [] : await copies.read([budgetKey(of)]);
  const read = copy && copied.safeParse(safeJson(copy.text));
  return read?.success === true && read.data.spentMinor + priceMinor > limitMinor;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
