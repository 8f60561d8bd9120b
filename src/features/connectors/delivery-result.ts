import type { QueuedFor } from '../sessions/index.ts';

/** What became of one item of a delivery. */
export interface ItemResult {
  /** Where the item is in the body; empty for a body that is one item. */
  readonly path: readonly string[];
  /** `accepted`: a signal, or a deal's stage, that was not reported before. `kept`: it is new and does not show; `reason` says why. `unchanged` and `duplicate`: it says what was known. `ignored`: it concerns nothing here. */
  readonly status: 'created' | 'updated' | 'kept' | 'unchanged' | 'retired' | 'accepted' | 'duplicate' | 'suppressed' | 'refused' | 'ignored';
  /** Why it does not show, where it does not: as in the bulk mutations; of an ignored item, why it was. */
  readonly reason?: string;
  /** Of an ignored item: what to do where it should not be. */
  readonly message?: string;
  /** The item's global id. */
  readonly id?: string;
  /** Of a deal: the signal that its stage stands for, where it entered one. */
  readonly signalId?: string;
  readonly accountId?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly path: readonly string[] };
}

/** What became of a delivery. */
export interface DeliveryResult {
  /** `accepted`: something was new. `duplicate`: nothing was. `suppressed`: it is about people who were erased; nothing was stored. `ignored`: nothing in it concerns the graph. */
  readonly status: 'accepted' | 'duplicate' | 'suppressed' | 'ignored';
  readonly results: readonly ItemResult[];
  /** The sessions in whose queues it put messages. */
  readonly queued?: readonly QueuedFor[];
}

const news: ReadonlySet<ItemResult['status']> = new Set(['created', 'updated', 'kept', 'retired', 'accepted']);

/** Whether an item said something new. */
export const isNews = ({ status }: ItemResult): boolean => news.has(status);
