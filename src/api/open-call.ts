import type { Clock } from '../platform/clock.ts';
import { Loaders, type Call } from '../platform/graphql/call.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Read } from '../platform/postgres/read.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Principal } from '../features/access/index.ts';

/** A call that holds a snapshot and must be closed. */
export interface OpenCall extends Call {
  readonly principal: Principal;
  close(): Promise<void>;
}

/** What calls are made of. */
export interface CallDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly seal: Seal;
}

/**
 * Opens a call for a caller. Its snapshot is taken when the first statement asks, and taken anew after each transaction
 * of its own, so that a mutation is answered with what it wrote.
 */
export function openCall({ database, clock, seal }: CallDependencies, principal: Principal, requestId: string): OpenCall {
  const { tenantId, actor, roles } = principal;
  let read: Read = database.read(tenantId);
  let loaders = new Loaders();
  return {
    principal,
    tenantId,
    actor,
    roles,
    requestId,
    clock,
    seal,
    get read() {
      return read;
    },
    get loaders() {
      return loaders;
    },
    async transact(body) {
      await read.close();
      const result = await database.transact({ tenantId, actor, requestId }, body);
      read = database.read(tenantId);
      loaders = new Loaders();
      return result;
    },
    close: () => read.close(),
  };
}
