import type { Moment } from '../../platform/moment.ts';
import { statement, type Sql, type Statement } from '../../platform/postgres/statement.ts';
import { statementColumns, type StoredStatement } from './statement-store.ts';

/** Whose statements are read: of nodes, of the records of accounts, or of all nodes of the type. */
export type StatedScope = { readonly nodeIds: readonly string[] } | { readonly accountIds: readonly string[] } | null;

/** A statement with the account that its record counts for by what was known. */
export interface StatementAt extends StoredStatement {
  readonly accountRoot: string | null;
}

/** Nodes that are one by what was known at a moment, and what was said of them until its other instant. */
export interface GroupAt {
  readonly rootId: string;
  readonly memberIds: readonly string[];
  /** When the first of them was identified; null for kinds without identities. */
  readonly identifiedAt: string | null;
  readonly statements: readonly StatementAt[];
}

type Row = StatementAt & { readonly rootId: string; readonly memberId: string; readonly identifiedAt: string | null };

/** Statements that were known at $3 and of what was true at $4. */
const told = (table: string): string => `${table}.recorded_at <= $3 and ${table}.occurred_at <= $4`;

const candidates = {
  ofNodes: 'select id from unnest($5::uuid[]) a(id)',
  // Those that were said to belong to them or to an account that was one with them; what holds no more has an index of its own.
  ofAccounts: `select s.node_id as id from source_statement s join member a on s.account_id = a.id where s.tenant_id = $1 and s.is_current and s.node_type = $2 and ${told('s')}
     union select s.node_id from source_statement s join member a on s.account_id = a.id where s.tenant_id = $1 and not s.is_current and s.account_id is not null and s.node_type = $2 and ${told('s')}`,
  ofTenant: `select s.node_id as id from source_statement s where s.tenant_id = $1 and s.node_type = $2 and ${told('s')}
     union select id from node_identity_as_of($3) where tenant_id = $1 and node_type = $2`,
} as const;

function text(scope: keyof typeof candidates): Statement<Row> {
  const members = scope === 'ofAccounts' ? `member as (select i.id from node_identity_as_of($3) i where i.tenant_id = $1 and (i.id = any($5::uuid[]) or i.survivor_id = any($5::uuid[]))),` : '';
  return statement<Row>(
    `statements_at_${scope}`,
    `with ${members} candidate as materialized (${candidates[scope]}),
     root as materialized (select distinct coalesce(i.survivor_id, c.id) as id from candidate c left join node_identity_as_of($3) i on i.tenant_id = $1 and i.id = c.id),
     node as materialized (
       select root.id as root, root.id as node, i.recorded_at as identified_at from root left join node_identity_as_of($3) i on i.tenant_id = $1 and i.id = root.id
       union all
       select root.id, i.id, i.recorded_at from root join node_identity_as_of($3) i on i.tenant_id = $1 and i.survivor_id = root.id and i.survivor_id <> i.id)
     select node.root as "rootId", node.node as "memberId", node.identified_at as "identifiedAt", coalesce(a.survivor_id, s.account_id) as "accountRoot", ${statementColumns}
     from node left join source_statement s on s.tenant_id = $1 and s.node_id = node.node and s.node_type = $2 and ${told('s')}
     left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
     left join node_identity_as_of($3) a on a.tenant_id = $1 and a.id = s.account_id
     order by node.root, node.node, s.id`,
  );
}

const ofNodes = text('ofNodes');
const ofAccounts = text('ofAccounts');
const ofTenant = text('ofTenant');

/** What was known at a moment of nodes of a type, by what had occurred by its other instant; in groups that were one node. One statement. */
export async function statementsAt(sql: Sql, tenantId: string, nodeType: string, moment: Moment, scope: StatedScope): Promise<GroupAt[]> {
  const values = [tenantId, nodeType, moment.knownAt, moment.at];
  const rows = scope === null ? await sql.rows(ofTenant, values) : 'nodeIds' in scope ? await sql.rows(ofNodes, [...values, scope.nodeIds]) : await sql.rows(ofAccounts, [...values, scope.accountIds]);
  return [...Map.groupBy(rows, ({ rootId }) => rootId)].map(([rootId, own]) => ({
    rootId,
    memberIds: [...new Set(own.map(({ memberId }) => memberId))],
    identifiedAt: own.reduce<string | null>((first, { identifiedAt }) => (identifiedAt !== null && (first === null || identifiedAt < first) ? identifiedAt : first), null),
    statements: own.filter(({ id }) => id !== null),
  }));
}
