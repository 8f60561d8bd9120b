import type { Id } from '../../platform/ids.ts';
import { openMentions } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { portions, portionSize } from '../../platform/postgres/portions.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { channelOrigin, rankOf } from '../trust/index.ts';
import { erasedDigest, manualSource, statedBy, storeStatements, type SourceStatement } from '../sources/index.ts';
import { contactStatements, isTheirs, type OwnedStatement, type StatedContact } from './contact-statements.ts';
import { indexRenamedContacts } from './contact-words.ts';
import { accountChanged } from './account.events.ts';
import { fold } from '../../platform/fold.ts';
import { isLongerName, nameKey, nameKeys, nameParts, nameWords, thingKey } from './name-key.ts';
import { isEastAsian } from './name-scripts.ts';
import { reprojectNodes } from './reproject-nodes.ts';

interface ContactVersion {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  readonly subjectId: Id<'Subject'>;
  /** Of whosever version it is; null once they are erased. */
  readonly wrapped: Buffer | null;
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
   select v.id, v.account_id as "accountId", v.subject_id as "subjectId", k.wrapped_key as wrapped, v.name_sealed as name, v.email_sealed as email, v.title, v.role, v.recorded_at as "recordedAt", v.sys_to as until
   from version v left join subject_key k on k.tenant_id = $1 and k.subject_id = v.subject_id order by v.id, v.recorded_at, v.sys_to nulls last`,
);
const people = 'id, owner_name, owner_email, csm_name, csm_email, csm_manager_name, csm_manager_email';
const stated = ['owner', 'csm', 'csmManager'].flatMap((field) => ['name', 'email'].map((part) => `o.fields -> '${field}' ->> '${field === 'csmManager' ? 'csm_manager' : field}_${part}'`)).join(', ');
/** Whoever looks after accounts: by their rows, and by what any source says. */
const lookAfter = `(select ${people}, tenant_id from account where tenant_id = $1 union all
     select coalesce(i.survivor_id, o.node_id), ${stated}, o.tenant_id from source_statement o left join node_identity i on i.tenant_id = o.tenant_id and i.id = o.node_id where o.tenant_id = $1 and o.node_type = 'Account')`;
const staff = statement<{ accountId: Id<'Account'>; name: string | null }>(
  'staff_of_addresses',
  `select distinct a.id as "accountId", s.name from (select ${people}, tenant_id from account_history where tenant_id = $1 union all select * from ${lookAfter} l) a
   cross join lateral (values (a.owner_name, a.owner_email), (a.csm_name, a.csm_email), (a.csm_manager_name, a.csm_manager_email)) as s(name, email)
   where lower(s.email) = any($2::text[])`,
);
const refsOfTheirs = `node_type = 'Contact' and node_id = any($2::uuid[])`;
const refs = statement<{ system: string; externalId: string }>(
  'external_refs_of_contacts',
  `select system, external_id as "externalId" from external_ref where tenant_id = $1 and ${refsOfTheirs}
   union select system, external_id from external_ref_history where tenant_id = $1 and ${refsOfTheirs} order by 1, 2`,
);
const othersStated = `(select distinct node_id as id from source_statement where tenant_id = $1 and node_type = 'Contact' and node_id > $3 and subject_id <> all($2::uuid[]) order by node_id limit ${portionSize})`;
const othersFrom = (table: string): string => `(select distinct id from ${table} where tenant_id = $1 and id > $3 and subject_id <> all($2::uuid[]) order by id limit ${portionSize})`;
const ofOthers = statement<{ id: string; accountId: Id<'Account'>; names: { readonly sealed: string; readonly wrapped: string }[] }>(
  'contacts_of_others',
  `with other as (select id from (${othersFrom('contact')} union ${othersFrom('contact_history')} union ${othersStated}) o order by id limit ${portionSize}),
   version as (
     select id, account_id, subject_id, name_sealed from contact where tenant_id = $1 and id in (select id from other)
     union select id, account_id, subject_id, name_sealed from contact_history where tenant_id = $1 and id in (select id from other)
     union select s.node_id, coalesce(i.survivor_id, s.account_id), s.subject_id, decode(substr(s.fields ->> 'name', 3), 'hex') from source_statement s left join node_identity i on i.tenant_id = s.tenant_id and i.id = s.account_id
       where s.tenant_id = $1 and s.node_type = 'Contact' and s.subject_id is not null and s.node_id in (select id from other))
   select v.id, (array_agg(v.account_id))[1] as "accountId", coalesce(jsonb_agg(jsonb_build_object('sealed', encode(v.name_sealed, 'hex'), 'wrapped', encode(k.wrapped_key, 'hex'))) filter (where v.name_sealed is not null and k.wrapped_key is not null), '[]') as names
   from version v join subject_key k on k.tenant_id = $1 and k.subject_id = v.subject_id where v.subject_id <> all($2::uuid[]) group by v.id order by v.id`,
);
const otherStaff = statement<{ name: string }>(
  'staff_of_other_addresses',
  `select distinct s.name from ${lookAfter} a cross join lateral (values (a.owner_name, a.owner_email), (a.csm_name, a.csm_email), (a.csm_manager_name, a.csm_manager_email)) as s(name, email)
   where a.tenant_id = $1 and s.name is not null and lower(s.email) <> all($2::text[])`,
);
/** Accounts, products, and what customers call them. */
const thingNames = statement<{ name: string }>(
  'accounts_and_products_of_names',
  `select g.name from unnest($2::text[]) as g(name) where exists (select from account a where a.tenant_id = $1 and thing_key(a.name) = g.name)
     or exists (select from product p where p.tenant_id = $1 and thing_key(p.name) = g.name)`,
);
// Who looks after their accounts, and who wrote of them: short values that are names, not sentences.
const colleagues = statement<{ name: string }>(
  'names_beside_person',
  `select distinct name from (
     select s.name from ${lookAfter} a cross join lateral (values (a.owner_name, a.owner_email), (a.csm_name, a.csm_email), (a.csm_manager_name, a.csm_manager_email)) as s(name, email)
     where a.tenant_id = $1 and a.id = any($2::uuid[]) and (s.email is null or lower(s.email) <> all($3::text[]))
     union all select author from note where tenant_id = $1 and account_id = any($2::uuid[])
     union all select author from thread where tenant_id = $1 and account_id = any($2::uuid[])
     union all select assignee from ticket where tenant_id = $1 and account_id = any($2::uuid[])
     union all select set_by from manager_flag where tenant_id = $1 and account_id = any($2::uuid[])
   ) n where name ~ '^[[:alpha:]''’.-]{2,}( [[:alpha:]''’.-]{2,}){1,3}$' or name ~ '^[\\u3005\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af]{2,6}$'`,
);
const staffAddresses = statement<{ email: string }>(
  'staff_addresses',
  `select distinct lower(s.email) as email from ${lookAfter} a cross join lateral (values (a.owner_email), (a.csm_email), (a.csm_manager_email)) as s(email) where a.tenant_id = $1 and lower(s.email) = any($2::text[])`,
);
const renameStated = statement('erase_from_statement_names', 'select erase_from_statement_names($1::uuid[], $2::bytea[], $3::bytea[], $4::text[])');
const rename = statement('erase_from_contact_names', `select erase_from_sealed('contact', 'name_sealed', $1::uuid[], $2::bytea[], $3::bytea[])`);
const forgetRefs = statement('delete_external_refs_of_contacts', `with past as (delete from external_ref_history where tenant_id = $1 and ${refsOfTheirs}) delete from external_ref where tenant_id = $1 and ${refsOfTheirs}`);
const emptyPeople = statement('erase_account_people', 'select erase_account_people($1::text[])');
const emptyStatedPeople = statement('erase_statement_people', 'select erase_statement_people($1::text[])');
const deleteStatements = statement('delete_source_statements', 'delete from source_statement where tenant_id = $1 and id = any($2::uuid[])');
const empty = statement('erase_contacts', 'select erase_contacts($1::uuid[])');

type Near = Pick<PersonScope, 'sql' | 'tenantId'>;
const everyVersion = ({ sql, tenantId }: Near, { subjects }: Person): Promise<ContactVersion[]> => sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
const refsOf = ({ sql, tenantId }: Near, nodeIds: readonly string[]) => sql.rows(refs, [tenantId, nodeIds]);
const addressesOf = ({ emails }: Person): string[] => [...emails].map((email) => email.trim().toLowerCase());
const staffOf = ({ sql, tenantId }: Near, person: Person): Promise<{ accountId: Id<'Account'>; name: string | null }[]> => sql.rows(staff, [tenantId, addressesOf(person)]);
const statedOf = ({ sql, tenantId, seal }: Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>, { subjects }: Person): Promise<StatedContact[]> => contactStatements(sql, tenantId, { seal, subjectIds: [...subjects.keys()] });
const theirsIn = (stated: readonly StatedContact[], { subjects }: Person): OwnedStatement[] => stated.flatMap(({ statements }) => statements.filter((each) => isTheirs(each, subjects)));

/** The nodes of contacts that are the person by now, or were when they were last heard of; without those that are somebody else by now. */
function nodesOfTheirs(every: readonly ContactVersion[], stated: readonly StatedContact[], person: Person): string[] {
  const present = new Map(stated.flatMap((each) => [...each.present]));
  const others = new Set(every.filter(({ until, subjectId }) => until === null && !person.subjects.has(subjectId)).map(({ id }) => id));
  const ids = new Set([...every.filter(({ subjectId }) => person.subjects.has(subjectId)).map(({ id }) => id), ...theirsIn(stated, person).map(({ nodeId }) => nodeId)]);
  return [...ids].filter((id) => {
    const owner = present.get(id);
    return owner ? person.subjects.has(owner) : !others.has(id);
  });
}
const idsOf = (rows: readonly ContactVersion[]): string[] => [...new Set(rows.map(({ id }) => id))];

interface OtherName {
  readonly id: string;
  readonly accountId: Id<'Account'>;
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
  readonly name: string;
}

/** What other contacts are called, and were, a portion at a time. */
async function* otherNames({ sql, tenantId, seal }: Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>, { subjects }: Person): AsyncGenerator<OtherName[]> {
  for await (const rows of portions(sql, ofOthers, [tenantId, [...subjects.keys()]])) {
    yield rows.flatMap(({ id, accountId, names }) => names.map((each) => {
      const [sealed, wrapped] = [Buffer.from(each.sealed, 'hex'), Buffer.from(each.wrapped, 'hex')];
      return { id, accountId, sealed, wrapped, name: seal.open(wrapped, sealed) ?? '' };
    }));
  }
}

/** Those of them that name the person and are no namesake's: `assistant of …`. */
async function* namingNames(scope: Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>, person: Person): AsyncGenerator<OtherName[]> {
  const own = new Set([...person.names].map(nameKey));
  for await (const rows of otherNames(scope, person)) yield rows.filter((row) => !own.has(nameKey(row.name)) && person.isNamedIn(row.name, row));
}

const subjectsIn = (some: readonly SourceStatement[]): Id<'Subject'>[] => some.flatMap(({ subjectId }) => (subjectId === null ? [] : [subjectId as Id<'Subject'>]));
const accountsIn = (some: readonly SourceStatement[]): Id<'Account'>[] => some.flatMap(({ accountId }) => (accountId === null ? [] : [accountId as Id<'Account'>]));
const textsIn = (some: readonly SourceStatement[], field: string): string[] => some.flatMap(({ fields }) => (typeof fields[field] === 'string' ? [fields[field]] : []));

/** Subjects, of whatever a source calls the contact, that seal what is said of the person and of nobody else. */
function onlyTheirs(stated: readonly StatedContact[], theirs: readonly OwnedStatement[]): Id<'Subject'>[] {
  const own = new Set<OwnedStatement>(theirs);
  const shared = new Set(subjectsIn(stated.flatMap(({ statements }) => statements.filter((each) => !own.has(each)))));
  return subjectsIn(theirs).filter((id) => !shared.has(id));
}

/** Contacts, who are deleted with what other systems call them; and owners and managers of accounts, who are emptied. */
export const contactPlace: PersonalPlace = {
  name: 'contacts',
  async trace(scope, person) {
    const every = await everyVersion(scope, person);
    const rows = every.filter(({ subjectId }) => person.subjects.has(subjectId));
    const open = ({ wrapped }: ContactVersion, sealed: Buffer | null): string[] => [scope.seal.open(wrapped, sealed) ?? []].flat();
    const own = await staffOf(scope, person);
    const stated = await statedOf(scope, person);
    const theirs = theirsIn(stated, person);
    const roots = new Map(stated.flatMap(({ rootId, statements }) => statements.map(({ nodeId }) => [nodeId, rootId] as const)));
    const keyOf = (nodeId: string, name: string): string => `${roots.get(nodeId) ?? nodeId} ${name}`;
    const called = new Set([...rows.flatMap((row) => open(row, row.name).map((name) => keyOf(row.id, nameKey(name)))), ...theirs.flatMap(({ nodeId, calledThen }) => (calledThen === null ? [] : [keyOf(nodeId, calledThen)]))]);
    const alike = stated.flatMap(({ statements }) => statements.filter((each) => typeof each.fields['email'] === 'string' && each.calledThen !== null && called.has(keyOf(each.nodeId, each.calledThen))));
    return {
      // Of one contact with two addresses those are one person that have one name. Where both changed, it was given to somebody else.
      subjectIds: [...every.filter((row) => open(row, row.name).some((name) => called.has(keyOf(row.id, nameKey(name))))).map(({ subjectId }) => subjectId), ...subjectsIn(alike), ...onlyTheirs(stated, theirs)],
      accountIds: [...rows.map(({ accountId }) => accountId), ...own.map(({ accountId }) => accountId), ...accountsIn(theirs)],
      emails: [...rows.flatMap((row) => open(row, row.email)), ...textsIn(theirs, 'email')],
      names: [...rows.flatMap((row) => open(row, row.name)), ...textsIn(theirs, 'name'), ...own.flatMap(({ name }) => name ?? [])],
    };
  },
  async homonyms(scope, person) {
    const own = new Set([...person.names].flatMap(nameKeys));
    const found = new Set<string>();
    const look = (name: string): void => {
      if (nameKeys(name).some((key) => own.has(key)) || [...person.names].some((each) => isLongerName(name, each))) found.add(name);
    };
    for (const { name } of await scope.sql.rows(otherStaff, [scope.tenantId, addressesOf(person)])) look(name);
    if (own.size > 0) for await (const rows of otherNames(scope, person)) for (const { name } of rows) look(name);
    return [...found];
  },
  async things({ sql, tenantId }, { names }) {
    return (await sql.rows(thingNames, [tenantId, [...names].map(thingKey)])).map(({ name }) => name);
  },
  async sharedWords(scope, person) {
    const words = new Set<string>();
    const own = new Set([...person.names].flatMap((name) => [...nameParts(name), nameKey(name)]));
    const take = (name: string): void => {
      // `Assistant of Ann Lee` is no other Lee.
      if (!person.isNamedIn(name, null)) for (const word of nameParts(name)) words.add(word);
    };
    for (const { name } of await scope.sql.rows(colleagues, [scope.tenantId, [...person.accountIds], addressesOf(person)])) {
      // Who wrote `A. Lee` or `Dr. Ann Lee` may be the person.
      if (nameWords(fold(name).text).some((word) => ([...word].length > 2 || isEastAsian(word)) && !word.endsWith('.') && !own.has(word))) take(name);
    }
    for await (const rows of otherNames(scope, person)) for (const { name, accountId } of rows) if (person.accountIds.has(accountId)) take(name);
    return [...words];
  },
  async knownAddresses({ sql, tenantId }, addresses) {
    return (await sql.rows(staffAddresses, [tenantId, addresses])).map(({ email }) => email);
  },
  async find(scope, person) {
    const mentions = openMentions(scope.seal);
    for await (const rows of namingNames(scope, person)) for (const row of rows) mentions.add(row, [{ field: 'name', before: row.name, after: person.without(row.name, row) }]);
    const every = await everyVersion(scope, person);
    const rows = every.filter(({ subjectId }) => person.subjects.has(subjectId));
    const stated = await statedOf(scope, person);
    const theirs = theirsIn(stated, person);
    const known = await refsOf(scope, nodesOfTheirs(every, stated, person));
    const own = (await staffOf(scope, person)).map(({ accountId }) => accountId);
    return [
      {
        kind: 'CONTACT', ids: idsOf(rows), kept: false,
        // As it is sealed: that changes with whatever is told of the contact, and tells nothing.
        content: rows.map(({ id, recordedAt, name, email, title, role }) => JSON.stringify([id, recordedAt, name?.toString('base64'), email?.toString('base64'), title, role])),
        reason: 'The contact is deleted, where it is not somebody else\'s by now. Of its past, name and address go with the key, title and role are emptied.', accountIds: rows.map(({ accountId }) => accountId),
      },
      {
        kind: 'SOURCE_STATEMENT', ids: theirs.map(({ id }) => id), kept: false, content: theirs.map(({ id, fields }) => `${id} ${scope.seal.fingerprint(JSON.stringify(fields))}`),
        reason: 'What sources said about the person as a contact is deleted. What they said about somebody else under the same reference stays.', accountIds: accountsIn(theirs),
      },
      { kind: 'CONTACT_NAME_MENTION', ...mentions.held(), kept: true, reason: 'It is somebody else\'s name, and stays; [erased] is put where it names the person.' },
      { kind: 'EXTERNAL_REF', ids: known.map(({ system, externalId }) => `${system} ${externalId}`), kept: false, reason: 'What other systems call the person is forgotten: told of again, they are somebody new.' },
      { kind: 'ACCOUNT_PERSON', ids: own, kept: false, reason: 'Where the person is owner or manager of an account, name and address are emptied, in the past too.', accountIds: own },
    ];
  },
  async erase(work, seal, person) {
    const scope = { sql: work, tenantId: work.tenantId, seal };
    const nodes = new Set<string>();
    for await (const named of namingNames(scope, person)) {
      if (named.length === 0) continue;
      const renamed = [named.map(({ id }) => id), named.map(({ sealed }) => sealed), named.map((row) => seal.seal(seal.unwrap(row.wrapped), person.without(row.name, row)))];
      await work.rows(rename, renamed);
      await work.rows(renameStated, [...renamed, named.map(({ id, name }) => erasedDigest(seal, { nodeId: id, field: 'name', value: name }))]);
      for (const { id } of named) nodes.add(id);
      await indexRenamedContacts(work, seal, named.map(({ id }) => id));
      for (const [accountId, theirs] of Map.groupBy(named, (row) => row.accountId)) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'contact', ids: [...new Set(theirs.map(({ id }) => id))] } }));
    }
    const every = await everyVersion(scope, person);
    const rows = every.filter(({ subjectId }) => person.subjects.has(subjectId));
    const own = await staffOf(scope, person);
    const stated = await statedOf(scope, person);
    const ended = nodesOfTheirs(every, stated, person);
    await work.rows(forgetRefs, [work.tenantId, ended]);
    await work.rows(empty, [[...person.subjects.keys()]]);
    await work.rows(deleteStatements, [work.tenantId, theirsIn(stated, person).map(({ id }) => id)]);
    await endContacts(work, stated, { person, ended: new Set(ended) });
    for (const { rootId } of stated) nodes.add(rootId);
    if (own.length > 0) {
      await work.rows(emptyPeople, [addressesOf(person)]);
      await work.rows(emptyStatedPeople, [addressesOf(person)]);
    }
    await reprojectNodes(work, seal, new Map([['Contact', nodes], ['Account', new Set(own.map(({ accountId }) => accountId))]]));
    for (const accountId of new Set(own.map((row) => row.accountId))) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'account', ids: [accountId] } }));
    for (const [accountId, own] of Map.groupBy(rows, (row) => row.accountId)) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'contact', ids: idsOf(own) } }));
  },
  async disclose(scope, person) {
    const mentions: object[] = [];
    for await (const named of namingNames(scope, person)) mentions.push(...named.map(({ id, accountId, name }) => ({ id, accountId, name })));
    const every = await everyVersion(scope, person);
    const rows = every.filter(({ subjectId }) => person.subjects.has(subjectId));
    const stated = await statedOf(scope, person);
    const known = await refsOf(scope, nodesOfTheirs(every, stated, person));
    return {
      contacts: rows.map(({ id, accountId, subjectId, name, email, title, role, recordedAt, until }) => {
        const key = person.subjects.get(subjectId);
        const open = (sealed: Buffer | null): string | null => (key && sealed ? scope.seal.openWith(key, sealed) : null);
        return { id, accountId, name: open(name), email: open(email), title, role, recordedAt, until };
      }),
      contactStatements: theirsIn(stated, person).map(({ id, nodeId, accountId, source, mode, occurredAt, recordedAt, fields }) => ({ id, contactId: nodeId, accountId, source, mode, occurredAt, recordedAt, fields })),
      contactNameMentions: mentions,
      accountsLookedAfter: await staffOf(scope, person),
      externalReferences: known.map(({ system, externalId }) => ({ system, id: externalId })),
    };
  },
};

/** Ends contacts that are the person by now and were somebody else: what is left of the other's statements stays, and shows nowhere. */
async function endContacts(work: Work, stated: readonly StatedContact[], { person, ended }: { readonly person: Person; readonly ended: ReadonlySet<string> }): Promise<void> {
  const given = stated.flatMap(({ statements }) => {
    const left = new Set(statements.filter((each) => !isTheirs(each, person.subjects)).map(({ nodeId }) => nodeId));
    // Merged with a contact that is somebody else by now, it is them.
    return [...left].every((id) => ended.has(id)) ? [...left] : [];
  });
  await storeStatements(work, 'Contact', given.map((nodeId) => ({
    id: work.newId<'SourceStatement'>(), nodeId, accountId: null, source: manualSource, mode: 'RETIRE', occurredAt: work.now, modifiedAt: null, timed: false, origin: rankOf(channelOrigin(work)), recordedAt: work.now, fields: { reason: 'The person was erased.' }, erased: null, subjectId: null, statedBy: statedBy(work), current: true,
  })), []);
}

const latestOf = statement<{ id: Id<'Subject'> }>(
  'subject_of_contact',
  `select subject_id as id from (
     select subject_id, null::timestamptz as sys_to from contact where tenant_id = $1 and id = $2 union all select subject_id, sys_to from contact_history where tenant_id = $1 and id = $2
   ) v order by sys_to desc nulls first limit 1`,
);

/** Whose a contact is, or was when it was deleted; null where the tenant never had one of that id. */
export async function subjectOfContact({ sql, tenantId }: Near, contactId: string): Promise<Id<'Subject'> | null> {
  return (await sql.rows(latestOf, [tenantId, contactId]))[0]?.id ?? null;
}
