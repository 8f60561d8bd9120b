import type { Caches } from '../platform/cache/caches.ts';
import type { Clock } from '../platform/clock.ts';
import type { FastCopies } from '../platform/fast-copies.ts';
import type { Bus } from '../platform/events/bus.ts';
import type { Actor } from '../platform/events/event.ts';
import type { Call, CallLimits, VendorChecks } from '../platform/graphql/call.ts';
import { Loaders } from '../platform/graphql/loaders.ts';
import { largestPage } from '../platform/graphql/connection.ts';
import type { Id } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Llm } from '../platform/llm/llm.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { LabWork } from '../platform/postgres/lab-work.ts';
import type { Read } from '../platform/postgres/read.ts';
import type { Sql } from '../platform/postgres/statement.ts';
import type { RateState } from '../platform/rate-limiter.ts';
import type { OutsideContexts } from '../platform/outside-contexts.ts';
import type { OutsideRecords } from '../platform/outside-records.ts';
import type { Signer, TrustedKeys } from '../platform/signing.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Caller, Work } from '../platform/postgres/work.ts';
import type { Principal } from '../features/access/index.ts';
import type { Turn } from './limits/fair-turns.ts';
import type { LimitPolicy } from './limits/policy.ts';

/** What calls are made of. */
export interface CallDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly seal: Seal;
  readonly caches: Caches;
  readonly log: Log;
  readonly llm: Llm;
  readonly outsideRecords: OutsideRecords;
  readonly copies: FastCopies;
  readonly outsideContexts: OutsideContexts;
  readonly vendors: VendorChecks;
  readonly signer: Signer;
  readonly trustedKeys: TrustedKeys;
  readonly bus: Pick<Bus, 'read'>;
  readonly policy: LimitPolicy;
}

/**
 * A call that holds a snapshot and must be closed. Its snapshot is taken when the first statement asks, and taken anew
 * after each transaction of its own, so that a mutation is answered with what it wrote.
 *
 * Apollo copies an operation's context, member by member. So what changes sits in `held`, which all copies point to, and
 * is reached through the prototype, which they keep.
 */
export class OpenCall implements Call {
  readonly principal: Principal;
  readonly requestId: string;
  readonly dependencies: CallDependencies;
  readonly held: { read: Read; loaders: Loaders; rate: RateState | null; charging: Promise<RateState> | null; isQuery: boolean };
  /** The operation's turn in the process; null for work that was let in by other means, such as a subscription's events. */
  readonly turn: Turn | null;

  constructor(dependencies: CallDependencies, principal: Principal, requestId: string, turn: Turn | null = null) {
    this.dependencies = dependencies;
    this.principal = principal;
    this.requestId = requestId;
    this.held = { read: dependencies.database.read(principal.tenantId), loaders: new Loaders(), rate: null, charging: null, isQuery: false };
    this.turn = turn;
  }

  get tenantId(): Id<'Tenant'> {
    return this.principal.tenantId;
  }

  get actor(): Actor {
    return this.principal.actor;
  }

  get roles(): ReadonlySet<string> {
    return this.principal.roles;
  }

  get clock(): Clock {
    return this.dependencies.clock;
  }

  get seal(): Seal {
    return this.dependencies.seal;
  }

  get log(): Log {
    return this.dependencies.log;
  }

  get caches(): Caches {
    return this.dependencies.caches;
  }

  get llm(): Llm {
    return this.dependencies.llm;
  }

  get outsideRecords(): OutsideRecords {
    return this.dependencies.outsideRecords;
  }

  get copies(): FastCopies {
    return this.dependencies.copies;
  }

  get outsideContexts(): OutsideContexts {
    return this.dependencies.outsideContexts;
  }

  get vendors(): VendorChecks {
    return this.dependencies.vendors;
  }

  get signer(): Signer {
    return this.dependencies.signer;
  }

  get trustedKeys(): TrustedKeys {
    return this.dependencies.trustedKeys;
  }

  get bus(): Pick<Bus, 'read'> {
    return this.dependencies.bus;
  }

  get read(): Read {
    return this.held.read;
  }

  get loaders(): Loaders {
    return this.held.loaders;
  }

  /** Charges the operation, however often it is tried; throws `LimitExceeded` when the limit is used up. */
  async chargeOnce(charge: () => Promise<RateState>): Promise<RateState> {
    const state = await (this.held.charging ??= charge());
    this.held.rate = state;
    return state;
  }

  limits(): CallLimits {
    const { policy, clock } = this.dependencies;
    const { points, seconds } = policy.principalRate;
    const { remaining, resetsIn } = this.held.rate ?? { remaining: points, resetsIn: seconds * 1_000 };
    return {
      maxDepth: policy.depth,
      maxCost: policy.cost,
      maxAliases: policy.aliases,
      maxPageSize: largestPage,
      // Int of GraphQL: a policy without a practical limit has more.
      requestsRemaining: Math.min(Math.floor(remaining / policy.leastCharge), 2 ** 31 - 1),
      resetsAt: new Date(clock.now().getTime() + resetsIn).toISOString(),
    };
  }

  async briefly<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result> {
    const read = this.dependencies.database.read(this.tenantId);
    try {
      return await body(read);
    } finally {
      await read.close();
    }
  }

  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result> {
    return anew(this, (database, caller) => database.transact(caller, body));
  }

  lab<Result>(body: (work: LabWork) => Promise<Result>): Promise<Result> {
    return anew(this, (database, caller) => database.lab(caller, body));
  }

  close(): Promise<void> {
    // Whoever still holds the call does not hold everything that was read.
    this.held.loaders = new Loaders();
    return this.held.read.close();
  }
}

/** Writes, and takes a new snapshot. */
async function anew<Result>(call: OpenCall, write: (database: Database, caller: Caller) => Promise<Result>): Promise<Result> {
  const { database } = call.dependencies;
  const { tenantId, requestId } = call;
  await call.held.read.close();
  try {
    return await write(database, { tenantId, actor: call.actor, requestId });
  } finally {
    call.held.read = database.read(tenantId);
    call.held.loaders = new Loaders();
  }
}
