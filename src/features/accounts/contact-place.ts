import type { Id } from '../../platform/ids.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountChanged } from './account.events.ts';

interface ContactVersion {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  readonly name: Buffer | null;
  readonly email: Buffer | null;
  readonly title: string | null;
  readonly role: string | null;
  readonly recordedAt: string;
  readonly until: string | null;
}

const versions = `select id, account_id, subject_id, name_sealed, email_sealed, title, role, recorded_at, null::timestamptz as sys_to from contact where tenant_id = $1 and id in (select id from own)
  union all select id, account_id, subject_id, name_sealed, email_sealed, title, role, recorded_at, sys_to from contact_history where tenant_id = $1 and id in (select id from own)`;
const ofSubjects = statement<ContactVersion>(
  'contact_versions_of_subjects',
  `with own as (
     select id from contact where tenant_id = $1 and subject_id = any($2::uuid[])
     union select id from contact_history where tenant_id = $1 and subject_id = any($2::uuid[])
   ), version as (${versions})
   select id, account_id as "accountId", subject_id as "subjectId", name_sealed as name, email_sealed as email, title, role, recorded_at as "recordedAt", sys_to as until
   from version order by id, recorded_at, sys_to nulls last`,
);
const people = 'id, owner_name, owner_email, csm_name, csm_email, csm_manager_name, csm_manager_email';
const staff = statement<{ accountId: Id<'Account'>; name: string | null }>(
  'staff_of_addresses',
  `select distinct a.id as "accountId", s.name from (select ${people} from account where tenant_id = $1 union all select ${people} from account_history where tenant_id = $1) a
   cross join lateral (values (a.owner_name, a.owner_email), (a.csm_name, a.csm_email), (a.csm_manager_name, a.csm_manager_email)) as s(name, email)
   where lower(s.email) = any($2::text[])`,
);
const refs = statement<{ system: string; externalId: string }>(
  'external_refs_of_contacts',
  `select system, external_id as "externalId" from external_ref where tenant_id = $1 and node_type = 'Contact' and node_id = any($2::uuid[]) order by system, external_id`,
);
const forgetRefs = statement('delete_external_refs_of_contacts', `delete from external_ref where tenant_id = $1 and node_type = 'Contact' and node_id = any($2::uuid[])`);
const empty = statement('erase_contacts', 'select erase_contacts($1::uuid[])');

const contactsOf = ({ sql, tenantId }: Pick<PersonScope, 'sql' | 'tenantId'>, { subjects }: Person): Promise<ContactVersion[]> => sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
const idsOf = (rows: readonly ContactVersion[]): string[] => [...new Set(rows.map(({ id }) => id))];

/** Contacts: their names and addresses go with the key, the rest is emptied; and what other systems call them is forgotten. */
export const contactPlace: PersonalPlace = {
  name: 'contacts',
  async trace(scope, person) {
    const rows = await contactsOf(scope, person);
    const open = (row: ContactVersion, sealed: Buffer | null): string[] => {
      const key = person.subjects.get(row.subjectId);
      return key && sealed ? [scope.seal.openWith(key, sealed)] : [];
    };
    const addresses = [...person.emails].map((email) => email.trim().toLowerCase());
    const own = await scope.sql.rows(staff, [scope.tenantId, addresses]);
    return {
      subjectIds: rows.map(({ subjectId }) => subjectId),
      accountIds: [...rows, ...own].map(({ accountId }) => accountId),
      emails: rows.flatMap((row) => open(row, row.email)),
      names: [...rows.flatMap((row) => open(row, row.name)), ...own.flatMap(({ name }) => name ?? [])],
    };
  },
  async find(scope, person) {
    const rows = await contactsOf(scope, person);
    const known = await scope.sql.rows(refs, [scope.tenantId, idsOf(rows)]);
    return [
      { kind: 'CONTACT', ids: idsOf(rows), kept: false, reason: 'Name and address go with the key; title and role are emptied; the past of all of it, too.', accountIds: rows.map(({ accountId }) => accountId) },
      { kind: 'EXTERNAL_REF', ids: known.map(({ system, externalId }) => `${system} ${externalId}`), kept: false, reason: 'What other systems call the person is forgotten: told of again, they are somebody new.' },
    ];
  },
  async erase(work, _seal, person) {
    const rows = await contactsOf({ sql: work, tenantId: work.tenantId }, person);
    if (rows.length === 0) return;
    await work.rows(forgetRefs, [work.tenantId, idsOf(rows)]);
    await work.rows(empty, [[...person.subjects.keys()]]);
    for (const [accountId, own] of Map.groupBy(rows, (row) => row.accountId)) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'contact', ids: idsOf(own) } }));
  },
  async disclose(scope, person) {
    const rows = await contactsOf(scope, person);
    const known = await scope.sql.rows(refs, [scope.tenantId, idsOf(rows)]);
    return {
      contacts: rows.map(({ id, accountId, subjectId, name, email, title, role, recordedAt, until }) => {
        const key = person.subjects.get(subjectId);
        const open = (sealed: Buffer | null): string | null => (key && sealed ? scope.seal.openWith(key, sealed) : null);
        return { id, accountId, name: open(name), email: open(email), title, role, recordedAt, until };
      }),
      externalReferences: known.map(({ system, externalId }) => ({ system, id: externalId })),
    };
  },
};
