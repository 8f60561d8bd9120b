import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { suppressedContact, suppressedEmail, suppressPerson } from './suppression.ts';

const refs = statement<{ system: string; id: string }>(
  'external_refs_of_erased_contacts',
  `select distinct r.system, r.external_id as id
   from (select tenant_id, node_type, system, external_id, node_id from external_ref union all select tenant_id, node_type, system, external_id, node_id from external_ref_history) r join contact c on c.tenant_id = r.tenant_id and c.id = r.node_id where r.tenant_id = $1 and r.node_type = 'Contact' and c.subject_id = any($2::uuid[])`,
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
