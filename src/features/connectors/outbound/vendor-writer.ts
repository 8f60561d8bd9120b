import type { Id } from '../../../platform/ids.ts';
import type { OutsideRecord, OutsideRef } from '../../../platform/outside-records.ts';

/** A change of an opportunity at a vendor, as a person approved it. */
export interface VendorChange {
  readonly kind: 'CREATE_TASK' | 'CHANGE_NEXT_STEP' | 'ADD_STAGE_NOTE';
  /** The opportunity. */
  readonly record: OutsideRef;
  /** The next step, the subject of a task, or the text of a note. */
  readonly text: string;
  /** The description of a task; null for none. */
  readonly details: string | null;
  /** When a task is due, `YYYY-MM-DD`; null for no day. */
  readonly dueOn: string | null;
  /** What the record said when the change was approved. */
  readonly before: { readonly stage: string | null; readonly nextStep: string | null };
}

/** A record that was written. */
export interface WrittenRecord {
  /** What the vendor calls its kind. */
  readonly kind: string;
  readonly id: string;
}

/** How a write is made. */
export interface WriteOptions {
  /** Stored before the call, and left at the vendor with what is written: the same key never writes twice. */
  readonly idempotencyKey: string;
  /** The version that was approved; another one at the vendor is a CONFLICT, and nothing is written. */
  readonly expectedVersion: string;
  /** When a person approved the change. RFC 3339. */
  readonly approvedAt: string;
  /** Ends the write: no call that changes something is made after it, and one under way is ended. */
  readonly signal: AbortSignal;
  /** Called before the first call that changes something. Until then nothing was written, whatever fails. Throws if it is too late. */
  begin(): void;
}

/** What became of a write that did not answer: it is there, it is not, or nobody can tell. */
export type FoundWrite = WrittenRecord | 'ABSENT' | 'UNKNOWN';

/** Writes approved changes at a vendor. Every method throws `VendorFault`; nothing else writes. */
export interface VendorWriter {
  /** Reads an opportunity: `name`, `stage` and `nextStep`, and a version that changes whenever people change it. */
  read(record: OutsideRef): Promise<OutsideRecord>;
  /** Writes a change. Never repeated by itself: the caller calls `find` first. */
  write(change: VendorChange, options: WriteOptions): Promise<WrittenRecord>;
  /** Looks for what an earlier `write` of the key left. */
  find(change: VendorChange, options: Pick<WriteOptions, 'idempotencyKey' | 'expectedVersion'>): Promise<FoundWrite>;
  /** Takes back what was written; a CONFLICT if somebody changed it since. May be repeated. */
  undo(change: VendorChange, written: WrittenRecord, options: Pick<WriteOptions, 'idempotencyKey' | 'signal'>): Promise<void>;
}

/** Opens the writer of a tenant's connection; null where no active connection of the source writes. */
export type OpenWriter = (tenantId: Id<'Tenant'>, source: string) => Promise<VendorWriter | null>;

/** The line that marks what a key wrote; people see it at the vendor. */
export const markOf = (idempotencyKey: string): string => `Ref: context-graph/${idempotencyKey}`;
