import type { Id } from '../../platform/ids.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import type { SubjectKey } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { nameKey } from '../accounts/index.ts';
import { nameMatcher } from './identifiers.ts';

const byAddresses = statement<{ id: Id<'Subject'> }>('subjects_of_addresses', 'select subject_id as id from subject_key where tenant_id = $1 and lookup = any($2::bytea[]) and destroyed_at is null');
const keysOf = statement<{ id: Id<'Subject'>; wrapped: Buffer }>(
  'keys_of_subjects',
  'select subject_id as id, wrapped_key as wrapped from subject_key where tenant_id = $1 and subject_id = any($2::uuid[]) and destroyed_at is null',
);

/**
 * Everybody whom an address leads to is one person: its data subject, those that a contact of it ever was before and
 * after (one that changes its address becomes another), and whatever else the places know to be the same.
 */
export async function findPerson(scope: PersonScope, places: readonly PersonalPlace[], email: string): Promise<Person> {
  const { sql, tenantId, seal } = scope;
  const subjects = new Map<Id<'Subject'>, SubjectKey>();
  const accountIds = new Set<Id<'Account'>>();
  const [emails, names, phones] = [new Set([email]), new Set<string>(), new Set<string>()];
  const asked = new Set<string>();
  const open: Id<'Subject'>[] = [];
  let learned = -1;
  // Until a round brings nothing new: a further address may lead to further accounts.
  for (;;) {
    for (const { id } of await sql.rows(byAddresses, [tenantId, [...emails].map((each) => seal.lookup(tenantId, { email: each }))])) open.push(id);
    const fresh = open.splice(0).filter((id) => !asked.has(id));
    for (const id of fresh) asked.add(id);
    if (fresh.length > 0) for (const { id, wrapped } of await sql.rows(keysOf, [tenantId, fresh])) subjects.set(id, seal.unwrap(wrapped));
    const person = personOf({ subjects, accountIds, emails, names, phones, homonyms: new Set() });
    const known = subjects.size + accountIds.size + emails.size + names.size + phones.size;
    if (known === learned) return personOf({ subjects, accountIds, emails, names, phones, homonyms: await homonymsOf(scope, places, person) });
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

async function homonymsOf(scope: PersonScope, places: readonly PersonalPlace[], person: Person): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { homonyms } of places) for (const name of (await homonyms?.(scope, person)) ?? []) found.add(nameKey(name));
  return found;
}

function personOf(known: Pick<Person, 'subjects' | 'accountIds' | 'emails' | 'names' | 'phones' | 'homonyms'>): Person {
  const { accountIds } = known;
  const matcher = nameMatcher(known);
  const near = (accountId: string | null): boolean => accountId !== null && accountIds.has(accountId as Id<'Account'>);
  return { ...known, isNamedIn: (text, accountId) => matcher.isNamedIn(text, near(accountId)), without: (text, accountId) => matcher.without(text, near(accountId)) };
}
