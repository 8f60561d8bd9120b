import type { Id } from './ids.ts';

/** Contexts of contacts as another system keeps a copy of them; asked outside of transactions. */
export interface OutsideContexts {
  /** The copy of a contact's persistent context; null if there is none, or nothing connects to the system. Throws `Unavailable` where it does not answer. */
  read(tenantId: Id<'Tenant'>, ref: { readonly inboxId: number; readonly contactId: string }): Promise<Readonly<Record<string, unknown>> | null>;
}

/** Where nothing is connected. */
export const noOutsideContexts: OutsideContexts = { read: () => Promise.resolve(null) };
