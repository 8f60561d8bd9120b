import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { KeyedNode } from './match-keys.ts';
import type { MatchKindName } from './match-rules.ts';
import { mostInGroup } from './propose-pairs.ts';

/** A value that nodes of a kind may have in common. */
export interface GroupKey {
  readonly kind: MatchKindName;
  readonly rule: string;
  readonly key: string;
}

/** Text that is equal for equal group keys. */
export const groupName = ({ kind, rule, key }: GroupKey): string => `${kind} ${rule} ${key}`;

const forget = statement<GroupKey>(
  'forget_match_keys',
  `with given as materialized (select node_id, rule, decode(key, 'hex') as key from unnest($3::uuid[], $4::text[], $5::text[]) as g(node_id, rule, key))
   delete from match_key k where k.tenant_id = $1 and k.node_id = any($2::uuid[]) and not exists (select from given g where (g.node_id, g.rule, g.key) = (k.node_id, k.rule, k.key))
   returning k.kind, k.rule, encode(k.key, 'hex') as key`,
);
const keep = statement<GroupKey>(
  'keep_match_keys',
  `insert into match_key as held (tenant_id, node_id, kind, rule, key, place)
   select $1, node_id, kind, rule, decode(key, 'hex'), decode(place, 'hex') from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) as g(node_id, kind, rule, key, place)
   on conflict (tenant_id, node_id, rule, key) do update set place = excluded.place where held.place <> excluded.place
   returning kind, rule, encode(key, 'hex') as key`,
);

/** Stores what some nodes can match by, in place of what was stored of them; nodes that are not given any more have nothing. Returns the keys that changed hands. Two statements. */
export async function storeKeys(work: Work, ids: readonly string[], nodes: readonly KeyedNode[]): Promise<GroupKey[]> {
  const rows = nodes.flatMap(({ id, kind, place, keys }) => keys.map(({ rule, key }) => ({ id, kind, place, rule, key })));
  const gone = await work.rows(forget, [work.tenantId, ids, rows.map(({ id }) => id), rows.map(({ rule }) => rule), rows.map(({ key }) => key)]);
  if (rows.length === 0) return gone;
  const kept = await work.rows(keep, [work.tenantId, rows.map(({ id }) => id), rows.map(({ kind }) => kind), rows.map(({ rule }) => rule), rows.map(({ key }) => key), rows.map(({ place }) => place)]);
  return [...gone, ...kept];
}

const groups = statement<GroupKey & { nodeId: string }>(
  'match_groups',
  `select g.kind, g.rule, g.key, m.node_id as "nodeId" from unnest($2::text[], $3::text[], $4::text[]) as g(kind, rule, key)
   cross join lateral (select node_id, place from match_key k where k.tenant_id = $1 and k.kind = g.kind and k.rule = g.rule and k.key = decode(g.key, 'hex') order by k.place, k.node_id limit ${mostInGroup}) m
   order by g.kind, g.rule, g.key, m.place, m.node_id`,
);

/** The first nodes that have some values, in their order, by `groupName`; one statement. */
export async function loadGroups(work: Work, keys: readonly GroupKey[]): Promise<Map<string, string[]>> {
  if (keys.length === 0) return new Map();
  const rows = await work.rows(groups, [work.tenantId, keys.map(({ kind }) => kind), keys.map(({ rule }) => rule), keys.map(({ key }) => key)]);
  return new Map([...Map.groupBy(rows, groupName)].map(([name, own]) => [name, own.map(({ nodeId }) => nodeId)]));
}

const keysOf = statement<GroupKey & { nodeId: string }>('match_keys_of_nodes', `select node_id as "nodeId", kind, rule, encode(key, 'hex') as key from match_key where tenant_id = $1 and node_id = any($2::uuid[])`);

/** The keys of some nodes; one statement. */
export async function keysOfNodes(work: Work, ids: readonly string[]): Promise<Map<string, GroupKey[]>> {
  return Map.groupBy(await work.rows(keysOf, [work.tenantId, ids]), ({ nodeId }) => nodeId);
}
