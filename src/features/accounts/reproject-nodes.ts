import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { foldStatements, precedenceInForce, statementColumns, type StoredStatement } from '../sources/index.ts';
import { accountKind } from './account-fields.ts';
import { lockAccounts } from './lock-accounts.ts';
import { reprojectAccounts } from './project-accounts.ts';
import { projectRecords } from './project-records.ts';
import { accountRecords } from './records.ts';
import { openStatement, type StatedKind } from './stated-kind.ts';
import { loadStates, rulesOf } from './state-nodes.ts';

/** Every kind of node whose rows are projections of statements. */
export const statedKinds: readonly StatedKind[] = [accountKind, ...accountRecords];

/** Writes the rows of nodes again, given by GraphQL type, after an erasure changed their statements: then no later delivery brings back what a row no longer shows. */
export async function reprojectNodes(work: Work, seal: Seal, nodes: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
  for (const kind of statedKinds) await holdAgain(work, seal, kind, [...(nodes.get(kind.type) ?? [])]);
  const accounts = [...(nodes.get(accountKind.type) ?? [])] as Id<'Account'>[];
  if (accounts.length > 0) await reprojectAccounts(work, seal, accounts);
  for (const record of accountRecords) {
    const ids = [...(nodes.get(record.type) ?? [])];
    if (ids.length === 0) continue;
    const states = await loadStates(work, seal, record, ids);
    await lockAccounts(work, [...states.values()].flatMap(({ folded }) => (folded.accountId === null ? [] : [folded.accountId as Id<'Account'>])));
    await projectRecords(work, seal, record, states);
  }
}

const every = statement<StoredStatement & { readonly isCurrent: boolean }>(
  'every_statement_of_erased_nodes',
  `select ${statementColumns}, s.is_current as "isCurrent" from source_statement s left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   where s.tenant_id = $1 and s.node_id in (select id from unnest($2::uuid[]) a(id) union select i.id from node_identity i where i.tenant_id = $1 and i.survivor_id = any($2::uuid[])) order by s.node_id, s.id`,
);
const hold = statement('hold_statements_again', 'update source_statement set is_current = true where tenant_id = $1 and id = any($2::uuid[])');

/** Makes statements current again that hold something since a later one of their source is gone, or says something else. */
async function holdAgain(work: Work, seal: Seal, kind: StatedKind, nodeIds: readonly string[]): Promise<void> {
  if (nodeIds.length === 0) return;
  const stored = await work.rows(every, [work.tenantId, nodeIds]);
  const former = new Set(stored.filter(({ isCurrent }) => !isCurrent).map(({ id }) => id));
  if (former.size === 0) return;
  const rules = rulesOf(kind, await precedenceInForce(work, work.tenantId));
  const holding = [...Map.groupBy(stored, ({ nodeId }) => nodeId).values()].flatMap((own) => [...foldStatements(own.map((each) => openStatement(kind, each, seal)), rules).holding]);
  const again = holding.filter((id) => former.has(id));
  if (again.length > 0) await work.rows(hold, [work.tenantId, again]);
}
