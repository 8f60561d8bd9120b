import { fold } from '../../platform/fold.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import type { Written } from './columns.ts';
import { nameWords } from './name-key.ts';
import type { AccountRecord } from './record.ts';

/** The most words of a name that find a contact, and the longest beginning of each. */
const mostWords = 8;
const longest = 24;
/** Chinese, Japanese and Korean names have no spaces: each place in a word can be where a part of the name begins. */
const withoutSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** The beginnings of the words of a name, of two characters and more; of a word without spaces, from each of its characters. */
export function nameBeginnings(name: string): string[] {
  const beginnings = new Set<string>();
  for (const word of nameWords(fold(name).text).slice(0, mostWords)) {
    const characters = [...word];
    const starts = withoutSpaces.test(word) ? characters.keys() : [0];
    const least = withoutSpaces.test(word) ? 1 : 2;
    for (const start of starts) {
      for (let end = start + least; end <= Math.min(characters.length, start + longest); end += 1) beginnings.add(characters.slice(start, end).join(''));
    }
  }
  return [...beginnings];
}

/** The keyed digest that stands for a beginning: 64 bits, as PostgreSQL's bigint. */
export function wordDigest(seal: Seal, tenantId: string, beginning: string): string {
  return BigInt.asIntN(64, BigInt(`0x${seal.fingerprint(`contact name\n${tenantId}\n${beginning}`).slice(0, 16)}`)).toString();
}

const storeWords = statement(
  'store_contact_words',
  `with given as (select * from jsonb_to_recordset($2::jsonb) as g(contact_id uuid, words bigint[]))
   insert into contact_words as stored (tenant_id, contact_id, words) select $1, contact_id, words from given order by contact_id
   on conflict (tenant_id, contact_id) do update set words = excluded.words where stored.words <> excluded.words`,
);

interface StoredContacts {
  readonly stored: readonly { readonly id: string }[];
  readonly written: ReadonlyMap<string, Written>;
}

/** Makes contacts that were just stored findable by their names; one statement. */
export async function indexContactNames(work: Work, seal: Seal, record: AccountRecord, { stored, written }: StoredContacts): Promise<void> {
  if (record.table !== 'contact' || stored.length === 0) return;
  await storeNames(work, seal, stored.map(({ id }) => ({ id, name: written.get(id)?.['name_sealed'] })));
}

async function storeNames(work: Work, seal: Seal, contacts: readonly { readonly id: string; readonly name: unknown }[]): Promise<void> {
  const rows = contacts.map(({ id, name }) => ({ contact_id: id, words: typeof name === 'string' ? nameBeginnings(name).map((word) => wordDigest(seal, work.tenantId, word)) : [] }));
  // As texts: JavaScript's numbers would change digests of 64 bits.
  await work.rows(storeWords, [work.tenantId, JSON.stringify(rows)]);
}

const contactsNow = statement<{ id: string; nameSealed: Buffer | null; wrappedKey: Buffer | null }>(
  'contacts_to_index_again',
  `select c.id, c.name_sealed as "nameSealed", k.wrapped_key as "wrappedKey" from contact c
   left join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
   where c.tenant_id = $1 and c.id = any($2::uuid[]) order by c.id`,
);

/** Indexes contacts again by the names that they have now, after an erasure took somebody else's name out of theirs. */
export async function indexRenamedContacts(work: Work, seal: Seal, contactIds: readonly string[]): Promise<void> {
  const contacts = await work.rows(contactsNow, [work.tenantId, [...new Set(contactIds)]]);
  await storeNames(work, seal, contacts.map(({ id, nameSealed, wrappedKey }) => ({ id, name: seal.open(wrappedKey, nameSealed) })));
}

const tenantsToIndex = statement<{ id: Id<'Tenant'> }>('tenants_to_index', 'select id from tenant order by id');
const contactsToIndex = statement<{ id: string; nameSealed: Buffer | null; wrappedKey: Buffer | null }>(
  'contacts_to_index',
  `select c.id, c.name_sealed as "nameSealed", k.wrapped_key as "wrappedKey" from contact c
   left join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
   where c.tenant_id = $1 and not exists (select from contact_words w where w.tenant_id = c.tenant_id and w.contact_id = c.id)
   order by c.id limit $2 for no key update of c`,
);
const atATime = 500;

/** Makes contacts that are not in the index yet findable: those that were stored before there was one. Returns how many. */
export async function indexMissingContacts(database: Database, seal: Seal, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  let indexed = 0;
  for (const { id: tenantId } of await database.system((sql) => sql.rows(tenantsToIndex))) {
    for (let found = atATime; found === atATime; indexed += found) {
      found = await database.transact({ ...caller, tenantId }, async (work) => {
        const contacts = await work.rows(contactsToIndex, [work.tenantId, atATime]);
        if (contacts.length > 0) await storeNames(work, seal, contacts.map(({ id, nameSealed, wrappedKey }) => ({ id, name: seal.open(wrappedKey, nameSealed) })));
        return contacts.length;
      });
    }
  }
  return indexed;
}
