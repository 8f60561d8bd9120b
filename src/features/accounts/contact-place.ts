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
const emptyPeople = statement('erase_account_people', 'select erase_account_people($1::text[])');
const empty = statement('erase_contacts', 'select erase_contacts($1::uuid[])');

const contactsOf = ({ sql, tenantId }: Pick<PersonScope, 'sql' | 'tenantId'>, { subjects }: Person): Promise<ContactVersion[]> => sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
const addressesOf = ({ emails }: Person): string[] => [...emails].map((email) => email.trim().toLowerCase());
const staffOf = ({ sql, tenantId }: Pick<PersonScope, 'sql' | 'tenantId'>, person: Person): Promise<{ accountId: Id<'Account'>; name: string | null }[]> => sql.rows(staff, [tenantId, addressesOf(person)]);
const idsOf = (rows: readonly ContactVersion[]): string[] => [...new Set(rows.map(({ id }) => id))];

/** Contacts, who are deleted with what other systems call them; and owners and managers of accounts, who are emptied. */
export const contactPlace: PersonalPlace = {
  name: 'contacts',
  async trace(scope, person) {
    const rows = await contactsOf(scope, person);
    const open = (row: ContactVersion, sealed: Buffer | null): string[] => {
      const key = person.subjects.get(row.subjectId);
      return key && sealed ? [scope.seal.openWith(key, sealed)] : [];
    };
    const own = await staffOf(scope, person);
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
    const own = (await staffOf(scope, person)).map(({ accountId }) => accountId);
    return [
      { kind: 'CONTACT', ids: idsOf(rows), kept: false, reason: 'The contact is deleted. Of its past, name and address go with the key, title and role are emptied.', accountIds: rows.map(({ accountId }) => accountId) },
      { kind: 'EXTERNAL_REF', ids: known.map(({ system, externalId }) => `${system} ${externalId}`), kept: false, reason: 'What other systems call the person is forgotten: told of again, they are somebody new.' },
      { kind: 'ACCOUNT_PERSON', ids: own, kept: false, reason: 'Where the person is owner or manager of an account, name and address are emptied, in the past too.', accountIds: own },
    ];
  },
  async erase(work, _seal, person) {
    const scope = { sql: work, tenantId: work.tenantId };
    const rows = await contactsOf(scope, person);
    const own = await staffOf(scope, person);
    await work.rows(forgetRefs, [work.tenantId, idsOf(rows)]);
    await work.rows(empty, [[...person.subjects.keys()]]);
    if (own.length > 0) await work.rows(emptyPeople, [addressesOf(person)]);
    for (const accountId of new Set(own.map((row) => row.accountId))) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'account', ids: [accountId] } }));
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
      accountsLookedAfter: await staffOf(scope, person),
      externalReferences: known.map(({ system, externalId }) => ({ system, id: externalId })),
    };
  },
};
