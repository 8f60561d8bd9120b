import { Conflict, NotFound } from '../../platform/errors.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkExternalRef, type ExternalRef, type ExternalRefInput, knownExternalRefs, spellingsOf } from '../accounts/index.ts';
import { checkSuppression, suppressedItem } from '../consent/index.ts';
import { findNode, type ReferencedNode } from './find-node.ts';
import { referenceLinked, referenceUnlinked } from './reference.events.ts';

/** A reference and the node that it is to name, or to name no longer. */
export interface ReferenceChangeInput {
  readonly id: string;
  readonly externalRef: ExternalRefInput;
}

/** A node's references after a change. */
export interface ReferenceChange {
  readonly nodeId: string;
  readonly changed: boolean;
  readonly externalRefs: readonly ExternalRef[];
}

const refPath = ['input', 'externalRef'];
const insert = statement<{ id: string }>(
  'link_external_ref',
  `insert into external_ref (tenant_id, node_type, system, external_id, node_id, recorded_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning node_id as id`,
);
const survivorOf = statement<{ id: string }>('survivor_of_owner', 'select survivor_id as id from node_identity where tenant_id = $1 and id = $2');
const refsOf = statement<ExternalRef>('external_refs_of_group', `select system, external_id as id from external_ref where tenant_id = $1 and node_type = $2 and node_id = any($3::uuid[]) order by system, external_id`);

async function changeOf(work: Work, node: ReferencedNode, changed: boolean): Promise<ReferenceChange> {
  return { nodeId: toGlobalId(node.type, node.id), changed, externalRefs: await work.rows(refsOf, [work.tenantId, node.type, node.members]) };
}

/** Links one more external reference to an account or record. A reference of the node itself changes nothing; one of another node is refused. */
export async function linkReference(work: Work, input: ReferenceChangeInput): Promise<ReferenceChange> {
  const ref = checkExternalRef(input.externalRef, refPath);
  const node = await findNode(work, input.id, ['input', 'id']);
  await refuseSuppressed(work, node, ref);
  const known = async (): Promise<string | undefined> => (await knownExternalRefs(work, node.type, [ref])).get(`${ref.system}\n${ref.id}`);
  const owner = await known();
  if (owner === undefined) {
    const [linked] = await work.rows(insert, [work.tenantId, node.type, ref.system, ref.id, node.id, work.now]);
    if (linked) {
      work.record(referenceLinked.fact({ accountId: node.accountId, data: { nodeType: node.type, nodeId: node.id, system: ref.system } }));
      return changeOf(work, node, true);
    }
  }
  const holder = owner ?? (await known()) ?? node.id;
  const [survivor] = await work.rows(survivorOf, [work.tenantId, holder]);
  const other = survivor?.id ?? holder;
  if (other === node.id) return changeOf(work, node, false);
  const merge = node.type === 'Account' || node.type === 'Contact' ? ` If both are the same, merge them with merge${node.type}s; else unlink the reference there first.` : ' Unlink it there first.';
  throw new Conflict(`This reference is already used by ${toGlobalId(node.type, other)}.${merge}`, refPath);
}

async function refuseSuppressed(work: Work, node: ReferencedNode, ref: ExternalRefInput): Promise<void> {
  const spellings = node.type === 'Contact' ? spellingsOf(ref).map((id) => ({ system: ref.system, id })) : [];
  const suppression = await checkSuppression(work, { values: [ref.id], contacts: spellings });
  if (suppression.holds(ref.id) || spellings.some((each) => suppression.isContact(each))) throw suppressedItem(node.type === 'Contact' ? 'contact' : 'record', refPath);
}

const find = statement<{ nodeId: string; externalId: string; others: number }>(
  'external_ref_to_unlink',
  `select r.node_id as "nodeId", r.external_id as "externalId",
     (select count(*)::int from external_ref o where o.tenant_id = $1 and o.node_type = $2 and o.node_id = r.node_id) - 1 as others
   from external_ref r where r.tenant_id = $1 and r.node_type = $2 and r.system = $3 and r.external_id = any($4::text[]) and r.node_id = any($5::uuid[])
   order by array_position($4::text[], r.external_id) limit 1`,
);
const remove = statement(
  'unlink_external_ref',
  `with gone as (
     delete from external_ref where tenant_id = $1 and node_type = $2 and system = $3 and external_id = $4
     returning tenant_id, node_type, system, external_id, node_id, recorded_at)
   insert into external_ref_history (tenant_id, node_type, system, external_id, node_id, recorded_at, unlinked_at) select *, $5::timestamptz from gone where recorded_at < $5::timestamptz`,
);

/** Unlinks an external reference from an account or record, which keeps at least one. Earlier instants still show it. */
export async function unlinkReference(work: Work, input: ReferenceChangeInput): Promise<ReferenceChange> {
  const ref = checkExternalRef(input.externalRef, refPath);
  const node = await findNode(work, input.id, ['input', 'id']);
  // As it was sent, too: of two nodes that an earlier version knew by two spellings, one still has the other spelling.
  const [held] = await work.rows(find, [work.tenantId, node.type, ref.system, [input.externalRef.id, ref.id], node.members]);
  if (!held) throw new NotFound('The node has no such external reference.', refPath);
  if (held.others === 0) throw new Conflict('This is the only external reference of the node. Link another one first, or retire the node.', refPath);
  await work.rows(remove, [work.tenantId, node.type, ref.system, held.externalId, work.now]);
  work.record(referenceUnlinked.fact({ accountId: node.accountId, data: { nodeType: node.type, nodeId: held.nodeId, system: ref.system } }));
  return changeOf(work, node, true);
}
