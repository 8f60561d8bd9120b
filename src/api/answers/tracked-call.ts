import type { Caches } from '../../platform/cache/caches.ts';
import type { Clock } from '../../platform/clock.ts';
import type { CallLimits, VendorChecks } from '../../platform/graphql/call.ts';
import type { Bus } from '../../platform/events/bus.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import type { OutsideRecords } from '../../platform/outside-records.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import type { TrustedKeys } from '../../platform/signing.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { OpenCall } from '../open-call.ts';
import { tenantVersion } from './tenant-version.ts';

/** What an execution turned out to depend on beside its request, the caller's roles and the tenant's rows. */
export interface Dependencies {
  /** False once it has used what no version tells of: who the caller is, its limits, the bus, another snapshot, a transaction. */
  isKeepable: boolean;
  /** The first instant that was read from the clock, in epoch milliseconds; null: the answer does not depend on time. */
  readAt: number | null;
  /** The estimated cost; null until the operation was admitted. */
  cost: number | null;
  /** The version of the tenant's audit chain in the operation's own snapshot; null where it read none. */
  version: Promise<number | null> | null;
}

/**
 * A call that notes what its execution depends on, so that its answer is kept only where all of that is known. Resolvers
 * reach everything through their call; what it hands out without a note is the tenant's rows, or never changes.
 */
export class TrackedCall extends OpenCall {
  readonly depends: Dependencies = { isKeepable: true, readAt: null, cost: null, version: null };

  /** Reads the chain's version in the snapshot that the operation will read from. Called once it is known to be a query. */
  readVersion(): void {
    const reading = this.read.rows(tenantVersion, [this.tenantId]).then(([row]) => row?.version ?? 0);
    this.depends.version = reading.catch(() => null);
  }

  override get actor(): Actor {
    this.depends.isKeepable = false;
    return super.actor;
  }

  override get clock(): Clock {
    const { depends } = this;
    const clock = super.clock;
    return {
      now() {
        const now = clock.now();
        depends.readAt ??= now.getTime();
        return now;
      },
    };
  }

  /** Rows alone: another cache may be a moment behind the snapshot, and what is kept here would be for good. */
  override get caches(): Caches {
    return { ...super.caches, through: (_cache, { keys, load }) => load([...keys.keys()]) };
  }

  override get llm(): Llm {
    this.depends.isKeepable = false;
    return super.llm;
  }

  override get outsideRecords(): OutsideRecords {
    this.depends.isKeepable = false;
    return super.outsideRecords;
  }

  override get vendors(): VendorChecks {
    this.depends.isKeepable = false;
    return super.vendors;
  }

  /** Keys come and go with the installation, not with the tenant. */
  override get trustedKeys(): TrustedKeys {
    this.depends.isKeepable = false;
    return super.trustedKeys;
  }

  override get bus(): Pick<Bus, 'read'> {
    this.depends.isKeepable = false;
    return super.bus;
  }

  override limits(): CallLimits {
    this.depends.isKeepable = false;
    return super.limits();
  }

  override briefly<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result> {
    this.depends.isKeepable = false;
    return super.briefly(body);
  }

  override transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result> {
    this.depends.isKeepable = false;
    return super.transact(body);
  }

  override lab<Result>(body: (work: LabWork) => Promise<Result>): Promise<Result> {
    this.depends.isKeepable = false;
    return super.lab(body);
  }
}
