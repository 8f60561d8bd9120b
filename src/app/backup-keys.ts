import { createHmac, hkdfSync } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { BackupEnd, BackupHeader } from '../platform/postgres/backup/backup-file.ts';
import { isSigned, type Signer, type TrustedKeys } from '../platform/signing.ts';
import { backupHeadText } from '../features/audit/index.ts';

/** Proves that a backup and an installation have the same root key, without telling anything about it. Hexadecimal. */
export function backupKeyCheck(root: Buffer): string {
  const key = Buffer.from(hkdfSync('sha256', root, '', 'check backups', 32));
  return createHmac('sha256', key).update('context-graph-backup').digest('hex');
}

const backupText = (sha256: string): string => canonicalJson(['backup.v1', sha256]);

/** Signs a backup's digest, and each audit head in it. */
export function signBackup(signer: Signer, { header, sha256 }: { readonly header: BackupHeader; readonly sha256: string }): Pick<BackupEnd, 'keyId' | 'signature' | 'heads'> {
  const { madeAt } = header;
  const heads = header.heads.map((head) => signer.sign(backupHeadText({ ...head, backupDigest: sha256, backupMadeAt: madeAt })).toString('base64url'));
  return { keyId: signer.keyId, signature: signer.sign(backupText(sha256)).toString('base64url'), heads };
}

/** Whether a backup was signed by a trusted key. */
export function isSignedBackup(keys: TrustedKeys, { keyId, signature, sha256 }: BackupEnd): boolean {
  return isSigned(keys, backupText(sha256), { keyId, signature: Buffer.from(signature, 'base64url') });
}
