import { LimitExceeded } from '../errors.ts';
import { counter } from '../metrics.ts';
import type { Database } from '../postgres/database.ts';
import { statement } from '../postgres/statement.ts';
import type { Caller } from '../postgres/work.ts';

/** A tenant's models may cost no more today. */
export class BudgetSpent extends LimitExceeded {}

/** Money set aside for a call. Whole micro-dollars. */
export interface Reservation {
  readonly day: string;
  readonly amount: number;
}

const reserveAmount = statement<{ reserved: number }>(
  'reserve_llm_budget',
  `insert into llm_spending as s (tenant_id, day, microdollars) select $1, $2, $3 where $3 <= $4::bigint
   on conflict (tenant_id, day) do update set microdollars = s.microdollars + excluded.microdollars where s.microdollars + excluded.microdollars <= $4
   returning microdollars as reserved`,
);
const settleAmount = statement('settle_llm_budget', 'update llm_spending set microdollars = greatest(0, microdollars + $3) where tenant_id = $1 and day = $2');

const refusals = counter('llm_budget_refusals_total', 'Calls of language models that were not made because a tenant\'s budget of the day was used up. A rise means that documents are left unread.', ['purpose']);

/**
 * Sets aside what a call may cost at most, before it is made, in one statement: however many ask at once, no more is set
 * aside than the day's budget (UTC). Throws `BudgetSpent` when it does not fit. What is never settled, because the process
 * ended, stays set aside until the day ends.
 */
export async function reserve(database: Pick<Database, 'transact'>, caller: Caller, { amount, budget, purpose }: { readonly amount: number; readonly budget: number; readonly purpose: string }): Promise<Reservation> {
  return database.transact(caller, async (work) => {
    const day = work.now.slice(0, 10);
    const rows = await work.rows(reserveAmount, [work.tenantId, day, amount, budget]);
    if (rows.length > 0) return { day, amount };
    refusals.inc({ purpose });
    const untilTomorrow = Math.ceil((Date.parse(`${day}T00:00:00Z`) + 86_400_000 - Date.parse(work.now)) / 1_000);
    throw new BudgetSpent(
      `The tenant's budget for language models, ${(budget / 1_000_000).toFixed(2)} dollars a day, has no room for this call. Try again after midnight UTC, or let the operator raise LLM_DAILY_BUDGET_USD_PER_TENANT.`,
      untilTomorrow,
    );
  });
}

/** Puts what a call did cost in the place of what was set aside for it. */
export async function settle(database: Pick<Database, 'transact'>, caller: Caller, { day, amount }: Reservation, cost: number): Promise<void> {
  if (cost !== amount) await database.transact(caller, (work) => work.rows(settleAmount, [work.tenantId, day, cost - amount]));
}
