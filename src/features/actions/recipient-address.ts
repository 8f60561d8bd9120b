import { normaliseEmail, type Seal, type SubjectKey } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { survivorOf } from '../accounts/index.ts';

const held = statement<{ accountId: string; email: Buffer | null; wrappedKey: Buffer | null }>(
  'address_of_contact',
  `select c.account_id as "accountId", c.email_sealed as email, k.wrapped_key as "wrappedKey" from contact c left join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
   where c.tenant_id = $1 and c.id = ${survivorOf('$2::uuid')}`,
);

/** Where a contact stands now. */
export interface ContactNow {
  /** Null once the contact is gone. */
  readonly accountId: string | null;
  /** Null when they have none, and once they are gone. */
  readonly address: string | null;
}

/** The account and the address that a contact has now. */
export async function contactNow(work: Work, seal: Seal, contactId: string): Promise<ContactNow> {
  const [row] = await work.rows(held, [work.tenantId, contactId]);
  return row ? { accountId: row.accountId, address: seal.open(row.wrappedKey, row.email) } : { accountId: null, address: null };
}

/** Why a draft cannot go to the contact that it was written to. */
export type RecipientFault = 'ADDRESS_CHANGED' | 'CONTACT_MOVED';

/** What keeps a draft from its contact: another address, or another account than it is about; null when nothing does. */
export function recipientFault({ accountId, address }: ContactNow, meant: { readonly accountId: string; readonly to: string }): RecipientFault | null {
  if (!isSameAddress(address, meant.to)) return 'ADDRESS_CHANGED';
  return accountId === meant.accountId ? null : 'CONTACT_MOVED';
}

/** Whether an address that somebody has is the one that a draft goes to. */
function isSameAddress(address: string | null, to: string): boolean {
  return address !== null && normaliseEmail(address) === normaliseEmail(to);
}

/** What evidence says of an address: whether it is the same, to those who have the key, and nothing to others. */
export function digestOfAddress(seal: Seal, key: SubjectKey, address: string): string {
  return seal.digest(key, `address ${normaliseEmail(address)}`).toString('hex');
}
