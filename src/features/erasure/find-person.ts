import type { Id } from '../../platform/ids.ts';
import type { Person, PersonalPlace, PersonScope, TextOf } from '../../platform/postgres/personal-place.ts';
import { normaliseEmail, type SubjectKey } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { nameKey, nameKeys, thingKey } from '../accounts/index.ts';
import { idPrefixes } from './identifiers.ts';
import { nameMatcher, type NameMatcher } from './name-matcher.ts';

const byAddresses = statement<{ id: Id<'Subject'> }>('subjects_of_addresses', 'select subject_id as id from subject_key where tenant_id = $1 and lookup = any($2::bytea[]) and destroyed_at is null');
const knownLookups = statement<{ lookup: Buffer }>('known_lookups', 'select lookup from subject_key where tenant_id = $1 and lookup = any($2::bytea[]) and destroyed_at is null');
const keysOf = statement<{ id: Id<'Subject'>; wrapped: Buffer }>(
  'keys_of_subjects',
  'select subject_id as id, wrapped_key as wrapped from subject_key where tenant_id = $1 and subject_id = any($2::uuid[]) and destroyed_at is null',
);

/** How a person is named to whom something is done: by an address, or by a data subject that may have none. */
export type SoughtPerson = { readonly email: string } | { readonly subjectId: Id<'Subject'> };

/**
 * Everybody whom an address leads to is one person: its data subject, those that a contact of it was under the same name
 * and another address, and whatever else the places know to be the same.
 */
export async function findPerson(scope: PersonScope, places: readonly PersonalPlace[], sought: SoughtPerson, includedRows: Iterable<string> = []): Promise<Person> {
  const { sql, tenantId, seal } = scope;
  const subjects = new Map<Id<'Subject'>, SubjectKey>();
  const accountIds = new Set<Id<'Account'>>();
  const [emails, names, phones] = [new Set('email' in sought ? [sought.email] : []), new Set<string>(), new Set<string>()];
  const asked = new Set<string>();
  const open: Id<'Subject'>[] = 'email' in sought ? [] : [sought.subjectId];
  let learned = -1;
  // Until a round brings nothing new: a further address may lead to further accounts.
  for (;;) {
    for (const { id } of await sql.rows(byAddresses, [tenantId, [...emails].map((each) => seal.lookup(tenantId, { email: each }))])) open.push(id);
    const fresh = open.splice(0).filter((id) => !asked.has(id));
    for (const id of fresh) asked.add(id);
    if (fresh.length > 0) for (const { id, wrapped } of await sql.rows(keysOf, [tenantId, fresh])) subjects.set(id, seal.unwrap(wrapped));
    const person = personOf({ subjects, accountIds, emails, names, phones, ...nothing });
    const known = subjects.size + accountIds.size + emails.size + names.size + phones.size;
    if (known === learned) return toldApart(scope, places, { ...person, includedRows: new Set(includedRows) });
    learned = known;
    for (const { trace } of places) {
      if (!trace) continue;
      const traces = await trace(scope, person);
      open.push(...(traces.subjectIds ?? []));
      for (const [all, more] of [[accountIds, traces.accountIds], [emails, traces.emails], [names, traces.names], [phones, traces.phones]] as const) {
        for (const one of more ?? []) (all as Set<string>).add(one);
      }
    }
  }
}

const none: ReadonlySet<string> = new Set<string>();
const nothing = { homonyms: none, things: none, sharedWords: none, otherAddresses: none, longerNames: none, includedRows: none };

/** With what is somebody else's, or a thing's, though it looks like the person's. */
async function toldApart(scope: PersonScope, places: readonly PersonalPlace[], person: Person): Promise<Person> {
  const [homonyms, sharedWords, otherAddresses, phones] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set(person.phones)];
  const [named, longerNames] = [new Set<string>(), new Set<string>()];
  const lookAlike = [...person.emails].flatMap((email) => idPrefixes.flatMap((prefix) => ['-', '_'].map((sign) => normaliseEmail(`${prefix}${sign}${email.trim()}`))));
  const lookups = new Map(lookAlike.map((address) => [scope.seal.lookup(scope.tenantId, { email: address }).toString('hex'), address]));
  for (const { lookup } of await scope.sql.rows(knownLookups, [scope.tenantId, [...lookups.keys()].map((hex) => Buffer.from(hex, 'hex'))])) otherAddresses.add(lookups.get(lookup.toString('hex')) ?? '');
  for (const place of places) {
    for (const name of (await place.homonyms?.(scope, person)) ?? []) {
      const alike = [...person.names].filter((own) => nameKeys(own).some((key) => nameKeys(name).includes(key)));
      for (const own of alike) homonyms.add(nameKey(own));
      if (alike.length === 0) longerNames.add(name);
    }
    for (const name of (await place.things?.(scope, person)) ?? []) named.add(name);
    for (const word of (await place.sharedWords?.(scope, person)) ?? []) sharedWords.add(word);
    for (const address of (await place.knownAddresses?.(scope, lookAlike)) ?? []) otherAddresses.add(address);
    for (const phone of (await place.phones?.(scope, person)) ?? []) phones.add(phone);
  }
  const things = new Set([...person.names].filter((name) => named.has(thingKey(name))).map(nameKey));
  const { subjects, accountIds, emails, names, includedRows } = person;
  return personOf({ subjects, accountIds, emails, names, phones, homonyms, things, sharedWords, otherAddresses, longerNames, includedRows });
}

function personOf(known: Omit<Person, 'isNamedIn' | 'without' | 'staysIn'>): Person {
  const { accountIds, includedRows } = known;
  // Made when it is first needed: while a person is looked for, most rounds need none.
  let made: NameMatcher | null = null;
  const scan = (text: string, place: TextOf | null) =>
    (made ??= nameMatcher(known)).scan(text, { near: place !== null && place.accountId !== null && accountIds.has(place.accountId as Id<'Account'>), all: place !== null && includedRows.has(place.id) });
  return { ...known, isNamedIn: (text, place) => scan(text, place).left !== text, without: (text, place) => scan(text, place).left, staysIn: (text, place) => scan(text, place).stays };
}
