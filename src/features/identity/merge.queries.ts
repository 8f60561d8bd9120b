import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { parseItemId, toGlobalId } from '../../platform/ids.ts';
import { readList, type ListArgs, type ListSource } from '../../platform/page/list.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { maskRow } from '../access/index.ts';
import type { MergeKind } from './lock-groups.ts';
import type { MergeFilter, MergeRow } from './merge.type.ts';

const columns = `t.id as uuid, t.into_id as "intoId", t.from_id as "fromId", t.reason, t.merged_at as "mergedAt", json_build_object('kind', t.merged_by_kind, 'id', t.merged_by_id) as "mergedBy",
  t.undone_at as "undoneAt", case when t.undone_at is not null then json_build_object('kind', t.undone_by_kind, 'id', t.undone_by_id) end as "undoneBy", t.undo_reason as "undoReason"`;

type RawMerge = Omit<MergeRow, 'into' | 'from'> & { readonly intoId: string; readonly fromId: string };

/** The GraphQL type of merges of a kind. */
export const mergeType: Readonly<Record<MergeKind, string>> = { Account: 'AccountMerge', Contact: 'ContactMerge' };
const texts = [['reason', 'TEXT'], ['undoReason', 'TEXT']] as const;

const toMerge = (row: RawMerge, call: Call, kind: MergeKind): MergeRow => {
  const [into, from] = [row.intoId, row.fromId].map((uuid) => ({ id: toGlobalId(kind, uuid), uuid }));
  return asNode(mergeType[kind], maskRow(call, Object.assign(row, { into, from }), texts), null) as unknown as MergeRow;
};

const byIds = statement<RawMerge>('node_merges_by_id', `select ${columns} from node_merge t where t.tenant_id = $1 and t.node_type = $2 and t.id = any($3::uuid[])`);

/** The merge of an id among those of a kind; null where the tenant has none. */
export function mergeById(kind: MergeKind): Question<string, MergeRow | null> {
  return {
    name: `${kind.toLowerCase()}_merges_by_id`,
    async load(call, ids) {
      const found = new Map((await call.read.rows(byIds, [call.tenantId, kind, ids])).map((row) => [row.uuid, toMerge(row, call, kind)]));
      return ids.map((id) => found.get(id) ?? null);
    },
  };
}

const sourceOf = (kind: MergeKind): ListSource<MergeFilter> => ({
  name: `${kind.toLowerCase()}_merges`,
  table: 'node_merge',
  columns,
  join: () => `join (select '${kind}') as of(kind) on t.node_type = of.kind`,
  orders: { MERGED_AT: { by: 't.merged_at', type: 'timestamptz' } },
  filters: {
    undone: (value) => `t.undone_at is ${value ? 'not null' : 'null'}`,
    nodeId: (value, bind) => {
      const named = parseItemId(value);
      const id = bind(named?.type === kind ? named.id : null, 'uuid');
      return `(t.into_id = ${id} or t.from_id = ${id})`;
    },
    mergedFrom: (value, bind) => `t.merged_at >= ${bind(value, 'timestamptz')}`,
    mergedBefore: (value, bind) => `t.merged_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'MERGED_AT', direction: OrderDirection.DESC },
});
const sources: Readonly<Record<MergeKind, ListSource<MergeFilter>>> = { Account: sourceOf('Account'), Contact: sourceOf('Contact') };

/** The tenant's merges of a kind as a list. */
export async function listMerges(call: Call, kind: MergeKind, args: ListArgs<MergeFilter>): Promise<Page<MergeRow>> {
  const page = await readList<MergeRow, MergeFilter>(call, sources[kind], args, null);
  for (const { node } of page.edges) toMerge(node as unknown as RawMerge, call, kind);
  return page;
}

/** A node that counts for another. */
export interface MergedNode {
  readonly id: string;
  readonly uuid: string;
  readonly mergedAt: string;
  readonly mergeId: string;
}

const holding = (at: string): string => `m.merged_at <= ${at} and (m.undone_at is null or m.undone_at > ${at})`;
const membersOf = (when: string): string => `with recursive below (survivor, id, merged_at, merge_id) as (
     select asked.id, m.child_id, m.merged_at, m.id from unnest($2::uuid[]) as asked(id) join node_merge m on m.tenant_id = $1 and m.into_id = asked.id and ${when}
     union all
     select b.survivor, m.child_id, m.merged_at, m.id from below b join node_merge m on m.tenant_id = $1 and m.into_id = b.id and ${when}
   ) select survivor, id as uuid, merged_at as "mergedAt", merge_id as "mergeId" from below order by survivor, merged_at, id`;
const presentMembers = statement<MergedNode & { readonly survivor: string }>('members_merged_away', membersOf('m.undone_at is null'));
const pastMembers = statement<MergedNode & { readonly survivor: string }>('members_merged_away_as_of', membersOf(holding('$3::timestamptz')));

/** The nodes of a kind that count for others, by what they count for; the earliest merged first. */
export function membersMergedInto(kind: MergeKind): Question<string, readonly MergedNode[]> {
  return {
    name: `${kind.toLowerCase()}s_merged_away`,
    async load(call, ids, asOf: AsOf) {
      const rows = await (asOf === null ? call.read.rows(presentMembers, [call.tenantId, ids]) : call.read.rows(pastMembers, [call.tenantId, ids, asOf.knownAt]));
      for (const row of rows) Object.assign(row, { id: toGlobalId(kind, row.uuid), mergeId: toGlobalId(mergeType[kind], row.mergeId) });
      const found = Map.groupBy(rows, ({ survivor }) => survivor);
      return ids.map((id) => found.get(id) ?? []);
    },
  };
}
