import type { ExecutionResult } from 'graphql';
import type { LiveFact } from '../../platform/graphql/live.ts';
import type { FactFeed } from './fact-feed.ts';
import { liveEventsSent, liveExecutions } from './live-metrics.ts';
import { SharedResult } from './broadcast-result.ts';
import type { StartedSubscription } from './start-subscription.ts';
import type { Subscriber } from './subscriber.ts';

/** What a subscriber is sent: a result of its own, or one that many share. */
export type LiveResult = ExecutionResult | SharedResult;

/** Equal subscriptions: each fact is executed once for all of them. */
export interface LiveGroup {
  /** Joins; answers the place up to which facts are the subscriber's past. What comes after is pushed to it. */
  join(subscriber: Subscriber<LiveResult>): Promise<number>;
  leave(subscriber: Subscriber<LiveResult>): void;
}

/** What a group is made of. */
export interface GroupOptions {
  readonly feed: FactFeed;
  /** How many facts wait for execution in memory at most; when more come, they are read again when their turn comes. */
  readonly mostWaiting: number;
  /** Executes the subscription for facts, in one call. */
  tell(started: StartedSubscription, facts: readonly LiveFact[]): Promise<ExecutionResult[]>;
  /** The last subscriber left: nobody may join any more. */
  onEmpty(): void;
  /** The feed is no longer followed. */
  onLetGo(): void;
  onError(error: unknown): void;
}

/** How many facts are executed together, so that their reads travel in one statement per loader; few enough for readers to keep up. */
export const sliceOf = (mostWaiting: number): number => Math.max(1, Math.min(50, Math.floor(mostWaiting / 4)));
/** How many facts are read again at a time. */
const page = 500;
/** How long to wait before storage that could not be read is read again. Milliseconds. */
const retryAfter = 1_000;

/** Makes the group of a subscription, which the founder started; equal ones started alike. */
export function createLiveGroup(started: StartedSubscription, options: GroupOptions): LiveGroup {
  const { feed, mostWaiting, tell, onEmpty, onLetGo, onError } = options;
  const { query, tenantId } = started;
  const slice = sliceOf(mostWaiting);
  const subscribers = new Set<Subscriber<LiveResult>>();
  let members = 0;
  /** The place up to which the present subscribers were told. */
  let delivered = 0;
  let waiting: LiveFact[] = [];
  /** Beyond `delivered` only when more came than may wait: facts up to here are read again. */
  let rereadUpTo = 0;
  let working = false;
  const listening = (): boolean => members > 0;

  // One slice after the other: subscribers get events in the order of the chain, however long each takes to execute.
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      while (listening()) {
        if (waiting.length > 0) await deliver(waiting.splice(0, slice));
        else if (rereadUpTo > delivered) await readAgain();
        else return;
      }
    } finally {
      working = false;
    }
  };

  const start = (): void => {
    work().catch((error: unknown) => {
      onError(error);
      // A part was away; the facts lie in the storage still.
      setTimeout(start, retryAfter).unref();
    });
  };

  const readAgain = async (): Promise<void> => {
    const upTo = rereadUpTo;
    const facts = await feed.history(tenantId, { after: delivered, upTo, kinds: query.kinds, limit: page });
    const wanted = facts.filter((fact) => query.matches(fact));
    for (let place = 0; place < wanted.length && listening(); place += slice) await deliver(wanted.slice(place, place + slice));
    delivered = facts.length < page ? upTo : Math.max(delivered, facts.at(-1)?.sequence ?? upTo);
  };

  const deliver = async (facts: readonly LiveFact[]): Promise<void> => {
    liveExecutions.inc(facts.length);
    const results = await tell(started, facts).catch((error: unknown) => {
      // Nobody was told: these facts, and those behind them, are read again when their turn comes.
      rereadUpTo = Math.max(rereadUpTo, facts.at(-1)?.sequence ?? 0, waiting.at(-1)?.sequence ?? 0);
      waiting = [];
      throw error;
    });
    for (const [index, { sequence }] of facts.entries()) {
      const result = new SharedResult(results[index] ?? { data: null });
      const delivery = { sequence, result };
      let passed = 0;
      for (const subscriber of subscribers) if (subscriber.push(delivery)) passed += 1;
      // The others are counted as they are taken from their iterators.
      if (passed > 0) liveEventsSent.inc(passed);
      delivered = sequence;
    }
  };

  const following = feed.follow(tenantId, (facts) => {
    const wanted = facts.filter((fact) => query.kinds.includes(fact.kind) && query.matches(fact));
    const last = wanted.at(-1);
    if (!last) return;
    if (rereadUpTo > delivered || waiting.length + wanted.length > mostWaiting) {
      rereadUpTo = last.sequence;
      waiting = [];
    } else {
      waiting.push(...wanted);
    }
    start();
  });
  const ready = following.then(({ position }) => {
    delivered = Math.max(delivered, position);
  });

  const letGo = (): void => {
    members -= 1;
    if (members > 0) return;
    onEmpty();
    void following.then(({ stop }) => stop(), () => undefined).then(onLetGo);
  };

  return {
    async join(subscriber) {
      // Counted before anything is waited for, so that the group is not let go meanwhile.
      members += 1;
      try {
        await ready;
      } catch (error) {
        letGo();
        throw error;
      }
      subscribers.add(subscriber);
      return delivered;
    },
    leave(subscriber) {
      if (subscribers.delete(subscriber)) letGo();
    },
  };
}
