import { Field, ObjectType } from 'type-graphql';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import type { Id } from '../../platform/ids.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { referenceKeysSql } from '../../platform/postgres/erased-keys.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { maskRow, seesAddresses } from '../access/index.ts';
import type { ExternalRefInput } from './account-selector.ts';

/** What another system calls a node. */
@ObjectType('ExternalRef', { description: 'What another system calls a node.', simpleResolvers: true })
export class ExternalRef {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The other system: `salesforce`, `chatwoot`.' })
  system!: string;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { description: 'Its id there.' })
  id!: string;
}

const refTexts = [['id', 'IDENTIFIER']] as const;

const refsOfNodes = datedStatement<ExternalRef & { nodeId: string }>(
  'external_refs_of_nodes',
  2,
  (table) => `select m.root as "nodeId", r.system, r.external_id as id from (
      select id as root, id as node from unnest($2::uuid[]) asked(id)
      union all select i.survivor_id, i.id from ${table('node_identity')} i where i.tenant_id = $1 and i.survivor_id = any($2::uuid[]) and i.survivor_id <> i.id) m
    join ${table('external_ref')} r on r.tenant_id = $1 and r.node_id = m.node order by m.root, r.system, r.external_id`,
);

/** The external references of nodes of any type, those of nodes merged into them included. */
export const externalRefsOf: Question<string, readonly ExternalRef[]> = {
  name: 'external_refs_of_nodes',
  async load(call: Call, nodeIds: readonly string[], asOf: AsOf) {
    const rows = await call.read.rows(refsOfNodes(asOf), refsOfNodes.values([call.tenantId, nodeIds], asOf));
    if (!seesAddresses(call)) for (const row of rows) maskRow(call, row, refTexts);
    const found = Map.groupBy(rows, (row) => row.nodeId);
    return nodeIds.map((id) => found.get(id) ?? []);
  },
};

const claim = statement(
  'claim_external_refs',
  `insert into external_ref (tenant_id, node_type, system, external_id, node_id, recorded_at)
   with asked as materialized (select system, external_id, node_id, ${referenceKeysSql('system', 'external_id')} as keys from unnest($3::text[], $4::text[], $5::uuid[]) as r(system, external_id, node_id))
   select $1, $2, system, external_id, node_id, $6 from asked
   where not exists (select from external_ref e where e.tenant_id = $1 and e.node_type = $2 and e.system = asked.system and e.external_id = any(asked.keys) offset 0)
   order by system, external_id on conflict do nothing`,
);
const claimed = statement<{ system: string; externalId: string; id: string }>(
  'claimed_external_refs',
  // Also where an erasure took the id, because it named somebody else than a contact: told again, it is still the same thing.
  // Each key is made once, and looked up by the index.
  `with asked as materialized (select system, external_id, ${referenceKeysSql('system', 'external_id')} as keys from unnest($3::text[], $4::text[]) as asked(system, external_id))
   select asked.system, asked.external_id as "externalId", r.node_id as id from asked
   cross join lateral (select node_id from external_ref where tenant_id = $1 and node_type = $2 and system = asked.system and external_id = any(asked.keys) offset 0) r`,
);

/** The ids that references to nodes of a type stand for, by `system\nid`; missing where there is none. */
export async function knownExternalRefs(work: Work, nodeType: string, refs: readonly ExternalRefInput[]): Promise<Map<string, string>> {
  const rows = await work.rows(claimed, [work.tenantId, nodeType, refs.map((ref) => ref.system), refs.map((ref) => ref.id)]);
  return new Map(rows.map((row) => [`${row.system}\n${row.externalId}`, row.id]));
}

/**
 * The ids that references stand for; a reference that is new gets a new id. Of two transactions that claim one
 * reference at once, the later waits for the earlier and gets its id.
 */
export async function claimExternalRefs<Kind extends string>(work: Work, nodeType: string, refs: readonly ExternalRefInput[]): Promise<Id<Kind>[]> {
  return [...(await claimNodes<Kind>(work, nodeType, refs)).ids];
}

/** As `claimExternalRefs`, with the ids that this transaction made: whoever else claims these waits for it. */
export async function claimNodes<Kind extends string>(work: Work, nodeType: string, refs: readonly ExternalRefInput[]): Promise<{ readonly ids: readonly Id<Kind>[]; readonly fresh: ReadonlySet<string> }> {
  if (refs.length === 0) return { ids: [], fresh: new Set() };
  const made = new Set<string>();
  let known = await knownExternalRefs(work, nodeType, refs);
  if (refs.some((ref) => !known.has(`${ref.system}\n${ref.id}`))) {
    const offered = refs.map(() => work.newId());
    for (const id of offered) made.add(id);
    await work.rows(claim, [work.tenantId, nodeType, refs.map((ref) => ref.system), refs.map((ref) => ref.id), offered, work.now]);
    known = await knownExternalRefs(work, nodeType, refs);
  }
  const ids = refs.map((ref) => known.get(`${ref.system}\n${ref.id}`) as Id<Kind>);
  return { ids, fresh: new Set(ids.filter((id) => made.has(id))) };
}

const lockEach = statement('lock_nodes', `select pg_advisory_xact_lock(hashtextextended('node:' || id, 0)) from (select id from unnest($1::text[]) n(id) order by id) ordered`);

/** Locks nodes that no account's lock protects yet, because nothing is known of them: others that state something of them wait. */
export async function lockNodes(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await work.rows(lockEach, [[...new Set(ids)]]);
}
