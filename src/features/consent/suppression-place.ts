import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { suppressedContact, suppressedEmail, suppressPerson } from './suppression.ts';

const refs = statement<{ system: string; id: string }>(
  'external_refs_of_erased_contacts',
  // Also of contacts without a row: of merged ones, and of those that are retired or not complete. Not of one that is somebody else by now.
  `select distinct r.system, r.external_id as id from (select tenant_id, node_type, system, external_id, node_id from external_ref union all select tenant_id, node_type, system, external_id, node_id from external_ref_history) r where r.tenant_id = $1 and r.node_type = 'Contact' and r.node_id in (
     select id from contact where tenant_id = $1 and subject_id = any($2::uuid[])
     union select s.node_id from source_statement s left join node_identity i on i.tenant_id = s.tenant_id and i.id = s.node_id
       where s.tenant_id = $1 and s.subject_id = any($2::uuid[]) and s.is_current
         and not exists (select from contact c where c.tenant_id = $1 and c.id = coalesce(i.survivor_id, s.node_id) and c.subject_id <> all($2::uuid[])))`,
);

/** The suppression list: whoever is erased joins it, before their contacts are deleted. It holds nothing that leads to a person. */
export const suppressionPlace: PersonalPlace = {
  name: 'suppression',
  find: async () => [],
  async erase(work, _seal, { emails, subjects }) {
    const contacts = await work.rows(refs, [work.tenantId, [...subjects.keys()]]);
    await suppressPerson(work, [...[...emails].map(suppressedEmail), ...contacts.map(suppressedContact)]);
  },
  disclose: async () => ({}),
};
