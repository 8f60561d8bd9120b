import { normaliseEmail, type Seal, type SubjectKey } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

const held = statement<{ email: Buffer | null; wrappedKey: Buffer | null }>(
  'address_of_contact',
  `select c.email_sealed as email, k.wrapped_key as "wrappedKey" from contact c left join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
   where c.tenant_id = $1 and c.id = $2`,
);

/** The address that a contact has now; null when they have none, and when they are gone. */
export async function recipientAddress(work: Work, seal: Seal, contactId: string): Promise<string | null> {
  const [row] = await work.rows(held, [work.tenantId, contactId]);
  return row ? seal.open(row.wrappedKey, row.email) : null;
}

/** Whether an address that somebody has is the one that a draft goes to. */
export function isSameAddress(address: string | null, to: string): boolean {
  return address !== null && normaliseEmail(address) === normaliseEmail(to);
}

/** What evidence says of an address: whether it is the same, to those who have the key, and nothing to others. */
export function digestOfAddress(seal: Seal, key: SubjectKey, address: string): string {
  return seal.digest(key, `address ${normaliseEmail(address)}`).toString('hex');
}
