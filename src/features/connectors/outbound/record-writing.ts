import { Conflict, Unavailable } from '../../../platform/errors.ts';
import type { Id } from '../../../platform/ids.ts';
import type { OutsideRecords } from '../../../platform/outside-records.ts';
import { storableText } from '../../../platform/storable-text.ts';
import { VendorFault, type VendorFaultCode } from './vendor-fault.ts';
import type { OpenWriter, VendorChange, WrittenRecord } from './vendor-writer.ts';

/** How a write ended. */
type WriteEnding =
  | { readonly kind: 'SENT'; readonly outsideId: string; readonly written: WrittenRecord }
  | { readonly kind: 'REFUSED'; readonly lasting: boolean; readonly reason: string }
  | { readonly kind: 'NOT_NOW'; readonly retryAt: string | null }
  | { readonly kind: 'CONFLICT' }
  | { readonly kind: 'NOT_SENT' }
  | { readonly kind: 'UNKNOWN' };
type UndoEnding = { readonly kind: 'UNDONE' } | { readonly kind: 'REFUSED'; readonly reason: string } | { readonly kind: 'NOT_NOW'; readonly retryAt: string | null };

/** What identifies a write. */
interface WriteKey {
  /** The id of the approval is the idempotency key. */
  readonly approval: { readonly id: string; readonly approvedAt: string };
  readonly expectedVersion: string;
  /** When the attempt is given up: from then on nothing is written. */
  readonly signal: AbortSignal;
}

/** Reads records at vendors, and writes approved changes there. */
export interface RecordWriting extends OutsideRecords {
  write(tenantId: Id<'Tenant'>, change: VendorChange, key: WriteKey): Promise<WriteEnding>;
  lookUp(tenantId: Id<'Tenant'>, change: VendorChange, key: WriteKey): Promise<WriteEnding>;
  undo(tenantId: Id<'Tenant'>, change: VendorChange, options: { readonly approvalId: string; readonly written: WrittenRecord; readonly signal: AbortSignal }): Promise<UndoEnding>;
}

/** Faults after which nothing was written, and another attempt later may succeed. */
const notNow: ReadonlySet<VendorFaultCode> = new Set(['RATE_LIMITED', 'QUOTA_USED_UP', 'CIRCUIT_OPEN', 'UNAUTHORIZED']);
/** Faults after which nothing was written, and another attempt would not help. */
const refused: ReadonlySet<VendorFaultCode> = new Set(['FORBIDDEN', 'NOT_FOUND', 'REFUSED']);
const names: Readonly<Record<string, string>> = { salesforce: 'Salesforce', hubspot: 'HubSpot' };
const nameOf = (system: string): string => names[system] ?? system;
const sent = (written: WrittenRecord): WriteEnding => ({ kind: 'SENT', outsideId: `${written.kind}/${written.id}`, written });
const later = ({ retryAt }: VendorFault): { readonly kind: 'NOT_NOW'; readonly retryAt: string | null } => ({ kind: 'NOT_NOW', retryAt: retryAt?.toISOString() ?? null });

/** Connects actions with the vendors' writers. */
export function createRecordWriting(openWriter: OpenWriter): RecordWriting {
  return {
    async read(tenantId, ref) {
      const name = nameOf(ref.system);
      try {
        const writer = await openWriter(tenantId, ref.system);
        if (!writer) throw new Conflict(`No active connection to ${name}. Ask an administrator to add it by addConnection, or to resume it.`, ['input']);
        const { version, fields } = await writer.read(ref);
        return { version, fields: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, text === null ? null : storableText(text)])) };
      } catch (error) {
        if (!(error instanceof VendorFault)) throw error;
        if (error.code === 'NOT_FOUND') return null;
        if (['UNAUTHORIZED', 'FORBIDDEN', 'REFUSED', 'DISCONNECTED'].includes(error.code)) throw new Conflict(`${name} does not let the connection read the record: ${error.message}`, ['input']);
        throw new Unavailable(`${name} cannot be read at the moment, so nothing was decided or stored: ${error.message} Try again.`);
      }
    },
    write: (tenantId, change, key) => writeOnce(openWriter, tenantId, change, key),
    async lookUp(tenantId, change, key) {
      const writer = await openWriter(tenantId, change.record.system);
      // Without a connection nobody can tell.
      const found = writer ? await writer.find(change, { idempotencyKey: key.approval.id, expectedVersion: key.expectedVersion }) : 'UNKNOWN';
      if (found === 'UNKNOWN') return { kind: 'UNKNOWN' };
      return found === 'ABSENT' ? { kind: 'NOT_SENT' } : sent(found);
    },
    async undo(tenantId, change, { approvalId, written, signal }) {
      try {
        const writer = await openWriter(tenantId, change.record.system).catch(notOpened);
        if (writer === null || 'kind' in writer) return writer ?? { kind: 'NOT_NOW', retryAt: null };
        await writer.undo(change, written, { idempotencyKey: approvalId, signal });
        return { kind: 'UNDONE' };
      } catch (error) {
        if (!(error instanceof VendorFault)) throw error;
        if (error.code === 'CONFLICT') return { kind: 'REFUSED', reason: 'CHANGED_SINCE' };
        if (refused.has(error.code)) return { kind: 'REFUSED', reason: 'REFUSED_OUTSIDE' };
        if (notNow.has(error.code)) return later(error);
        throw error;
      }
    },
  };
}

/**
 * Writes, and says of a fault what it left. Until the writer begins with what changes something, nothing was written, so the outside is
 * waited for. Of a later fault nobody knows, unless the vendor refused: it is thrown on; so is DISCONNECTED, by which calls under way end.
 */
async function writeOnce(openWriter: OpenWriter, tenantId: Id<'Tenant'>, change: VendorChange, { approval, expectedVersion, signal }: WriteKey): Promise<WriteEnding> {
  const writer = await openWriter(tenantId, change.record.system).catch(notOpened);
  if (writer === null || 'kind' in writer) return writer ?? { kind: 'NOT_NOW', retryAt: null };
  let hasBegun = false;
  const begin = (): void => {
    if (signal.aborted) throw new VendorFault('TIMEOUT', 'The record was read too late to be written in this attempt.');
    hasBegun = true;
  };
  try {
    return sent(await writer.write(change, { idempotencyKey: approval.id, expectedVersion, approvedAt: approval.approvedAt, signal, begin }));
  } catch (error) {
    if (!(error instanceof VendorFault)) throw error;
    if (error.code === 'CONFLICT') return { kind: 'CONFLICT' };
    if (refused.has(error.code)) return { kind: 'REFUSED', lasting: true, reason: error.code };
    if (notNow.has(error.code) || !hasBegun) return later(error);
    throw error;
  }
}

function notOpened(error: unknown): ReturnType<typeof later> {
  if (error instanceof VendorFault) return later(error);
  throw error;
}
