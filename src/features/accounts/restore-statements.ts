import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { foldStatements, precedenceInForce, statementColumns, type StoredStatement } from '../sources/index.ts';
import { accountKind } from './account-fields.ts';
import { contacts } from './contact.ts';
import { openStatement } from './stated-kind.ts';
import { rulesOf } from './state-nodes.ts';

const every = statement<StoredStatement & { readonly isCurrent: boolean }>(
  'every_statement_of_nodes',
  `select ${statementColumns}, s.is_current as "isCurrent" from source_statement s left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   where s.tenant_id = $1 and s.node_id = any($2::uuid[]) order by s.node_id, s.id`,
);
const restore = statement('restore_source_statements', 'update source_statement set is_current = true where tenant_id = $1 and id = any($2::uuid[])');

/**
 * Makes statements of merged nodes current again that hold something about their own node. While nodes are one, what one
 * source said later about either of them ends what it said before about both; that must not outlast the merge.
 */
export async function restoreStatements(work: Work, seal: Seal, type: 'Account' | 'Contact', nodeIds: readonly string[]): Promise<void> {
  const kind = type === 'Account' ? accountKind : contacts;
  const stored = await work.rows(every, [work.tenantId, nodeIds]);
  if (stored.every(({ isCurrent }) => isCurrent)) return;
  const rules = rulesOf(kind, await precedenceInForce(work, work.tenantId));
  const holding = [...Map.groupBy(stored, ({ nodeId }) => nodeId).values()].flatMap((own) => [...foldStatements(own.map((each) => openStatement(kind, each, seal)), rules).holding]);
  const ended = new Set(stored.filter(({ isCurrent }) => !isCurrent).map(({ id }) => id));
  const again = holding.filter((id) => ended.has(id));
  if (again.length > 0) await work.rows(restore, [work.tenantId, again]);
}
