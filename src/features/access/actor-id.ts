import { createHmac, hkdfSync } from 'node:crypto';

/** Tells under which id the bearer of a token is recorded, from the tenant's id and the token's `sub`. */
export type ActorIds = (tenantId: string, subject: string) => string;

/**
 * Ids are recorded for good, in audit rows, events and logs, so none may say who somebody is. A `sub` that is an opaque
 * id is kept as it is. Of any other, such as an e-mail address, only `sub_` and 128 bits of HMAC-SHA-256 are kept, under a
 * key that follows from the master key and over the tenant's id: stable within a tenant, not to be joined across tenants,
 * and not to be found by trying addresses.
 */
export function createActorIds(masterKey: Buffer): ActorIds {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'name token subjects', 32));
  return (tenantId, subject) => {
    if (isOpaque(subject)) return subject;
    // Two spellings of an address are one person, who must not approve as the one what they proposed as the other.
    const name = subject.includes('@') ? subject.trim().normalize('NFKC').toLowerCase() : subject;
    return `sub_${createHmac('sha256', key).update(`${tenantId}\n${name}`).digest('hex').slice(0, 32)}`;
  };
}

/** Letters and digits, in parts joined by `-`, `_`, `:` or `|`: `auth0|5f7c8ec7`, a UUID, `user-7`. No dot, no blank, no `@`. */
const idForm = /^[A-Za-z0-9]+(?:[-_:|][A-Za-z0-9]+)*$/;
/** A number that could be dialled. Issuers' numeric ids are longer. */
const dialled = /^\d(?:[-_:|]?\d){5,14}$/;
const longestId = 64;

function isOpaque(subject: string): boolean {
  // What looks like a digest of ours must be one: nobody takes another's name by asking for it.
  return subject.length <= longestId && idForm.test(subject) && !dialled.test(subject) && !subject.startsWith('sub_');
}
