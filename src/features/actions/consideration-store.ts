import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { recordDerivations, type TenantSql } from '../lineage/index.ts';
import { scorePointLineage } from '../scoring/index.ts';
import { actionSkipped, considerationDue, considerationEnded } from './action.events.ts';
import { decisionLineage } from './action-lineage.ts';
import { traceSkips, type Skip } from './change-action.ts';
import type { ConsiderationReason } from './consideration.enums.ts';
import { countSkip } from './count-actions.ts';

/** What holds a proposal back. */
export interface Held {
  readonly reason: ConsiderationReason;
  /** Ids and figures behind the reason. */
  readonly details: Readonly<Record<string, unknown>>;
  /** When to consider the account again if nothing else happens first; null: only when something changes. RFC 3339. */
  readonly retryAt: string | null;
  /** The action whose end can change it, where there is one. */
  readonly actionId?: string;
}

/** On what it was decided. */
export interface HeldOn {
  readonly accountId: Id<'Account'>;
  readonly pointId: Id<'ScorePoint'>;
  readonly policyVersion: number;
  readonly score: number;
}

interface Stored {
  readonly accountId: Id<'Account'>;
  readonly reason: ConsiderationReason;
  readonly isSame: boolean;
}

/** What holds a proposal back, and on what that was decided. */
export interface Holding {
  readonly on: HeldOn;
  readonly held: Held;
  /** The request that led to it. */
  readonly requestId: string;
}

const stored = statement<Stored>(
  'stored_considerations',
  `select c.account_id as "accountId", c.reason, c.details = g.details and c.retry_at is not distinct from g.retry_at and c.policy_version = g.policy_version and c.woken_at is null as "isSame"
   from unnest($2::uuid[], $3::jsonb[], $4::timestamptz[], $5::int[]) as g(account_id, details, retry_at, policy_version)
   join consideration c on c.tenant_id = $1 and c.account_id = g.account_id order by c.account_id for update of c`,
);
const store = statement(
  'store_considerations',
  `insert into consideration as c (tenant_id, id, account_id, reason, details, score_point_id, policy_version, since, considered_at, retry_at, action_id)
   select $1, id, account_id, reason, details, score_point_id, policy_version, $10, $10, retry_at, action_id
   from unnest($2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::uuid[], $7::int[], $8::timestamptz[], $9::uuid[]) as g(id, account_id, reason, details, score_point_id, policy_version, retry_at, action_id) order by account_id
   on conflict (tenant_id, account_id) do update set reason = excluded.reason, details = excluded.details, score_point_id = excluded.score_point_id, policy_version = excluded.policy_version,
     since = case when c.reason = excluded.reason then c.since else excluded.since end, considered_at = excluded.considered_at, retry_at = excluded.retry_at, action_id = excluded.action_id, woken_at = null`,
);

/**
 * Keeps why accounts that are high are not proposed. The accounts are locked. The same reason on the same grounds writes
 * nothing; another reason is traced as a decision and told.
 */
export async function keepConsiderations(work: Work, holdings: readonly Holding[]): Promise<void> {
  if (holdings.length === 0) return;
  const column = <Value>(of: readonly Holding[], pick: (holding: Holding) => Value): Value[] => of.map(pick);
  const rows = await work.rows(stored, [work.tenantId, column(holdings, ({ on }) => on.accountId), column(holdings, ({ held }) => JSON.stringify(held.details)), column(holdings, ({ held }) => held.retryAt), column(holdings, ({ on }) => on.policyVersion)]);
  const known = new Map(rows.map((row) => [row.accountId, row]));
  const changed = holdings.filter(({ on, held }) => known.get(on.accountId)?.reason !== held.reason || !known.get(on.accountId)?.isSame);
  if (changed.length === 0) return;
  await work.rows(store, [
    work.tenantId, changed.map(() => work.newId<'Consideration'>()), column(changed, ({ on }) => on.accountId), column(changed, ({ held }) => held.reason), column(changed, ({ held }) => JSON.stringify(held.details)),
    column(changed, ({ on }) => on.pointId), column(changed, ({ on }) => on.policyVersion), column(changed, ({ held }) => held.retryAt), column(changed, ({ held }) => held.actionId ?? null), work.now,
  ]);
  await tellSkipped(work, changed.filter(({ on, held }) => known.get(on.accountId)?.reason !== held.reason).map(({ on: { score, ...on }, held: { reason, details, retryAt }, requestId }) => ({
    ...on, requestId, reason, inputs: { pointId: on.pointId, score, ...details, ...(retryAt === null ? {} : { retryAt }) },
  })));
}

/** As above, of one account, for the request of the transaction. */
export function keepConsideration(work: Work, on: HeldOn, held: Held): Promise<void> {
  return keepConsiderations(work, [{ on, held, requestId: work.requestId }]);
}

/** Traces that no actions were proposed, and why, with their lineage and their facts. */
async function tellSkipped(work: Work, skips: readonly Skip[]): Promise<void> {
  if (skips.length === 0) return;
  const ids = await traceSkips(work, skips);
  const told = skips.flatMap((skip, index) => (ids[index] ? [{ ...skip, decisionId: ids[index] }] : []));
  await recordDerivations(work, told.map(({ decisionId, pointId, policyVersion }) => ({ to: decisionLineage.ref(decisionId), from: [scorePointLineage.ref(pointId)], relation: 'DECIDED_ON', rule: { name: 'consider-account', version: policyVersion } })));
  for (const { accountId, pointId, decisionId, reason, requestId } of told) {
    work.record(actionSkipped.fact({ accountId, requestId, data: { accountId, pointId, decisionId, reason } }));
    countSkip(work, reason);
  }
}

const decided = statement('crossing_decided', 'select 1 from action_decision where tenant_id = $1 and score_point_id = $2 limit 1');

/** Traces, once, that intent was no longer high when a crossing of the threshold was looked at. */
export async function tellIntentFell(work: Work, on: Omit<HeldOn, 'score'> & { readonly score: number | null }): Promise<void> {
  const { score, ...grounds } = on;
  if ((await work.rows(decided, [work.tenantId, on.pointId])).length === 0) await tellSkipped(work, [{ ...grounds, requestId: work.requestId, reason: 'INTENT_FELL', inputs: { pointId: on.pointId, score } }]);
}

const remove = statement<{ accountId: Id<'Account'>; reason: ConsiderationReason }>('remove_considerations', 'delete from consideration where tenant_id = $1 and account_id = any($2::uuid[]) returning account_id as "accountId", reason');

/** Why a consideration ends: intent is no longer high, an action was proposed, or the account is gone. */
type EndOfConsideration = 'NOT_HIGH' | 'PROPOSED' | 'ACCOUNT_GONE';

/** Removes the considerations of accounts, where there are any. */
export async function endConsiderations(work: Work, accounts: readonly { readonly accountId: Id<'Account'>; readonly requestId: string }[], because: EndOfConsideration): Promise<void> {
  if (accounts.length === 0) return;
  const requests = new Map(accounts.map(({ accountId, requestId }) => [accountId, requestId]));
  const gone = await work.rows(remove, [work.tenantId, [...requests.keys()].toSorted()]);
  for (const { accountId, reason } of gone) work.record(considerationEnded.fact({ accountId, requestId: requests.get(accountId) ?? work.requestId, data: { accountId, reason, because } }));
}

/** Removes an account's consideration, if there is one. */
export function endConsideration(work: Work, accountId: Id<'Account'>, because: EndOfConsideration): Promise<void> {
  return endConsiderations(work, [{ accountId, requestId: work.requestId }], because);
}

/** An account that a change can concern: held back, or with an open proposal of the program. */
export interface Concerned {
  readonly accountId: Id<'Account'>;
  readonly isHeld: boolean;
}

const among = statement<Concerned>(
  'accounts_held_or_proposed',
  `select account_id as "accountId", true as "isHeld" from consideration where tenant_id = $1 and account_id = any($2::uuid[])
   union all select account_id, false from action where tenant_id = $1 and account_id = any($2::uuid[]) and is_open and score_point_id is not null`,
);

/** Those of some accounts that are held back, or have an open proposal of the program. */
export async function concernedAmong(sql: TenantSql, accountIds: readonly string[]): Promise<readonly Concerned[]> {
  return accountIds.length === 0 ? [] : sql.rows(among, [sql.tenantId, [...new Set(accountIds)]]);
}

/** An account, and because of which of the keys that were asked for. */
export interface Reached {
  readonly accountId: Id<'Account'>;
  readonly key: string;
}

const waiting = statement<Reached>('considerations_of_actions', 'select account_id as "accountId", action_id as key from consideration where tenant_id = $1 and action_id = any($2::uuid[]) order by 1');

/** The accounts whose consideration a change of one of these actions can change. */
export async function accountsWaitingFor(sql: TenantSql, actionIds: readonly string[]): Promise<Reached[]> {
  return actionIds.length === 0 ? [] : sql.rows(waiting, [sql.tenantId, actionIds]);
}

const rivals = statement<Reached>(
  'proposals_to_same_person',
  `select distinct other.account_id as "accountId", a.id as key from action a
   join action other on other.tenant_id = a.tenant_id and other.subject_id = a.subject_id and other.account_id <> a.account_id and other.is_open and other.score_point_id is not null
   where a.tenant_id = $1 and a.id = any($2::uuid[]) order by 1, 2`,
);

/** The other accounts with an open proposal of the program to a person to whom one of these actions goes. */
export async function accountsWithRivals(sql: TenantSql, actionIds: readonly string[]): Promise<Reached[]> {
  return actionIds.length === 0 ? [] : sql.rows(rivals, [sql.tenantId, actionIds]);
}

const neighbours = statement<Reached>(
  'accounts_that_share_people',
  `select other.account_id as "accountId", a.account_id as key from action a
     join action other on other.tenant_id = a.tenant_id and other.subject_id = a.subject_id and other.account_id <> a.account_id and other.is_open and other.score_point_id is not null
     where a.tenant_id = $1 and a.account_id = any($2::uuid[]) and a.is_open
   union select c.account_id, a.account_id from consideration c join action a on a.tenant_id = c.tenant_id and a.id = c.action_id where c.tenant_id = $1 and a.account_id = any($2::uuid[]) order by 1, 2`,
);

/** The other accounts that would write to a person to whom these accounts write: which of them comes first can change with a merge. */
export async function accountsBeside(sql: TenantSql, accountIds: readonly string[]): Promise<Reached[]> {
  return accountIds.length === 0 ? [] : sql.rows(neighbours, [sql.tenantId, accountIds]);
}

const ofSubjects = statement<Reached>('accounts_of_subjects', 'select distinct account_id as "accountId", subject_id as key from contact where tenant_id = $1 and subject_id = any($2::uuid[]) order by 1, 2');

/** The accounts that have one of these people as a contact. */
export async function accountsOfPeople(sql: TenantSql, subjectIds: readonly string[]): Promise<Reached[]> {
  return subjectIds.length === 0 ? [] : sql.rows(ofSubjects, [sql.tenantId, subjectIds]);
}

const batch = 200;
const wakeAll = statement<{ accountId: Id<'Account'> }>(
  'wake_considerations',
  `update consideration set woken_at = $2 where tenant_id = $1 and account_id = any(
     select account_id from consideration where tenant_id = $1 and policy_version < $3 and account_id > $4 order by account_id limit ${batch} for update)
   returning account_id as "accountId"`,
);

const withProposals = statement<{ accountId: Id<'Account'> }>(
  'accounts_with_proposals',
  `select distinct account_id as "accountId" from action where tenant_id = $1 and account_id > $2 and is_open and score_point_id is not null order by 1 limit ${batch}`,
);
const smallestId = '00000000-0000-0000-0000-000000000000';
const lastOf = (found: readonly { readonly accountId: Id<'Account'> }[]): string | null => (found.length < batch ? null : (found.map(({ accountId }) => accountId).toSorted().at(-1) ?? null));

/** Announces that a tenant's considerations under an older policy are due, a batch at a time; returns the last account of a full batch. */
export async function wakeOlderThan(work: Work, policyVersion: number, after: string | null): Promise<string | null> {
  const found = await work.rows(wakeAll, [work.tenantId, work.now, policyVersion, after ?? smallestId]);
  announce(work, found);
  return lastOf(found);
}

/** Announces that the accounts of a tenant with an open proposal of the program are due: a new policy may forbid it. A batch at a time, as above. */
export async function wakeProposed(work: Work, after: string | null): Promise<string | null> {
  const found = await work.rows(withProposals, [work.tenantId, after ?? smallestId]);
  announce(work, found);
  return lastOf(found);
}

const due = statement<{ tenantId: Id<'Tenant'>; accountId: Id<'Account'> }>(
  'considerations_due',
  `select tenant_id as "tenantId", account_id as "accountId" from consideration where retry_at <= app_now() and woken_at is null order by retry_at, tenant_id, account_id limit ${batch}`,
);
const wake = statement<{ accountId: Id<'Account'> }>(
  'wake_due_considerations',
  `update consideration set woken_at = $3 where tenant_id = $1 and account_id = any($2::uuid[]) and woken_at is null and retry_at <= $3::timestamptz returning account_id as "accountId"`,
);

/** Announces every consideration whose time has come, of every tenant; returns how many. Repeating it does no harm. */
export async function wakeDueConsiderations(database: Pick<Database, 'system' | 'transact'>, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  for (let woken = 0; ; ) {
    const found = await database.system((sql) => sql.rows(due));
    for (const [tenantId, own] of Map.groupBy(found, (row) => row.tenantId)) {
      woken += await database.transact({ ...caller, tenantId }, async (work) => announce(work, await work.rows(wake, [tenantId, own.map(({ accountId }) => accountId), work.now])));
    }
    if (found.length < batch) return woken;
  }
}

function announce(work: Work, rows: readonly { readonly accountId: Id<'Account'> }[]): number {
  for (const { accountId } of rows) work.record(considerationDue.fact({ accountId, data: { accountId } }));
  return rows.length;
}
