import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Id } from '../../platform/ids.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { isSigned, type Signer, type TrustedKeys } from '../../platform/signing.ts';
import type { Anchor } from './anchor.ts';

/** The end of a tenant's chain in a backup. */
export interface BackupHead {
  readonly tenantId: string;
  readonly sequence: number;
  /** Hex. */
  readonly hash: string;
  /** SHA-256 of the backup's content, hex. */
  readonly backupDigest: string;
  /** RFC 3339. */
  readonly backupMadeAt: string;
}

/** The text that is signed when a backup is written: only a chain that ended there then can be continued from there. */
export function backupHeadText({ tenantId, sequence, hash, backupDigest, backupMadeAt }: BackupHead): string {
  return canonicalJson(['audit-backup-head.v1', tenantId, sequence, hash, backupDigest, backupMadeAt]);
}

/** What the fact of an accepted restore says. */
export const acceptedRestore = z.strictObject({
  backupDigest: z.hash('sha256').describe('SHA-256 of the content of the backup, hex.'),
  backupMadeAt: z.iso.datetime().describe('When the backup was made.'),
  backupKeyId: z.string().describe('The key that signed the end of the chain when the backup was made.'),
  backupSignature: z.base64url().describe('Ed25519 over the JSON array ["audit-backup-head.v1", tenant id, sequence, hash, backupDigest, backupMadeAt] without white space.'),
  sequence: z.int().nonnegative().describe('The last fact in the backup.'),
  hash: z.hash('sha256').describe('The hash of that fact, hex.'),
  restoredAt: z.iso.datetime().describe('When the backup was restored.'),
  lostFrom: z.int().positive().nullable().describe('The first fact that is known to be lost; null: none is known to be.'),
  lostTo: z.int().positive().nullable().describe('The last fact that is known to be lost, from anchors and from the chain that was replaced; null: none is known to be.'),
  acceptedBy: z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/).describe('The id of who accepted the restore, as it was given.'),
  acceptedAt: z.iso.datetime().describe('When the restore was accepted.'),
  keyId: z.string().describe('The key that signed the acceptance.'),
  signature: z.base64url().describe('Ed25519 over the JSON array ["audit-restore-accepted.v1", tenant id, all the other fields as an object with sorted keys] without white space.'),
});

/** A restore that was accepted: facts behind `sequence` that are missing are lost, not tampered with. */
export type AcceptedRestore = z.infer<typeof acceptedRestore>;

function acceptanceText(tenantId: string, acceptance: Omit<AcceptedRestore, 'signature'> & { readonly signature?: string }): string {
  const { signature: _, ...accepted } = acceptance;
  return canonicalJson(['audit-restore-accepted.v1', tenantId, accepted]);
}

/** Signs the acceptance of a restore. */
export function signAcceptance(signer: Signer, tenantId: string, accepted: Omit<AcceptedRestore, 'keyId' | 'signature'>): AcceptedRestore {
  const stated = { ...accepted, keyId: signer.keyId };
  return { ...stated, signature: signer.sign(acceptanceText(tenantId, stated)).toString('base64url') };
}

/** Whether trusted keys signed both the end of the chain in the backup and its acceptance. */
export function isGenuine(keys: TrustedKeys, tenantId: string, accepted: AcceptedRestore): boolean {
  const { keyId, signature, backupKeyId, backupSignature } = accepted;
  return (
    isSigned(keys, acceptanceText(tenantId, accepted), { keyId, signature: Buffer.from(signature, 'base64url') }) &&
    isSigned(keys, backupHeadText({ ...accepted, tenantId }), { keyId: backupKeyId, signature: Buffer.from(backupSignature, 'base64url') })
  );
}

const acceptances = statement<{ data: unknown }>('audit_accepted_restores', `select data from audit_logs where tenant_id = $1 and kind = 'audit.restore_accepted' order by sequence`);

/** What the facts of a tenant's chain say of accepted restores, whoever signed it. */
export async function readAcceptanceFacts(sql: Sql, tenantId: Id<'Tenant'>): Promise<AcceptedRestore[]> {
  return (await sql.rows(acceptances, [tenantId])).flatMap(({ data }) => acceptedRestore.safeParse(data).data ?? []);
}

/** The genuine acceptances in a tenant's chain, in its order. What is in the chain is checked by the walk. */
export async function readAcceptedRestores(sql: Sql, tenantId: Id<'Tenant'>, keys: TrustedKeys): Promise<AcceptedRestore[]> {
  return genuine(await readAcceptanceFacts(sql, tenantId), tenantId, keys);
}

/** Of facts' data, the genuine acceptances. */
export function genuine(given: readonly unknown[], tenantId: string, keys: TrustedKeys): AcceptedRestore[] {
  return given.flatMap((data) => {
    const read = acceptedRestore.safeParse(data);
    return read.success && isGenuine(keys, tenantId, read.data) ? [read.data] : [];
  });
}

/** Clocks of processes differ by less than this. Milliseconds. */
const clockTolerance = 60_000;

/**
 * Anchors kept outside the database, without those of the history that an accepted restore ended: signed before the
 * restore over facts within the range that the acceptance names, or over facts in the backup but only after it was made.
 * The last ones agree with the chain, and what they vouch for is held by the signed end of the backup.
 */
export function withoutLost<Kept extends Anchor>(kept: readonly Kept[], restores: readonly AcceptedRestore[]): readonly Kept[] {
  if (restores.length === 0) return kept;
  return kept.filter((anchor) => !restores.some((restore) => isLost(anchor, restore)));
}

function isLost({ sequence, anchoredAt }: Anchor, restore: AcceptedRestore): boolean {
  const signedAt = Date.parse(anchoredAt);
  if (signedAt > Date.parse(restore.restoredAt)) return false;
  if (sequence > restore.sequence) return restore.lostTo !== null && sequence <= restore.lostTo;
  return signedAt >= Date.parse(restore.backupMadeAt) - clockTolerance;
}
