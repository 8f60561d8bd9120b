import { canonicalJson } from '../../platform/canonical-json.ts';
import { isSignedBy, type Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Id } from '../../platform/ids.ts';
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
  `insert into erasure_receipt (tenant_id, id, statement, signature, public_key, completed_at, actor_kind, actor_id) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);

/**
 * Signs what was done and keeps it. The signature is Ed25519 over the statement's UTF-8 bytes: whoever has statement,
 * signature and public key verifies it without us, e.g. `openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in
 * statement.json -sigfile signature.bin`. That the public key is the installation's, its operator vouches for.
 */
export async function keepReceipt(work: Work, seal: Seal, stated: Omit<ErasureStatement, 'receiptId' | 'tenantId' | 'completedAt'>): Promise<Id<'ErasureReceipt'>> {
  const id = work.newId<'ErasureReceipt'>();
  const text = canonicalJson({ ...stated, receiptId: id, tenantId: work.tenantId, completedAt: work.now } satisfies ErasureStatement);
  await work.rows(keep, [work.tenantId, id, text, seal.sign(text), seal.publicKey, work.now, work.actor.kind, work.actor.id]);
  return id;
}

/** Whether a receipt's statement is what was signed with the key it names. */
export function isGenuine({ statement: text, signature, publicKey }: { readonly statement: string; readonly signature: string; readonly publicKey: string }): boolean {
  return isSignedBy(publicKey, text, Buffer.from(signature, 'base64'));
}
