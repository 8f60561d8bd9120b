import { canonicalJson } from '../../platform/canonical-json.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Id } from '../../platform/ids.ts';
import { isSigned, type Signer, type TrustedKeys } from '../../platform/signing.ts';
import type { ErasureItem } from './preview-erasure.ts';

/** What a receipt states. */
export interface ErasureStatement {
  readonly receiptId: string;
  readonly tenantId: string;
  /** RFC 3339. */
  readonly completedAt: string;
  /** Of the preview that it was bound to. */
  readonly previewDigest: string;
  /** The keys that were destroyed. */
  readonly subjectIds: readonly string[];
  readonly items: readonly ErasureItem[];
}

const keep = statement(
  'keep_erasure_receipt',
  `insert into erasure_receipt (tenant_id, id, statement, signature, public_key, key_id, completed_at, actor_kind, actor_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

/**
 * Signs what was done and keeps it. The signature is Ed25519 over the statement's UTF-8 bytes, by the installation's key,
 * which `GET /.well-known/signing-keys` shows; `npm run audit -- verify-receipt` verifies it without us.
 */
export async function keepReceipt(work: Work, signer: Signer, stated: Omit<ErasureStatement, 'receiptId' | 'tenantId' | 'completedAt'>): Promise<Id<'ErasureReceipt'>> {
  const id = work.newId<'ErasureReceipt'>();
  const text = canonicalJson({ ...stated, receiptId: id, tenantId: work.tenantId, completedAt: work.now } satisfies ErasureStatement);
  await work.rows(keep, [work.tenantId, id, text, signer.sign(text), signer.publicKey, signer.keyId, work.now, work.actor.kind, work.actor.id]);
  return id;
}

/** Whether a receipt's statement is what was signed with a key that is believed. */
export function isGenuine(keys: TrustedKeys, { statement: text, signature, keyId }: { readonly statement: string; readonly signature: string; readonly keyId: string }): boolean {
  return isSigned(keys, text, { keyId, signature: Buffer.from(signature, 'base64') });
}
