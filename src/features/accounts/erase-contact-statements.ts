import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { reprojectContacts } from './reproject-contacts.ts';
import { restoreStatements } from './restore-statements.ts';

/** SQL: whose a contact is by itself, whatever it is merged with: the person of the latest address that a source stated, else of its row. The tenant is $1. */
export const personOfContact = (contact: string): string =>
  `coalesce((select s.subject_id from source_statement s where s.tenant_id = $1 and s.node_id = ${contact} and s.fields ->> 'email' is not null order by s.occurred_at desc, s.recorded_at desc limit 1),
    (select c.subject_id from contact c where c.tenant_id = $1 and c.id = ${contact}))`;

const forget = statement<{ id: string; title: string | null; role: string | null }>(
  'erase_statements_of_person',
  // What was said of the person, and everything said of contacts that are theirs.
  `with own as (
     select distinct s.node_id as id from source_statement s where s.tenant_id = $1 and s.node_type = 'Contact' and (s.subject_id = any($2::uuid[]) or s.node_id = any($3::uuid[])) and ${personOfContact('s.node_id')} = any($2::uuid[])
   )
   delete from source_statement s where s.tenant_id = $1 and s.node_type = 'Contact' and (s.subject_id = any($2::uuid[]) or s.node_id in (select id from own))
   returning s.node_id as id, s.fields ->> 'title' as title, s.fields ->> 'role' as role`,
);
const emptyPast = statement('erase_contact_claims', 'select erase_contact_claims($1::uuid[], $2::text[], $3::text[])');

/**
 * Deletes what sources said of a person who is being erased, and projects the contacts again that it was said of: a contact
 * that is one with somebody else's keeps what was said of them. Returns nothing of the person to the past either.
 */
export async function eraseContactStatements(work: Work, seal: Seal, { subjectIds, contactIds }: { readonly subjectIds: readonly string[]; readonly contactIds: readonly string[] }): Promise<void> {
  const gone = await work.rows(forget, [work.tenantId, subjectIds, contactIds]);
  const nodes = [...new Set(gone.map(({ id }) => id))];
  if (nodes.length === 0) return;
  await work.rows(emptyPast, [nodes, gone.flatMap(({ title }) => title ?? []), gone.flatMap(({ role }) => role ?? [])]);
  await restoreStatements(work, seal, 'Contact', nodes);
  await reprojectContacts(work, seal, nodes);
}
