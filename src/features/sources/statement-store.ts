import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SourceStatement } from './source-statement.ts';

/** A statement as it is stored: personal data in its fields is sealed. */
export interface StoredStatement extends SourceStatement {
  /** The wrapped key of its subject; null where it has none, or the person was erased. */
  readonly wrappedKey: Buffer | null;
}

/** Nodes that are one: the survivor of merges with its members, and what was said of them. */
export interface StatedGroup {
  /** The node that survived; the node itself where nothing was merged. */
  readonly rootId: string;
  readonly memberIds: readonly string[];
  readonly statements: readonly StoredStatement[];
}

/** Groups of nodes with the version of the precedence policy in force; null for the defaults. */
export interface StatedGroups {
  readonly groups: ReadonlyMap<string, StatedGroup>;
  readonly policyVersion: number | null;
}

/** The columns of a statement in a table; its subject's key is called `k`. */
export const columnsOfStatement = (s: string): string => `${s}.id, ${s}.node_id as "nodeId", ${s}.account_id as "accountId", ${s}.account_order as "accountOrder", ${s}.source, ${s}.mode, ${s}.occurred_at as "occurredAt", ${s}.modified_at as "modifiedAt", ${s}.timed, ${s}.origin, ${s}.recorded_at as "recordedAt",
  ${s}.fields, ${s}.erased, ${s}.subject_id as "subjectId", ${s}.stated_by as "statedBy", k.wrapped_key as "wrappedKey"`;

/** The columns of a statement; the table is called `s`, its subject's key `k`. */
export const statementColumns = columnsOfStatement('s');

type GroupRow = StoredStatement & { readonly rootId: string; readonly memberId: string; readonly policyVersion: number | null };

const policyVersion = `(select max(version) from precedence_policy where tenant_id = $1) as "policyVersion"`;

const joined = `left join source_statement s on s.tenant_id = $1 and s.node_id = m.node and s.is_current
   left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id order by m.root, m.node, s.id`;

/** Nodes of kinds that are never merged are their own groups. */
const currentOfNodes = statement<GroupRow>(
  'current_statements_of_nodes',
  `select ${policyVersion}, m.root as "rootId", m.node as "memberId", ${statementColumns} from (select id as root, id as node from unnest($2::uuid[]) a(id)) m ${joined}`,
);
const currentOfGroups = statement<GroupRow>(
  'current_statements_of_groups',
  `with root as (select distinct coalesce(i.survivor_id, a.id) as id from unnest($2::uuid[]) a(id) left join node_identity i on i.tenant_id = $1 and i.id = a.id),
   m as (select id as root, id as node from root union all select root.id, i.id from root join node_identity i on i.tenant_id = $1 and i.survivor_id = root.id and i.survivor_id <> i.id)
   select ${policyVersion}, m.root as "rootId", m.node as "memberId", ${statementColumns} from m ${joined}`,
);

/** What sources last said of nodes, and of those that are one with them; by survivor. One statement. */
export async function currentStatements(sql: Sql, tenantId: string, nodeIds: readonly string[], { merged }: { readonly merged: boolean }): Promise<StatedGroups> {
  const rows = await sql.rows(merged ? currentOfGroups : currentOfNodes, [tenantId, [...new Set(nodeIds)]]);
  return { groups: toGroups(rows), policyVersion: rows[0]?.policyVersion ?? null };
}

function toGroups(rows: readonly GroupRow[]): Map<string, StatedGroup> {
  const groups = [...Map.groupBy(rows, ({ rootId }) => rootId)].map(([rootId, own]): [string, StatedGroup] => [
    rootId,
    { rootId, memberIds: [...new Set(own.map(({ memberId }) => memberId))], statements: own.filter(({ id }) => id !== null) },
  ]);
  return new Map(groups);
}

const pastOfGroups = statement<GroupRow>(
  'past_statements_of_groups',
  `with root as (select distinct coalesce(i.survivor_id, a.id) as id from unnest($2::uuid[]) a(id) left join node_identity_as_of($3) i on i.tenant_id = $1 and i.id = a.id),
   m as (select id as root, id as node from root union all select root.id, i.id from root join node_identity_as_of($3) i on i.tenant_id = $1 and i.survivor_id = root.id and i.survivor_id <> i.id)
   select null::int as "policyVersion", m.root as "rootId", m.node as "memberId", ${statementColumns} from m
   left join source_statement s on s.tenant_id = $1 and s.node_id = m.node and s.recorded_at <= $3 and s.occurred_at <= $4
   left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id order by m.root, m.node, s.id`,
);

/** What was known at an instant of what was true by another, of nodes and of those that were one with them then; by survivor. One statement. Instants are RFC 3339. */
export async function pastStatements(sql: Sql, tenantId: string, nodeIds: readonly string[], { knownAt, validAt }: { readonly knownAt: string; readonly validAt: string }): Promise<Map<string, StatedGroup>> {
  return toGroups(await sql.rows(pastOfGroups, [tenantId, [...new Set(nodeIds)], knownAt, validAt]));
}

const formerOfNodes = statement<StoredStatement>(
  'former_statements_of_nodes',
  `select ${statementColumns} from source_statement s left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   where s.tenant_id = $1 and s.node_id = any($2::uuid[]) and not s.is_current and s.occurred_at = any($3::timestamptz[])`,
);

/** Statements of some instants that hold nothing any more: to tell whether a late one was delivered before. */
export function formerStatements(work: Work, nodeIds: readonly string[], instants: readonly string[]): Promise<StoredStatement[]> {
  return work.rows(formerOfNodes, [work.tenantId, [...new Set(nodeIds)], [...new Set(instants)]]);
}

const store = statement(
  'store_source_statements',
  `with superseded as (update source_statement set is_current = false where tenant_id = $1 and id = any($6::uuid[]))
   insert into source_statement (tenant_id, id, node_type, node_id, account_id, account_order, source, mode, occurred_at, modified_at, timed, origin, recorded_at, fields, erased, subject_id, stated_by, is_current)
   select $1, id, $4, "nodeId", "accountId", "accountOrder", source, mode, "occurredAt", "modifiedAt", timed, origin, $3, fields, erased, "subjectId", $5, current
   from jsonb_to_recordset($2::jsonb) as g(id uuid, "nodeId" uuid, "accountId" uuid, "accountOrder" int, source text, mode text, "occurredAt" timestamptz, "modifiedAt" timestamptz, timed boolean, origin smallint, fields jsonb, erased jsonb, "subjectId" uuid, current boolean)`,
);

/** Stores statements and ends those that hold nothing any more. One statement, and none where there is nothing to store. */
export async function storeStatements(work: Work, nodeType: string, given: readonly (SourceStatement & { readonly current: boolean })[], ended: readonly string[]): Promise<void> {
  if (given.length + ended.length > 0) await work.rows(store, [work.tenantId, JSON.stringify(given), work.now, nodeType, statedBy(work), ended]);
}

/** Who makes statements in a transaction. */
export const statedBy = ({ actor }: Pick<Work, 'actor'>): string => `${actor.kind}:${actor.id}`;

const ofAccounts = statement<{ nodeType: string; nodeId: string }>(
  'nodes_stated_of_accounts',
  'select distinct node_type as "nodeType", node_id as "nodeId" from source_statement where tenant_id = $1 and account_id = any($2::uuid[]) and is_current order by node_type, node_id',
);

/** The records that were ever said to belong to some accounts and still may, by type. */
export async function recordsOfAccounts(work: Work, accountIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await work.rows(ofAccounts, [work.tenantId, accountIds]);
  return new Map([...Map.groupBy(rows, ({ nodeType }) => nodeType)].map(([type, own]) => [type, own.map(({ nodeId }) => nodeId)]));
}
