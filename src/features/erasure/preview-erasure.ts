import { canonicalJson } from '../../platform/canonical-json.ts';
import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { HeldItems, Person, PersonalPlace, PersonScope, TextChange } from '../../platform/postgres/personal-place.ts';
import { mostChanges } from '../../platform/postgres/mentions.ts';
import { normaliseEmail } from '../../platform/postgres/seal.ts';
import { findPerson } from './find-person.ts';

/** How much of a kind is held, and what becomes of it. */
export interface ErasureItem {
  readonly kind: string;
  readonly count: number;
  readonly kept: boolean;
  readonly reason: string;
}

/** How much of a text a preview shows. */
const longestExcerpt = 400;

/** An item with some of the texts that change. */
export interface PreviewItem extends ErasureItem {
  readonly changes: readonly TextChange[];
}

/** What erasing a person would do. */
export interface ErasurePreview {
  /** Changes with whatever is held, and with what it says: an erasure is bound to it. HMAC-SHA-256, hexadecimal: nobody guesses by it what was said. */
  readonly digest: string;
  /** Every address that is taken for the person's, as it was written: they are erased together. */
  readonly emails: readonly string[];
  readonly items: readonly PreviewItem[];
}

/** A preview with what it was made of. */
export interface FoundPerson extends ErasurePreview {
  readonly person: Person;
  readonly accountIds: readonly Id<'Account'>[];
}

/** Reads the address of a person: one @ with something on both sides. */
export function checkAddress(given: unknown, path: readonly string[]): string {
  const email = typeof given === 'string' ? given.trim() : '';
  if (email.length > 320 || !/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email) || !email.isWellFormed()) throw new InvalidInput('This must be an e-mail address of at most 320 characters.', path);
  return email;
}

/** Finds everything that is held on the person of an address; changes nothing. */
export async function previewErasure(scope: PersonScope, places: readonly PersonalPlace[], email: string): Promise<FoundPerson> {
  const address = checkAddress(email, ['email']);
  const person = await findPerson(scope, places, address);
  const held: HeldItems[] = [keysOf(person)];
  for (const place of places) held.push(...(await place.find(scope, person)));
  const found = held.filter(({ ids }) => ids.length > 0);
  const rows = found.map(({ kind, ids, kept, reason, content = [], changes = [] }) => ({ kind, kept, reason, changes, ids: [...new Set(ids)].toSorted(), content: [...content].toSorted() })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const bound = rows.map(({ kind, kept, ids, content }) => ({ kind, kept, ids, content }));
  const emails = [...new Set([...person.emails].map(normaliseEmail))].toSorted();
  return {
    emails,
    digest: scope.seal.fingerprint(canonicalJson([scope.tenantId, emails, bound])),
    items: rows.map(({ kind, ids, kept, reason, changes }) => ({ kind, count: ids.length, kept, reason, changes: changes.slice(0, mostChanges).map(excerpt) })),
    person,
    accountIds: [...new Set(found.flatMap(({ accountIds = [] }) => accountIds))],
  };
}

/** What stands around the first difference. */
function excerpt({ before, after, ...change }: TextChange): TextChange {
  const other = after ?? before;
  let differs = 0;
  while (differs < before.length && before[differs] === other[differs]) differs += 1;
  const from = Math.max(0, differs - longestExcerpt / 2);
  const cut = (text: string): string => (text.length <= longestExcerpt ? text : text.slice(from, from + longestExcerpt).toWellFormed());
  return { ...change, before: cut(before), after: after === null ? null : cut(after) };
}

function keysOf({ subjects }: Person): HeldItems {
  return { kind: 'SUBJECT_KEY', ids: [...subjects.keys()], kept: false, reason: 'Destroyed: what it sealed cannot be read again, in the past and in copies neither. What found it by the address is overwritten.' };
}
