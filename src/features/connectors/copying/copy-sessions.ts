import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { Seal } from '../../../platform/postgres/seal.ts';
import type { Caller } from '../../../platform/postgres/work.ts';
import { noteChatwootCopy, persistentContextOf, type VersionedContext } from '../../sessions/index.ts';
import type { OpenCopies } from '../outbound/connection-contexts.ts';
import type { ContextCopies } from '../outbound/context-copies.ts';
import { VendorFault, type VendorFaultCode } from '../outbound/vendor-fault.ts';
import { claimCopies, noteCleared, releaseCopies, releaseCopy, type ClaimedCopy, type CopyRun } from './copy-claims.ts';

/** What copies are written with. */
export interface CopyParts {
  readonly database: Pick<Database, 'transact' | 'read'>;
  readonly seal: Seal;
  readonly openCopies: OpenCopies;
  readonly signal?: AbortSignal;
  /** Told of what could not be copied. */
  onError(error: unknown, fields: Readonly<Record<string, string>>): void;
}

/** Faults of one contact; all others are the connection's. */
const ofContact: ReadonlySet<VendorFaultCode> = new Set(['REFUSED', 'CONFLICT', 'UNREADABLE']);
/** Portions that one run takes, at most. */
const mostPortions = 20;

/**
 * Writes the contexts of a tenant's sessions to Chatwoot where the copy is behind, and clears the copies of erased contacts.
 * May run twice: one run at a time claims a session, and the same context written twice is the same copy. A context that
 * changes meanwhile has a higher version, so that the session is due again. Ends at a fault of the connection; the next
 * minute tries again.
 */
export async function copySessions(parts: CopyParts, caller: Caller): Promise<void> {
  const { database, openCopies, signal, onError } = parts;
  for (let portion = 0; portion < mostPortions; portion += 1) {
    signal?.throwIfAborted();
    const { run, claimed } = await database.transact(caller, async (work) => {
      const own: CopyRun = work.newId<'CopyRun'>();
      return { run: own, claimed: await claimCopies(work, own) };
    });
    if (claimed.length === 0) return;
    try {
      const copies = await openCopies(caller.tenantId);
      if (!copies || !(await copyAll(parts, { caller, run, copies }, claimed))) return await database.transact(caller, (work) => releaseCopies(work, run));
    } catch (error) {
      await database.transact(caller, (work) => releaseCopies(work, run)).catch(() => undefined);
      if (!(error instanceof VendorFault)) throw error;
      return onError(error, { tenantId: caller.tenantId, code: error.code });
    }
  }
}

interface Copying {
  readonly caller: Caller;
  readonly run: CopyRun;
  readonly copies: ContextCopies;
}

/** Returns whether the run may go on with other sessions. */
async function copyAll(parts: CopyParts, copying: Copying, claimed: readonly ClaimedCopy[]): Promise<boolean> {
  for (const each of claimed) {
    if (parts.signal?.aborted) return false;
    try {
      await copyOne(parts, copying, each);
    } catch (error) {
      if (!(error instanceof VendorFault) || !ofContact.has(error.code)) throw error;
      // Its claim stays: it is tried again once that has run out.
      parts.onError(error, { tenantId: copying.caller.tenantId, sessionId: each.sessionId, code: error.code });
    }
  }
  return true;
}

async function copyOne({ database, seal }: CopyParts, { caller, run, copies }: Copying, { sessionId, contactId, isErased }: ClaimedCopy): Promise<void> {
  if (isErased) {
    await copies.clear(contactId);
    return database.transact(caller, (work) => noteCleared(work, run, sessionId));
  }
  const context = await contextOf(database, seal, { tenantId: caller.tenantId, sessionId });
  // A contact that Chatwoot does not have has no copy there that could be behind.
  if (context) await copies.write(contactId, context);
  await database.transact(caller, async (work) => {
    if (context) await noteChatwootCopy(work, { sessionId, version: context.version });
    await releaseCopy(work, run, sessionId);
  });
}

async function contextOf(database: Pick<Database, 'read'>, seal: Seal, { tenantId, sessionId }: { readonly tenantId: Id<'Tenant'>; readonly sessionId: Id<'Session'> }): Promise<VersionedContext | null> {
  const read = database.read(tenantId);
  try {
    return await persistentContextOf(read, seal, { tenantId, sessionId });
  } finally {
    await read.close();
  }
}
