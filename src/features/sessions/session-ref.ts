import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal, SubjectName } from '../../platform/postgres/seal.ts';

/** The conversation partner of a session, as Chatwoot names it. */
export interface SessionRef {
  readonly inboxId: number;
  readonly contactId: string;
}

/** The system that contacts of inboxes are known by in external references. */
export const chatwootSystem = 'chatwoot';

/** Checks a reference from outside. Throws `InvalidInput` with the place of the fault. */
export function checkSessionRef({ inboxId, contactId }: SessionRef, path: readonly string[]): SessionRef {
  if (!Number.isInteger(inboxId) || inboxId < 1 || inboxId > 2_147_483_647) throw new InvalidInput('inboxId must be a whole number from 1 to 2147483647.', [...path, 'inboxId']);
  // It is part of the hash tag of Redis keys, which braces would end.
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(contactId)) throw new InvalidInput('contactId must be 1 to 64 letters, digits, dots, underscores or hyphens.', [...path, 'contactId']);
  return { inboxId, contactId };
}

/** The external reference of the contact: `chatwoot`, `<inbox>/<contact>`. */
export function contactRefOf({ inboxId, contactId }: SessionRef): { readonly system: string; readonly id: string } {
  return { system: chatwootSystem, id: `${inboxId}/${contactId}` };
}

/** The data subject under whose key a session is sealed. */
export const subjectOfSession = (ref: SessionRef): SubjectName => contactRefOf(ref);

/** The id of a session: a UUID of version 8 (RFC 9562) made of a keyed digest of tenant, inbox and contact, so that it is known before the session begins. */
export function sessionIdOf(seal: Seal, tenantId: string, { inboxId, contactId }: SessionRef): Id<'Session'> {
  const bytes = Buffer.from(seal.lookup(tenantId, { system: 'session', id: `${inboxId}/${contactId}` }).subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<'Session'>;
}
