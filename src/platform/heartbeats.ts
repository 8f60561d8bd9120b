import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Clock } from './clock.ts';
import { within } from './within.ts';

/** A part that a process plays. */
export interface Worker {
  /** One per process and start. */
  readonly id: string;
  readonly role: string;
  /** The process's id on its host. */
  readonly process: number;
  readonly host: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** A worker as it was last heard of. */
export interface SeenWorker extends Worker {
  /** `dead`: it has not been heard of for too long, and did not say goodbye. */
  readonly status: 'running' | 'dead';
  /** RFC 3339. */
  readonly lastSeenAt: string;
}

/** Where workers of all processes are heard of. Each call throws `Unavailable` when it is away. */
export interface WorkerRegistry {
  readonly kind: string;
  beat(workers: readonly Worker[], at: string): Promise<void>;
  /** Takes workers off that end in order. */
  leave(workers: readonly Worker[]): Promise<void>;
  list(): Promise<SeenWorker[]>;
}

/** How often workers give a sign of life, when they count as dead, and when dead ones are forgotten. Milliseconds. */
export interface HeartbeatPace {
  readonly every: number;
  readonly deadAfter: number;
  readonly forgetAfter: number;
}

/** The usual pace: two signs may be lost. */
export const usualPace: HeartbeatPace = { every: 5_000, deadAfter: 15_000, forgetAfter: 600_000 };

/** Every worker that is known of, and where that is known from. */
export interface WorkerList {
  readonly workers: readonly SeenWorker[];
  /** `in-process`: only this process's own are known. `down`: the others could not be asked for. */
  readonly registry: { readonly kind: string; readonly status: 'up' | 'down' };
}

/** The heartbeats of one process: one per role. */
export interface Heartbeats {
  list(): Promise<WorkerList>;
  stop(): Promise<void>;
}

/** What heartbeats are made of. */
export interface HeartbeatOptions {
  readonly roles: readonly string[];
  /** Null: no other process is heard of. */
  readonly registry: WorkerRegistry | null;
  readonly clock: Clock;
  readonly pace?: HeartbeatPace | undefined;
}

/** Begins to give signs of life. A registry that is away is tried again at the next beat. */
export function startHeartbeats({ roles, registry, clock, pace = usualPace }: HeartbeatOptions): Heartbeats {
  const now = (): string => clock.now().toISOString();
  const host = hostname();
  const id = `${host}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const startedAt = now();
  const own = roles.map((role): Worker => ({ id, role, process: process.pid, host, startedAt }));
  let beating: Promise<void> | null = null;
  const beat = (): void => {
    beating ??= (registry?.beat(own, now()) ?? Promise.resolve()).catch(() => undefined).finally(() => (beating = null));
  };
  beat();
  const timer = setInterval(beat, pace.every);
  timer.unref();

  return {
    async list() {
      const mine = own.map((worker): SeenWorker => ({ ...worker, status: 'running', lastSeenAt: now() }));
      if (!registry) return { workers: mine, registry: { kind: 'in-process', status: 'up' } };
      try {
        const others = (await within(800, registry.list(), 'The registry of workers')).filter((worker) => worker.id !== id);
        return { workers: [...mine, ...others], registry: { kind: registry.kind, status: 'up' } };
      } catch {
        return { workers: mine, registry: { kind: registry.kind, status: 'down' } };
      }
    },
    async stop() {
      clearInterval(timer);
      // A beat under way would put back what leaves.
      await beating;
      await registry?.leave(own).catch(() => undefined);
    },
  };
}
