import type { AuditEntry } from '../../platform/postgres/audit-chain.ts';
import type { Anchor } from './anchor.ts';
import { auditAnchored } from './audit.events.ts';

/** The anchor that a fact tells of; null where it is another fact, `UNREADABLE` where it tells nothing that can be read. */
export function toldAnchor({ kind, data }: Pick<AuditEntry, 'kind' | 'data'>): Anchor | 'UNREADABLE' | null {
  if (kind !== auditAnchored.kind) return null;
  const read = auditAnchored.schema.safeParse(data);
  if (!read.success) return 'UNREADABLE';
  const { hash, signature, ...anchor } = read.data;
  return { ...anchor, hash: Buffer.from(hash, 'hex'), signature: Buffer.from(signature, 'base64url') };
}
