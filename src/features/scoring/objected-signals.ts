import type { Id } from '../../platform/ids.ts';
import { findAddresses } from '../../platform/mask-addresses.ts';
import { normaliseEmail, type Seal } from '../../platform/postgres/seal.ts';
import { portions, portionSize } from '../../platform/postgres/portions.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { hasObjections, mergedPeople, objectorsAmong, standingObjectors } from '../consent/index.ts';
import type { CountedSignal } from './apply-signals.ts';
import { recountAccounts } from './recount-accounts.ts';

interface SignalText {
  readonly id: Id<'Signal'>;
  readonly accountId: Id<'Account'>;
  readonly payload: unknown;
}

const withAddresses = statement<SignalText>(
  'signals_with_addresses',
  `select id, account_id as "accountId", payload from signal where tenant_id = $1 and id = any($2::uuid[]) and payload::text like '%@%'`,
);
const mentioning = statement<SignalText>(
  'signals_mentioning',
  `select id, account_id as "accountId", payload from signal where tenant_id = $1 and lower(payload::text) like (any_of($2::text[]))[1] and id > $3 order by id limit ${portionSize}`,
);
// Every signal of the tenant is looked at. Until the transaction ends.
const takeTime = statement('objection_takes_time', `select set_config('statement_timeout', '600000', true)`);
const exclude = statement<{ accountId: Id<'Account'> }>(
  'exclude_signals',
  `insert into signal_objection (tenant_id, signal_id, subject_id, account_id, excluded_at) select $1, signal_id, subject_id, account_id, $5 from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as s(signal_id, subject_id, account_id)
   on conflict (tenant_id, signal_id, subject_id) where restored_at is null do nothing returning account_id as "accountId"`,
);
const excludedAccounts = statement<{ accountId: Id<'Account'> }>(
  'accounts_with_excluded_signals',
  `select distinct s.account_id as "accountId" from signal_objection o join signal s on s.tenant_id = o.tenant_id and s.id = o.signal_id
   where o.tenant_id = $1 and o.subject_id = any($2::uuid[]) and o.restored_at is null`,
);
const restore = statement<{ accountId: Id<'Account'> }>(
  'restore_signals',
  // The account that the signal counts for now: merges may have moved it.
  `update signal_objection o set restored_at = $3 from signal s
   where o.tenant_id = $1 and o.subject_id = any($2::uuid[]) and o.restored_at is null and s.tenant_id = o.tenant_id and s.id = o.signal_id returning s.account_id as "accountId"`,
);

const countedAlready = statement<{ accountId: Id<'Account'> }>(
  'scores_that_count_on_the_way',
  `select distinct c.account_id as "accountId" from account_contexts c join unnest($2::uuid[], $3::bigint[]) as s(account_id, sequence) on s.account_id = c.account_id
   where c.tenant_id = $1 and c.replayed_through >= s.sequence`,
);

/** What is kept of signals that people in them took out of scores. */
interface Exclusion {
  readonly signalId: Id<'Signal'>;
  readonly subjectId: Id<'Subject'>;
  readonly accountId: Id<'Account'>;
}

/** Under the locks of the accounts: the instant of an exclusion is after that of each change of a score that still counted the signal. */
async function keep(work: Work, exclusions: readonly Exclusion[]): Promise<Id<'Account'>[]> {
  if (exclusions.length === 0) return [];
  await lockAccounts(work, exclusions.map(({ accountId }) => accountId));
  const columns = [exclusions.map(({ signalId }) => signalId), exclusions.map(({ subjectId }) => subjectId), exclusions.map(({ accountId }) => accountId)];
  return (await work.rows(exclude, [work.tenantId, ...columns, work.now])).map(({ accountId }) => accountId);
}

/**
 * Signals that may be counted: without those that hold the address of a person who objected to profiling, which are kept
 * as excluded. One statement where the tenant has no such objection, three more where it has, and one where a signal is excluded. Call it before the signals
 * are counted, in the same transaction: an objection that is recorded later finds the stored signals itself.
 */
export async function withoutObjections(work: Work, seal: Seal, signals: readonly CountedSignal[]): Promise<readonly CountedSignal[]> {
  const scope = { sql: work, tenantId: work.tenantId, seal };
  if (signals.length === 0 || !(await hasObjections(scope, 'PROFILING'))) return signals;
  const texts = await work.rows(withAddresses, [work.tenantId, signals.map(({ signalId }) => signalId)]);
  const objectors = await objectorsAmong(scope, 'PROFILING', [...findAddresses(texts.map(({ payload }) => payload))]);
  const exclusions = texts.flatMap(({ id, accountId, payload }) => subjectsIn(payload, objectors).map((subjectId) => ({ signalId: id, subjectId, accountId })));
  // All that are scored afterwards, in one order.
  if (exclusions.length > 0) await lockAccounts(work, signals.map(({ accountId }) => accountId));
  await keep(work, exclusions);
  await recountCounted(work, signals, exclusions);
  const excluded = new Set(exclusions.map(({ signalId }) => signalId));
  return signals.filter(({ signalId }) => !excluded.has(signalId));
}

/** A recount may have counted an excluded signal while it was on its way: that score is computed again. */
async function recountCounted(work: Work, signals: readonly CountedSignal[], exclusions: readonly Exclusion[]): Promise<void> {
  if (exclusions.length === 0) return;
  const sequences = new Map(signals.map(({ signalId, sequence }) => [signalId, sequence]));
  const values = [work.tenantId, exclusions.map(({ accountId }) => accountId), exclusions.map(({ signalId }) => sequences.get(signalId) ?? 0)];
  await recountAccounts(work, (await work.rows(countedAlready, values)).map(({ accountId }) => accountId), 'CONSENT');
}

function subjectsIn(payload: unknown, objectors: ReadonlyMap<string, Id<'Subject'>>): Id<'Subject'>[] {
  return [...new Set([...findAddresses(payload)].flatMap((address) => objectors.get(address) ?? []))];
}

/**
 * People objected to profiling, or consented to it again: their signals stop counting, or count again, and the scores of
 * their accounts are recomputed from what counts. Searching the signals reads all of the tenant's; objections are rare.
 */
export async function reconsiderSignals(work: Work, seal: Seal, decided: readonly Id<'Subject'>[]): Promise<void> {
  if (decided.length === 0) return;
  const subjectIds = await mergedPeople(work, decided);
  const standing = await standingObjectors({ sql: work, tenantId: work.tenantId, seal }, 'PROFILING', subjectIds);
  const changed: Id<'Account'>[] = [];
  for (const [subjectId, email] of standing) {
    if (email !== null) changed.push(...(await keep(work, await exclusionsOf(work, subjectId, email))));
  }
  const consenting = subjectIds.filter((id) => !standing.has(id));
  if (consenting.length > 0) await lockAccounts(work, (await work.rows(excludedAccounts, [work.tenantId, consenting])).map(({ accountId }) => accountId));
  if (consenting.length > 0) changed.push(...(await work.rows(restore, [work.tenantId, consenting, work.now])).map(({ accountId }) => accountId));
  await recountAccounts(work, [...new Set(changed)], 'CONSENT');
}

async function exclusionsOf(work: Work, subjectId: Id<'Subject'>, email: string): Promise<Exclusion[]> {
  const address = normaliseEmail(email);
  await work.rows(takeTime);
  const found: Exclusion[] = [];
  // By the part before the @, which is written alike in every form of an address; then by the address itself.
  for await (const rows of portions(work, mentioning, [work.tenantId, [address.slice(0, address.lastIndexOf('@'))]])) {
    for (const { id, accountId, payload } of rows) {
      if ([...findAddresses(payload)].some((each) => normaliseEmail(each) === address)) found.push({ signalId: id, subjectId, accountId });
    }
  }
  return found;
}
