import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Signer } from '../../signing.ts';
import { statement, type Sql } from '../statement.ts';

const remember = statement<{ keyId: string }>(
  'remember_signing_key',
  'insert into known_signing_key (key_id, public_key, proof, first_used_at) values ($1, $2, $3, app_now()) on conflict do nothing returning key_id as "keyId"',
);
const raiseVersion = statement('raise_key_ring_version', 'update key_ring set version = version + 1, changed_at = app_now()');
const everyKey = statement<{ publicKey: string; proof: Buffer }>('known_signing_keys', 'select public_key as "publicKey", proof from known_signing_key order by first_used_at, key_id');

/**
 * Remembers that this installation signs with a key, so that its signatures stay trusted when SIGNING_KEY changes. The proof
 * is a MAC under a key of the installation: who can only write to the database cannot add a key.
 */
export async function rememberSigningKey(sql: Sql, root: Buffer, { keyId, publicKey }: Signer): Promise<void> {
  const added = await sql.rows(remember, [keyId, publicKey, proofOf(root, publicKey)]);
  // Processes that run load it then.
  if (added.length > 0) await sql.rows(raiseVersion);
}

/** The public keys that this installation has signed with, without those whose proof is wrong. */
export async function knownSigningKeys(sql: Sql, root: Buffer): Promise<string[]> {
  const rows = await sql.rows(everyKey);
  return rows.filter(({ publicKey, proof }) => proof.length === 32 && timingSafeEqual(proof, proofOf(root, publicKey))).map(({ publicKey }) => publicKey);
}

function proofOf(root: Buffer, publicKey: string): Buffer {
  return createHmac('sha256', Buffer.from(hkdfSync('sha256', root, '', 'remember signing keys', 32))).update(publicKey).digest();
}
