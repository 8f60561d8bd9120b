import type { Id } from '../../platform/ids.ts';
import { histogram } from '../../platform/metrics.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { recordDerivations } from '../lineage/index.ts';
import { contextRulesInForce } from './context-rules.queries.ts';
import { derivedValuesChanged, type DerivationCause } from './derived.events.ts';
import { deriveAccount, edgesTo, endsOf, winningStatements, type DerivedAccount, type SaidOfAccount } from './derive-account.ts';
import { derivedValueKinds } from './derived-values.ts';
import type { DerivedValueKind } from './enums.ts';
import { readContextFacts } from './read-facts.ts';

interface StoredRow {
  readonly accountId: string;
  readonly said: SaidOfAccount;
  readonly movesAt: string | null;
}

const stored = statement<StoredRow>('stored_derivations', 'select account_id as "accountId", said, moves_at as "movesAt" from context_derivation where tenant_id = $1 and account_id = any($2::uuid[])');
const store = statement(
  'store_derivations',
  `insert into context_derivation as d (tenant_id, account_id, said, moves_at, derived_at)
   select $1, "accountId", said, "movesAt", $3 from jsonb_to_recordset($2::jsonb) as g("accountId" uuid, said jsonb, "movesAt" timestamptz) order by "accountId"
   on conflict (tenant_id, account_id) do update set said = excluded.said, moves_at = excluded.moves_at, derived_at = excluded.derived_at`,
);
const remove = statement<Pick<StoredRow, 'accountId' | 'said'>>('remove_derivations_of_accounts', 'delete from context_derivation where tenant_id = $1 and account_id = any($2::uuid[]) returning account_id as "accountId", said');

const qualities = histogram('context_quality_score_distribution', 'Context quality of accounts, 0 to 100, each time it changed. A rise of low values means that sources deliver less.', [], [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);

const kindsOf = ({ kinds }: SaidOfAccount): DerivedValueKind[] => derivedValueKinds.map(({ kind }) => kind).filter((kind) => kinds[kind] !== undefined);

/**
 * Computes the derived values of accounts again. Where one says something else than before, or comes from other sources or by
 * other rules, its lineage is recorded and `context.derived` says so; where all say the same, nothing is written. The number of
 * statements does not depend on that of accounts. Of accounts that are retired or merged away, nothing stays stored.
 */
export async function storeDerivedValues(work: Work, seal: Seal, accountIds: readonly Id<'Account'>[], cause: DerivationCause): Promise<void> {
  if (accountIds.length === 0) return;
  await lockAccounts(work, accountIds);
  const rules = await contextRulesInForce(work, null);
  const facts = await readContextFacts(work, seal, { accountIds, at: null, now: work.now });
  await removeDerived(work, accountIds.filter((id) => !facts.has(id)));
  if (facts.size === 0) return;
  const before = new Map((await work.rows(stored, [work.tenantId, [...facts.keys()]])).map((row) => [row.accountId, row]));
  const statements = await winningStatements(work, seal, [...facts.keys()]);
  const derived = [...facts.values()].map((own) => deriveAccount(own, { rules, now: work.now, statements: statements.get(own.account.id) ?? new Map() }));
  const changed = derived.flatMap((account) => changeOf(account, before.get(account.accountId) ?? null) ?? []);
  if (changed.length === 0) return;
  await work.rows(store, [work.tenantId, JSON.stringify(changed.map(({ account: { accountId, said, movesAt } }) => ({ accountId, said, movesAt }))), work.now]);
  const values = changed.flatMap(({ account, was, kinds }) => kinds.map((kind) => ({ accountId: account.accountId, kind, value: account.sourced.get(kind), isNewRule: was?.kinds[kind]?.rule !== account.said.kinds[kind]?.rule })));
  // An edge says by which version it was made: those of another version end, and then the same sources begin again.
  await recordDerivations(work, values.filter(({ isNewRule }) => isNewRule).flatMap(({ accountId, kind }) => endsOf(accountId, kind)));
  await recordDerivations(work, values.flatMap(({ accountId, value }) => (value ? edgesTo(accountId, value) : [])));
  work.afterCommit(() => {
    for (const { account, told } of changed) if (told.includes('CONTEXT_QUALITY')) qualities.observe(account.quality);
  });
  for (const { account: { accountId, said }, was, told } of changed) {
    if (told.length > 0) work.record(derivedValuesChanged.fact({ accountId: accountId as Id<'Account'>, data: { accountId, kinds: [...told], previousDealHealth: was?.dealHealth ?? null, dealHealth: said.dealHealth, cause } }));
  }
}

interface Change {
  readonly account: DerivedAccount;
  readonly was: SaidOfAccount | null;
  /** The kinds that are stored again. */
  readonly kinds: readonly DerivedValueKind[];
  /** Of these, the ones that say something else. */
  readonly told: readonly DerivedValueKind[];
}

/** What of an account is not as it was stored; null where all is. */
function changeOf(account: DerivedAccount, row: StoredRow | null): Change | null {
  const was = row?.said ?? null;
  const all = derivedValueKinds.map(({ kind }) => ({ kind, before: was?.kinds[kind], now: account.said.kinds[kind] }));
  const kinds = all.filter(({ before, now }) => before?.says !== now?.says || before?.from !== now?.from || before?.rule !== now?.rule).map(({ kind }) => kind);
  const told = all.filter(({ before, now }) => before?.says !== now?.says).map(({ kind }) => kind);
  const movesAt = row?.movesAt ? new Date(row.movesAt).toISOString() : null;
  return kinds.length === 0 && movesAt === account.movesAt ? null : { account, was, kinds, told };
}

async function removeDerived(work: Work, accountIds: readonly Id<'Account'>[]): Promise<void> {
  if (accountIds.length === 0) return;
  const removed = await work.rows(remove, [work.tenantId, accountIds]);
  await recordDerivations(work, removed.flatMap(({ accountId, said }) => kindsOf(said).flatMap((kind) => endsOf(accountId, kind))));
}
