import { createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { LRUCache } from 'lru-cache';
import { Unavailable } from '../errors.ts';
import { asSeen } from '../fold.ts';
import { decryptBytes, encryptBytes, sealOverhead } from '../aes-gcm.ts';
import type { Id } from '../ids.ts';
import type { WrappingKeys } from './keys/key-ring.ts';
import { wrappedTable } from './keys/wrapped-table.ts';
import { statement } from './statement.ts';
import type { Work } from './work.ts';

/**
 * Seals personal data with a key per data subject: AES-256-GCM, 96-bit random nonce, 128-bit tag, laid out as
 * nonce ‖ ciphertext ‖ tag. The subject's key is itself wrapped, under a key that depends on the master key. Destroying it erases the person
 * from every row, past ones included.
 */
export interface Seal {
  /** Seals a text under a subject's key. */
  seal(key: SubjectKey, text: string): Buffer;
  /** Opens a sealed text with the wrapped key its row came with; null once the key is destroyed. */
  open(wrappedKey: Buffer | null, sealed: Buffer | null): string | null;
  /** Opens a sealed text with a key in the clear. */
  openWith(key: SubjectKey, sealed: Buffer): string;
  /** What finds a subject without storing who it is: HMAC-SHA-256 of the tenant and the subject's name. */
  lookup(tenantId: string, name: SubjectName): Buffer;
  /** Tells whether sealed texts changed, since sealing one twice gives two results. Says nothing once the key is gone. */
  digest(key: SubjectKey, text: string): Buffer;
  /** A fresh key, wrapped for storage. */
  newKey(): { key: SubjectKey; wrapped: Buffer };
  /** Unwraps a stored key. */
  unwrap(wrapped: Buffer): SubjectKey;
  /** Wraps a stored key under the wrapping key that is current now. */
  rewrap(wrapped: Buffer): Buffer;
  /** Drops every key from this process's memory; they are unwrapped again when they are needed. */
  forgetAll(): void;
  /** Drops the key of a wrapped one that is destroyed from this process's memory. */
  forget(wrapped: Buffer): void;
  /** Tells whether a text is the same later, and nothing about it: HMAC-SHA-256 by a key that follows from the master key, hexadecimal. */
  fingerprint(text: string): string;
  /** By which a tenant's keys and external references that an erasure took are known again: the two padded keys of HMAC-SHA-256, hexadecimal, for `erased_key` in the database. */
  erasureKey(tenantId: string): string;
}

declare const brand: unique symbol;
/** A subject's key in the clear; never leaves memory. */
export type SubjectKey = Buffer & { readonly [brand]: true };

/** How a person is known: by e-mail address, which is normalised, or by what a source calls them, in the one form of the source. `formerIds`: other spellings, by which the person may be known already. */
export type SubjectName = { readonly email: string } | { readonly system: string; readonly id: string; readonly formerIds?: readonly string[] };

/** A key that is wrapped under the key derived from the root; under a later wrapping key it is longer by that key's id. */
const plainWrap = 32 + sealOverhead;
const wrapIdBytes = 8;

/** Which wrapping key a key is sealed under: 16 hexadecimal digits; null: the one derived from the root. */
export function wrappedUnder(wrapped: Buffer): string | null {
  return wrapped.length === plainWrap ? null : wrapped.subarray(0, wrapIdBytes).toString('hex');
}

/** A seal on the root key, 32 bytes: the first master key. Keys are wrapped under a key derived from it, unless there are later ones. */
export function createSeal(root: Buffer, wrapping: WrappingKeys = { current: () => null, find: () => null }): Seal {
  if (root.length !== 32) throw new Error('The master key must have 32 bytes.');
  const firstWrappingKey = createSecretKey(Buffer.from(hkdfSync('sha256', root, '', 'wrap subject keys', 32)));
  const lookupKey = Buffer.from(hkdfSync('sha256', root, '', 'look up subjects', 32));
  const erasureKey = Buffer.from(hkdfSync('sha256', root, '', 'know erased keys again', 32));
  const fingerprintKey = Buffer.from(hkdfSync('sha256', root, '', 'tell texts apart', 32));
  // Wrapped keys come with each row anew, so a destroyed one is never looked up here. Kept as key objects: Node takes four
  // times as long to open a text under bytes, which it has to make a key of each time.
  const unwrapped = new LRUCache<string, KeyObject>({ max: 50_000 });
  // Every transaction binds its tenant's.
  const erasureKeys = new LRUCache<string, string>({ max: 1_000 });
  const bytesIn = (wrapped: Buffer): Buffer => {
    const id = wrappedUnder(wrapped);
    if (id === null) return decryptBytes(firstWrappingKey, wrapped);
    const key = wrapping.find(id);
    if (!key) throw new Unavailable('The installation is changing its keys and this process has not loaded the new one yet. Try again in a moment.');
    return decryptBytes(key, wrapped.subarray(wrapIdBytes));
  };
  const keyIn = (wrapped: Buffer): KeyObject => {
    const name = wrapped.toString('latin1');
    const known = unwrapped.get(name);
    if (known) return known;
    const key = createSecretKey(bytesIn(wrapped));
    unwrapped.set(name, key);
    return key;
  };
  const wrap = (key: Buffer): Buffer => {
    const current = wrapping.current();
    return current ? Buffer.concat([current.id, encryptBytes(current.key, key)]) : encryptBytes(firstWrappingKey, key);
  };
  return {
    seal: (key, text) => encryptBytes(key, Buffer.from(text, 'utf8')),
    open: (wrapped, sealed) => (wrapped && sealed ? decryptBytes(keyIn(wrapped), sealed).toString('utf8') : null),
    openWith: (key, sealed) => decryptBytes(createSecretKey(key), sealed).toString('utf8'),
    lookup(tenantId, name) {
      const known = 'email' in name ? normaliseEmail(name.email) : `${name.system}\n${name.id}`;
      return createHmac('sha256', lookupKey).update(`${tenantId}:${known}`).digest();
    },
    digest: (key, text) => createHmac('sha256', Buffer.from(hkdfSync('sha256', key, '', 'digest', 32))).update(text).digest(),
    newKey() {
      const key = randomBytes(32) as SubjectKey;
      return { key, wrapped: wrap(key) };
    },
    unwrap: (wrapped) => keyIn(wrapped).export() as SubjectKey,
    // Not through the cache: a key that is moved to another wrapping key is not being used.
    rewrap: (wrapped) => wrap(bytesIn(wrapped)),
    forgetAll: () => unwrapped.clear(),
    forget: (wrapped) => void unwrapped.delete(wrapped.toString('latin1')),
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text).digest('hex'),
    erasureKey(tenantId) {
      const known = erasureKeys.get(tenantId);
      if (known !== undefined) return known;
      const key = Buffer.concat([createHmac('sha256', erasureKey).update(tenantId).digest(), Buffer.alloc(32)]);
      const padded = [0x36, 0x5c].map((pad) => Buffer.from(key.map((byte) => byte ^ pad)).toString('hex')).join('');
      erasureKeys.set(tenantId, padded);
      return padded;
    },
  };
}

/** One address, one form: trimmed, without characters that cannot be seen, lower case, NFKC; the domain as the DNS has it (IDNA). */
export function normaliseEmail(email: string): string {
  const address = asSeen(email.replaceAll(/\p{Cf}/gu, '').trim());
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // Only such a domain: of others it would make addresses of hosts.
  return /[^\0-\x7f]/.test(domain) ? `${address.slice(0, at + 1)}${domainToASCII(domain) || domain}` : address;
}

/** A data subject with the key that seals their data. */
export interface Subject {
  readonly id: Id<'Subject'>;
  readonly key: SubjectKey;
}

const addSubjects = statement(
  'add_subjects',
  `insert into subject_key (tenant_id, subject_id, lookup, wrapped_key, created_at)
   select $1, id, lookup, wrapped, $5 from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as s(id, lookup, wrapped)
   on conflict (tenant_id, lookup) where destroyed_at is null do nothing`,
);
const findSubjects = (name: string, lock: string) => statement<{ id: Id<'Subject'>; lookup: Buffer; wrapped: Buffer }>(
  name,
  `select subject_id as id, lookup, wrapped_key as wrapped from subject_key
   where tenant_id = $1 and lookup = any($2::bytea[]) and destroyed_at is null order by lookup for ${lock}`,
);
/**
 * How subjects are held until the transaction ends. Either way, who destroys a key waits until what is sealed with it is
 * stored, and who comes later gets a new key. `alone` lets nobody else hold them: two that both hold first and then want
 * to be alone would wait for each other.
 */
const holding = { together: findSubjects('find_subjects', 'share'), alone: findSubjects('find_subjects_alone', 'no key update') };

/** The subjects behind some names, made where missing, in the order of the names; three statements at most. */
export async function subjectsOf(work: Work, seal: Seal, names: readonly SubjectName[], hold: keyof typeof holding = 'together'): Promise<Subject[]> {
  const lookups = names.map((name) => spelled(name).map((each) => seal.lookup(work.tenantId, each).toString('hex')));
  const found = new Map<string, { readonly id: Id<'Subject'>; readonly wrapped: Buffer }>();
  const sorted = (asked: readonly string[]): Buffer[] => [...new Set(asked)].sort().map((lookup) => Buffer.from(lookup, 'hex'));
  const look = async (): Promise<void> => {
    for (const row of await work.rows(holding[hold], [work.tenantId, sorted(lookups.flat().filter((lookup) => !found.has(lookup)))])) found.set(row.lookup.toString('hex'), row);
  };
  await look();
  const fresh = sorted(lookups.flatMap(([first, ...former]) => (first === undefined || [first, ...former].some((lookup) => found.has(lookup)) ? [] : [first])));
  if (fresh.length > 0) {
    await work.rows(addSubjects, [work.tenantId, fresh.map(() => work.newId<'Subject'>()), fresh, fresh.map(() => seal.newKey().wrapped), work.now]);
    await look();
  }
  return lookups.map((asked) => {
    const row = asked.flatMap((lookup) => found.get(lookup) ?? [])[0];
    if (!row) throw new Error('a subject that was just made is not there');
    return { id: row.id, key: seal.unwrap(row.wrapped) };
  });
}

/** A name in each of its spellings, the present one first. */
function spelled(name: SubjectName): SubjectName[] {
  if ('email' in name) return [name];
  const { system, id, formerIds = [] } = name;
  return [id, ...formerIds].map((each) => ({ system, id: each }));
}

/** A subject as it is found by its id, with what tells whose name it has. */
export interface FoundSubject extends Subject {
  readonly lookup: Buffer;
}

const subjectsOfIds = statement<{ id: Id<'Subject'>; lookup: Buffer; wrapped: Buffer }>(
  'subjects_by_id',
  'select subject_id as id, lookup, wrapped_key as wrapped from subject_key where tenant_id = $1 and subject_id = any($2::uuid[]) and destroyed_at is null',
);

/** The subjects of some ids, for what is derived from their data; without those who are erased. */
export async function subjectsById(work: Work, seal: Seal, ids: readonly Id<'Subject'>[]): Promise<Map<Id<'Subject'>, FoundSubject>> {
  if (ids.length === 0) return new Map();
  const rows = await work.rows(subjectsOfIds, [work.tenantId, [...new Set(ids)]]);
  return new Map(rows.map(({ id, lookup, wrapped }) => [id, { id, lookup, key: seal.unwrap(wrapped) }]));
}

/** The table of subject keys, for rotations. */
export const subjectKeys = wrappedTable({ table: 'subject_key', id: 'subject_id', column: 'wrapped_key', order: 'lookup' });
