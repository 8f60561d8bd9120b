import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';

/** The columns of an audit row that its hash covers. */
export interface AuditEntry {
  readonly sequence: number;
  readonly id: string;
  readonly kind: string;
  readonly accountId: string | null;
  readonly actorKind: string;
  readonly actorId: string;
  readonly requestId: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly data: Record<string, unknown>;
}

/** What stands before the first entry of a chain. */
export const chainStart: Buffer = Buffer.alloc(32);

/** hash = SHA-256(previous hash ‖ canonical JSON of the entry as an array, in the order below). */
export function chainHash(previous: Buffer, entry: AuditEntry): Buffer {
  const row = canonicalJson([
    entry.sequence,
    entry.id,
    entry.kind,
    entry.accountId,
    entry.actorKind,
    entry.actorId,
    entry.requestId,
    entry.occurredAt,
    entry.recordedAt,
    entry.data,
  ]);
  return createHash('sha256').update(previous).update(row).digest();
}
