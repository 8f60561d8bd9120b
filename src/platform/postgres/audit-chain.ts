import { hash } from 'node:crypto';
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
  return chainHashOf(previous, entry, canonicalJson(entry.data));
}

/** The same where the canonical JSON of the entry's data is known already. */
export function chainHashOf(previous: Buffer, entry: Omit<AuditEntry, 'data'>, data: string): Buffer {
  const row = `[${JSON.stringify(entry.sequence)},${JSON.stringify([
    entry.id,
    entry.kind,
    entry.accountId,
    entry.actorKind,
    entry.actorId,
    entry.requestId,
    entry.occurredAt,
    entry.recordedAt,
  ]).slice(1, -1)},${data}]`;
  return hash('sha256', Buffer.concat([previous, Buffer.from(row)]), 'buffer');
}

/** The canonical JSON of a fact's data as it will be stored: what JSON does not know, such as a date, becomes what JSON makes of it. */
export function canonicalData(data: Readonly<Record<string, unknown>>): string {
  return canonicalJson(Object.values(data).every(isPlain) ? data : JSON.parse(JSON.stringify(data)));
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
