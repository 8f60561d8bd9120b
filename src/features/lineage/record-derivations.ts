import { Conflict } from '../../platform/errors.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { LineageRef } from './lineage-kind.ts';

/** What made a value out of others: a rule and its version. */
export interface DerivationRule {
  readonly name: string;
  readonly version: string | number;
}

/** That a node derives from others. */
export interface Derivation {
  readonly to: LineageRef;
  /** Empty with `replaces`: it derives from nothing any more by this relation. */
  readonly from: readonly LineageRef[];
  /** How it used them, in capitals: `COUNTED`. */
  readonly relation: string;
  readonly rule: DerivationRule;
  /** Whether these are all the sources it has by this relation, so that earlier ones cease to be. */
  readonly replaces?: boolean;
}

const insertEdges = `insert into lineage_edge (tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at)
   select $1, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, $2
   from unnest($3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[])
     as e(to_type, to_id, from_type, from_id, relation, rule_name, rule_version)
   on conflict (tenant_id, to_id, from_id, relation, removed_at) do nothing`;
const recordEdges = statement('record_derivations', insertEdges);
const replaceEdges = statement(
  'replace_derivations',
  `with replaced as (
     select e.place, e.recorded_at from unnest($10::uuid[], $11::text[]) as r(to_id, relation)
     -- A look per node and a hash of what is new, whatever the planner believes of the table's size and of the arrays' length.
     cross join lateral (select e.ctid as place, e.* from lineage_edge e where e.tenant_id = $1 and e.to_id = r.to_id and e.relation = r.relation and e.removed_at is null offset 0) e
     where (e.to_id, e.from_id, e.relation) not in (select * from unnest($4::uuid[], $6::uuid[], $7::text[]))
   ), ended as (
     update lineage_edge e set removed_at = $2 from replaced r
     where e.ctid = r.place and r.recorded_at < $2
   ), never_current as (
     delete from lineage_edge e using replaced r
     where e.ctid = r.place and r.recorded_at >= $2
   )
   ${insertEdges}`,
);

/**
 * Records where nodes come from, in the transaction that makes them: one statement however many. Repeating it changes
 * nothing. Throws `Conflict` where a node would derive from itself, directly or through others.
 */
export async function recordDerivations(work: Work, derivations: readonly Derivation[]): Promise<void> {
  const edges = derivations.flatMap(({ to, from, relation, rule }) => from.map((source) => ({ to, source, relation, rule })));
  for (const { to, source } of edges) if (to.id === source.id) throw new Conflict('An item cannot derive from itself.');
  const replaced = derivations.filter(({ replaces }) => replaces);
  if (edges.length === 0 && replaced.length === 0) return;
  const column = <Value>(pick: (edge: (typeof edges)[number]) => Value): Value[] => edges.map(pick);
  const values = [
    work.tenantId,
    work.now,
    column(({ to }) => to.type),
    column(({ to }) => to.id),
    column(({ source }) => source.type),
    column(({ source }) => source.id),
    column(({ relation }) => relation),
    column(({ rule }) => rule.name),
    column(({ rule }) => String(rule.version)),
  ];
  try {
    if (replaced.length === 0) await work.rows(recordEdges, values);
    else await work.rows(replaceEdges, [...values, replaced.map(({ to }) => to.id), replaced.map(({ relation }) => relation)]);
  } catch (error) {
    if (!(error instanceof Error && 'constraint' in error && error.constraint === 'lineage_without_circles')) throw error;
    throw new Conflict('An item cannot derive from what derives from it.');
  }
}

const removeEdges = statement(
  'remove_derivations',
  `with ended as (
     update lineage_edge set removed_at = $3 where tenant_id = $1 and (to_id = any($2::uuid[]) or from_id = any($2::uuid[])) and removed_at is null and recorded_at < $3
   )
   delete from lineage_edge where tenant_id = $1 and (to_id = any($2::uuid[]) or from_id = any($2::uuid[])) and removed_at is null and recorded_at >= $3`,
);

/** Ends every edge to and from nodes that are being deleted. What was known before stays known for instants before. */
export async function removeDerivations(work: Work, refs: readonly LineageRef[]): Promise<void> {
  await work.rows(removeEdges, [work.tenantId, refs.map(({ id }) => id), work.now]);
}
