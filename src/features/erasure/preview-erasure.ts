import { canonicalJson } from '../../platform/canonical-json.ts';
import { InvalidInput, NotFound } from '../../platform/errors.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import type { HeldItems, Person, PersonalPlace, PersonScope, StayingText, TextChange } from '../../platform/postgres/personal-place.ts';
import { mostChanges } from '../../platform/postgres/mentions.ts';
import { normaliseEmail } from '../../platform/postgres/seal.ts';
import { subjectOfContact } from '../accounts/index.ts';
import { findPerson, type SoughtPerson } from './find-person.ts';
import { keptWords, notSearched } from './identifiers.ts';

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
  /** How many rows change; `changes` is of the first. 0 where nothing is said about something else. */
  readonly changesTotal: number;
}

/** What erasing a person would do. */
export interface ErasurePreview {
  /** Changes with whatever is held, and with what it says: an erasure is bound to it. HMAC-SHA-256, hexadecimal: nobody guesses by it what was said. */
  readonly digest: string;
  /** Every address that is taken for the person's, as it was written: they are erased together. */
  readonly emails: readonly string[];
  /** Words of their names that are left where they stand alone: others near them bear them, or they are ordinary words. */
  readonly keptWords: readonly string[];
  readonly items: readonly PreviewItem[];
  /** Texts that may name them and stay. */
  readonly staying: readonly StayingItem[];
  /** What is not looked for. */
  readonly notSearched: readonly string[];
}

/** Texts of a kind that may name a person and stay. */
export interface StayingItem {
  readonly kind: string;
  /** How many rows. */
  readonly count: number;
  /** Of the first rows. */
  readonly texts: readonly StayingText[];
}

/** A preview with what it was made of. */
export interface FoundPerson extends ErasurePreview {
  readonly person: Person;
  readonly accountIds: readonly Id<'Account'>[];
}

/** Reads the address of a person: one @ with something on both sides. */
export function checkAddress(given: unknown, path: readonly string[]): string {
  const email = typeof given === 'string' ? given.trim() : '';
  if (email.length > 320 || !/^[^\s@\p{Cc}\p{Cf}]+@[^\s@\p{Cc}\p{Cf}]+$/u.test(email) || !email.isWellFormed()) throw new InvalidInput('This must be an e-mail address of at most 320 characters.', path);
  return email;
}

/** Who is meant: exactly one of the two is given. */
export interface PersonArgs {
  readonly email?: string | null;
  /** The global id of a contact; who has no address can be named by it only. */
  readonly contactId?: string | null;
  /** Rows of which what only may name the person is erased, too. */
  readonly includeRows?: readonly string[] | null;
}

/** Reads who is meant. Throws `InvalidInput` where both or neither is said, and `NotFound` where there is no such contact. */
export async function checkPerson(scope: PersonScope, { email, contactId }: PersonArgs): Promise<SoughtPerson> {
  const byEmail = email !== null && email !== undefined;
  if (byEmail === (contactId !== null && contactId !== undefined)) throw new InvalidInput('Name the person by email or by contactId: exactly one of them.', [byEmail ? 'contactId' : 'email']);
  if (byEmail) return { email: checkAddress(email, ['email']) };
  const parsed = parseGlobalId(String(contactId), ['contactId']);
  const subjectId = parsed?.type === 'Contact' ? await subjectOfContact(scope, parsed.id) : null;
  if (subjectId === null) throw new NotFound('There is no such contact.', ['contactId']);
  return { subjectId };
}

/** Finds everything that is held on a person; changes nothing. */
export async function previewErasure(scope: PersonScope, places: readonly PersonalPlace[], args: PersonArgs): Promise<FoundPerson> {
  return previewPerson(scope, places, await checkPerson(scope, args), checkRows(args.includeRows ?? []));
}

/** As `previewErasure`, of a person who was looked up already. */
export async function previewPerson(scope: PersonScope, places: readonly PersonalPlace[], sought: SoughtPerson, includedRows: Iterable<string> = []): Promise<FoundPerson> {
  const person = await findPerson(scope, places, sought, includedRows);
  const held: HeldItems[] = [keysOf(person)];
  for (const place of places) held.push(...(await place.find(scope, person)));
  const found = held.filter(({ ids }) => ids.length > 0);
  const rows = found.map(({ kind, ids, kept, reason, content = [], changes }) => ({ kind, kept, reason, changes, changesTotal: changes === undefined ? 0 : new Set(ids).size, ids: [...new Set(ids)].toSorted(), content: [...content].toSorted() })).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const stays = held.flatMap(({ kind, staying }) => (staying && staying.ids.length > 0 ? [{ kind, staying }] : [])).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const bound = [...rows.map(({ kind, kept, ids, content }) => ({ kind, kept, ids, content })), ...stays.map(({ kind, staying }) => ({ kind, ids: [...staying.ids].toSorted(), stays: [...staying.content].toSorted() }))];
  const emails = [...new Set([...person.emails].map(normaliseEmail))].toSorted();
  return {
    emails,
    digest: scope.seal.fingerprint(canonicalJson([scope.tenantId, emails, bound])),
    keptWords: keptWords(person),
    items: rows.map(({ kind, ids, kept, reason, changesTotal, changes = [] }) => ({ kind, count: ids.length, kept, reason, changesTotal, changes: changes.slice(0, mostChanges).map(excerpt) })),
    staying: stays.map(({ kind, staying }) => ({ kind, count: staying.ids.length, texts: staying.shown.map(excerptAround) })),
    notSearched: notSearched(person),
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

/** What stands around the words. */
function excerptAround({ text, found, ...rest }: StayingText): StayingText {
  const from = Math.max(0, text.indexOf(found) - longestExcerpt / 2);
  return { ...rest, found, text: text.length <= longestExcerpt ? text : text.slice(from, from + longestExcerpt).toWellFormed() };
}

/** Reads ids of rows: at most 1,000 UUIDs. */
function checkRows(ids: readonly string[]): readonly string[] {
  if (ids.length > 1000) throw new InvalidInput('includeRows takes at most 1,000 row ids.', ['includeRows']);
  const bad = ids.findIndex((id) => !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id));
  if (bad >= 0) throw new InvalidInput('This must be a rowId of the preview.', ['includeRows', String(bad)]);
  return ids;
}

function keysOf({ subjects }: Person): HeldItems {
  return { kind: 'SUBJECT_KEY', ids: [...subjects.keys()], kept: false, reason: 'Destroyed: what it sealed cannot be read again, in the past and in copies neither. What found it by the address is overwritten.' };
}
