import { gauge, histogram } from '../../platform/metrics.ts';
import { LimitExceeded } from '../../platform/errors.ts';
import { callerKey, type Charged } from './charges.ts';
import { CpuShares, type CpuShare } from './cpu-shares.ts';
import { Lane, Presence } from './fair-lane.ts';
import { WaitingTurns } from './waiting-turns.ts';

/** How much may run and wait in one process. */
export interface TurnPolicy {
  /** Operations under way in the process. */
  readonly running: number;
  /** Of one tenant; below the number of database connections, so that others find one. */
  readonly runningOfTenant: number;
  readonly runningOfCaller: number;
  /** Operations of one caller, and of one tenant, that wait for their turn. */
  readonly waitingOfCaller: number;
  readonly waitingOfTenant: number;
  /** Milliseconds after which an operation that waits is refused. */
  readonly patience: number;
}

/** An operation's turn. */
export interface Turn {
  /** Resolves when the operation may run; rejects with `LimitExceeded` when it waited too long. Null: at once. */
  readonly started: Promise<void> | null;
  /** Attributes work that blocked the event loop, and says how long it took. */
  measured(milliseconds: number): void;
  /** Says what the operation will cost, once that is estimated. */
  weigh(cost: number): void;
  /** Gives the turn back, or leaves the queue; only the first call counts. */
  end(): void;
}

/** Lets operations run in turns that are fair between tenants, and between the callers of one. */
export interface FairTurns {
  /** Queues an operation. Throws `LimitExceeded` when too many of the caller or its tenant wait already. */
  take(caller: Charged): Turn;
}

const waits = histogram('api_turn_wait_seconds', 'Seconds that operations waited for their turn. A rise means that a tenant or a caller asks more than its share while others are active.', [], [0.001, 0.01, 0.1, 1, 10]);
const running = gauge('api_turns_running', 'Operations under way in this process. A rise means that operations take longer or that more arrive.', []);
const waiting = gauge('api_turns_waiting', 'Operations that wait for their turn in this process. A rise means that a tenant or a caller asks more than its share.', []);

/** Weight of an operation that is not estimated yet. */
const unknownCost = 100;

/**
 * Turns within one process. One event loop serves everybody: what one operation spends, all others wait for. So each
 * tenant has a queue, and in it each caller; those who wait are served round robin. While others are active, a tenant
 * and a caller may start their next operation only after a pause of one to two times the CPU that their last one took;
 * so at least half of the event loop's time is left to the others. Alone, a caller may use the whole process.
 */
export function createFairTurns(policy: TurnPolicy): FairTurns {
  const shares = new CpuShares();
  const lanes = new Map<string, Lane>();
  const queue = new WaitingTurns();
  const presence = { tenants: new Presence(), callers: new Presence() };
  let under = 0;
  let timer: NodeJS.Timeout | null = null;

  const laneOf = (key: string): Lane => {
    let lane = lanes.get(key);
    if (!lane) lanes.set(key, (lane = new Lane()));
    return lane;
  };
  const forget = (key: string): void => {
    const lane = lanes.get(key);
    if (lane && lane.running === 0 && lanes.size > 10_000 && lane.notBefore < performance.now()) lanes.delete(key);
  };
  /** Milliseconds until a lane may start another; 0: now. Infinity: when one of its operations ends. */
  const delayOf = (lane: Lane, most: number, now: number): number => (lane.running >= most ? Infinity : Math.max(0, lane.notBefore - now));

  const dispatch = (): void => {
    const now = performance.now();
    let next = Infinity;
    while (under < policy.running) {
      const found = queue.next(
        (tenant) => delayOf(laneOf(tenant), policy.runningOfTenant, now),
        (caller) => delayOf(laneOf(caller), policy.runningOfCaller, now),
      );
      if (found.turn) found.turn.start();
      else {
        next = found.delay;
        break;
      }
    }
    waiting.set(queue.size);
    if (timer) clearTimeout(timer);
    timer = Number.isFinite(next) ? setTimeout(dispatch, Math.ceil(next)) : null;
  };

  return {
    take(caller) {
      const names = { tenant: `{${caller.tenantId}}`, caller: callerKey(caller) };
      const arrived = performance.now();
      const contended = { tenant: presence.tenants.othersThan(names.tenant, arrived), caller: presence.callers.othersThan(names.caller, arrived) };
      let share: CpuShare | null = null;
      let finish: () => void = () => undefined;
      let ended = false;

      const begin = (): void => {
        const now = performance.now();
        const [ofTenant, ofCaller] = [laneOf(names.tenant), laneOf(names.caller)];
        const started = { tenant: ofTenant.start(now, contended.tenant), caller: ofCaller.start(now, contended.caller) };
        const mine = shares.open(unknownCost);
        share = mine;
        under += 1;
        running.set(under);
        waits.observe((now - arrived) / 1_000);
        finish = () => {
          const spent = shares.close(mine);
          ofTenant.end(started.tenant, spent);
          ofCaller.end(started.caller, spent);
          under -= 1;
          running.set(under);
          forget(names.tenant);
          forget(names.caller);
          if (queue.size > 0) dispatch();
        };
      };
      const turn = {
        measured: (milliseconds: number) => void (share && shares.measured(share, milliseconds)),
        weigh: (cost: number) => void (share && shares.weigh(share, Math.max(1, cost))),
        end() {
          if (ended) return;
          ended = true;
          finish();
        },
      };

      const [tenant, own] = [laneOf(names.tenant), laneOf(names.caller)];
      const free = under < policy.running && !queue.holds(names.caller) && delayOf(tenant, policy.runningOfTenant, arrived) === 0 && delayOf(own, policy.runningOfCaller, arrived) === 0;
      if (free) {
        begin();
        return { ...turn, started: null };
      }
      if (queue.countOf(names.tenant, names.caller) >= policy.waitingOfCaller || queue.countOf(names.tenant) >= policy.waitingOfTenant) throw tooMany();
      const started = new Promise<void>((resolve, reject) => {
        const entry = {
          start() {
            clearTimeout(late);
            begin();
            resolve();
          },
        };
        const late = setTimeout(() => {
          ended = true;
          queue.remove(names.tenant, names.caller, entry);
          reject(tooMany());
        }, policy.patience);
        // Left before it started: nothing waits for it any more.
        finish = () => {
          clearTimeout(late);
          queue.remove(names.tenant, names.caller, entry);
          resolve();
        };
        queue.add(names.tenant, names.caller, entry);
      });
      dispatch();
      return { ...turn, started };
    },
  };
}

function tooMany(): LimitExceeded {
  return new LimitExceeded('Too many requests at once. Send fewer at the same time; retry after 1 s.', 1);
}
