import { Conflict } from '../../platform/errors.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { flagKey, type OutreachPolicy } from './outreach-policy.ts';

/** Why there is no outreach to an account. */
export type GateReason = 'ACCOUNT_RETIRED' | 'ACCOUNT_STATUS' | 'LIFECYCLE' | 'DO_NOT_CONTACT' | 'CRITICAL_TICKET';

/** A gate that is closed, with the ids and figures behind it. */
export interface ClosedGate {
  readonly reason: GateReason;
  readonly details: Readonly<Record<string, unknown>>;
}

interface Facts {
  readonly accountId: string;
  readonly status: OutreachPolicy['blockedStatuses'][number];
  readonly stage: OutreachPolicy['blockedLifecycleStages'][number] | null;
  readonly flags: readonly string[];
  readonly tickets: readonly string[];
}

const facts = statement<Facts>(
  'outreach_gate_facts',
  `select a.id as "accountId", a.status, a.lifecycle_stage as stage,
     (select coalesce(array_agg(f.flag), '{}') from manager_flag f where f.tenant_id = $1 and f.account_id = a.id) as flags,
     (select coalesce(array_agg(t.id order by t.id), '{}') from (
        select id from ticket where tenant_id = $1 and account_id = a.id and status_category <> 'DONE' and priority = any($3::text[]) order by id limit 20) t) as tickets
   from account a where a.tenant_id = $1 and a.id = any($2::uuid[])`,
);

/**
 * The first gate of the policy that is closed for an account, or null. `byProgram`: whether the program proposes by
 * itself; a person may write to an account that has a critical ticket, perhaps about that ticket.
 */
export async function closedGate(sql: Sql & { readonly tenantId: string }, accountId: string, policy: OutreachPolicy, { byProgram }: { readonly byProgram: boolean }): Promise<ClosedGate | null> {
  const found = (await closedGates(sql, [accountId], policy, { byProgram })).get(accountId);
  return found === undefined ? { reason: 'ACCOUNT_RETIRED', details: {} } : found;
}

/** As `closedGate`, for some accounts in one statement; those that are no accounts any more are missing. */
export async function closedGates(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], policy: OutreachPolicy, { byProgram }: { readonly byProgram: boolean }): Promise<ReadonlyMap<string, ClosedGate | null>> {
  const rows = await sql.rows(facts, [sql.tenantId, accountIds, policy.blockedTicketPriorities]);
  return new Map(rows.map((row) => [row.accountId, gateOf(row, policy, byProgram)]));
}

function gateOf({ status, stage, flags, tickets }: Facts, policy: OutreachPolicy, byProgram: boolean): ClosedGate | null {
  if (policy.blockedStatuses.includes(status)) return { reason: 'ACCOUNT_STATUS', details: { status } };
  if (stage !== null && policy.blockedLifecycleStages.includes(stage)) return { reason: 'LIFECYCLE', details: { stage } };
  const set = new Set(flags.map(flagKey));
  const flag = policy.doNotContactFlags.find((forbidding) => set.has(forbidding));
  if (flag !== undefined) return { reason: 'DO_NOT_CONTACT', details: { flag } };
  return byProgram && tickets.length > 0 ? { reason: 'CRITICAL_TICKET', details: { ticketIds: tickets } } : null;
}

/** A closed gate as a sentence. */
export function gateSentence({ reason, details }: { readonly reason: GateReason; readonly details: Readonly<Record<string, unknown>> }): string {
  if (reason === 'ACCOUNT_RETIRED') return 'The account is retired.';
  if (reason === 'ACCOUNT_STATUS') return `The outreach policy allows no sales outreach to accounts with status ${String(details['status'])}.`;
  if (reason === 'LIFECYCLE') return `The outreach policy allows no sales outreach to accounts in the lifecycle stage ${String(details['stage'])}.`;
  if (reason === 'DO_NOT_CONTACT') return `A manager flag of the account forbids e-mail: ${String(details['flag'])}.`;
  const count = Array.isArray(details['ticketIds']) ? details['ticketIds'].length : 0;
  return count === 1 ? 'A critical ticket of the account is open.' : `${count} critical tickets of the account are open.`;
}

/** The outreach policy in force allows no e-mail to the account. */
export class OutreachBlocked extends Conflict {
  readonly gate: ClosedGate;

  constructor(gate: ClosedGate, advice: string, path: readonly string[]) {
    super(`${gateSentence(gate)} ${advice}`, path);
    this.gate = gate;
  }
}
