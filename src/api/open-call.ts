import type { Clock } from '../platform/clock.ts';
import { Loaders, type Call } from '../platform/graphql/call.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Read } from '../platform/postgres/read.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Work } from '../platform/postgres/work.ts';
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
  const view: View = { read: database.read(tenantId), loaders: new Loaders() };
  const own = {
    principal,
    tenantId,
    actor,
    roles,
    requestId,
    clock,
    seal,
    view,
    async transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result> {
      await view.read.close();
      const result = await database.transact({ tenantId, actor, requestId }, body);
      view.read = database.read(tenantId);
      view.loaders = new Loaders();
      return result;
    },
    close: () => view.read.close(),
  };
  return Object.assign(Object.create(presentView) as typeof presentView, own);
}

interface View {
  read: Read;
  loaders: Loaders;
}

/**
 * What a call sees at present. On the prototype: Apollo Server copies a call's own properties into an object of its own,
 * and a getter among them would be read once and stand still there.
 */
const presentView = {
  get read(): Read {
    return (this as unknown as { view: View }).view.read;
  },
  get loaders(): Loaders {
    return (this as unknown as { view: View }).view.loaders;
  },
};
