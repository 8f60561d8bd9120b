import type { Id } from '../../platform/ids.ts';
import type { OutsideRef } from '../../platform/outside-records.ts';
import type { Ending } from './action-kind.ts';
import type { Approval } from './approval.ts';
import type { CrmChangeKind } from './enums.ts';

/** The record of a CRM that a change is about, as evidence freezes it. */
export interface CrmTarget extends OutsideRef {
  /** The opportunity here. */
  readonly opportunityId: string;
  /** The account that the opportunity belongs to; null once it is gone. */
  readonly accountId: string | null;
  /** Changes whenever the record changes there; `gone` for a record that is not there. */
  readonly version: string;
  /** What is shown of it: `name`, `stage`, `nextStep`. */
  readonly fields: Readonly<Record<string, string | null>>;
}

/** A change of a record in a CRM. */
export interface CrmOrder {
  readonly kind: CrmChangeKind;
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

/** How an undo went. */
export type UndoEnding = { readonly kind: 'UNDONE' } | { readonly kind: 'REFUSED'; readonly reason: string } | { readonly kind: 'NOT_NOW'; readonly retryAt: string | null };

/**
 * The edge of the world for CRM changes; only the executor holds one. The id of the approval is the idempotency key. A
 * method that throws, or does not answer, means that nobody knows whether something was written.
 */
export interface CrmWriting {
  /** Writes a change if the record still has the version that was approved. */
  write(tenantId: Id<'Tenant'>, order: CrmOrder, options: { readonly approval: Approval; readonly expectedVersion: string; readonly signal: AbortSignal }): Promise<Ending>;
  /** What became of a change whose write did not answer. */
  lookUp(tenantId: Id<'Tenant'>, order: CrmOrder, options: { readonly approval: Approval; readonly expectedVersion: string; readonly signal: AbortSignal }): Promise<Ending>;
  /** Takes back what was written, unless somebody changed it since. May be repeated. */
  undo(tenantId: Id<'Tenant'>, order: CrmOrder, options: { readonly approvalId: string; readonly written: { readonly kind: string; readonly id: string }; readonly signal: AbortSignal }): Promise<UndoEnding>;
}

/** Where no CRM is reached: changes wait until they expire. */
export const noCrm: CrmWriting = {
  write: () => Promise.resolve({ kind: 'NOT_NOW', retryAt: null }),
  lookUp: () => Promise.resolve({ kind: 'UNKNOWN' }),
  undo: () => Promise.resolve({ kind: 'NOT_NOW', retryAt: null }),
};
