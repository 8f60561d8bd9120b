import type { ExecutionResult } from 'graphql';
import type { LiveFact } from '../../platform/graphql/live.ts';
import type { FactFeed } from './fact-feed.ts';
import { liveExecutions } from './live-metrics.ts';
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
  /** How many facts wait for execution at most; more are left out, and every subscriber is told so. */
  readonly mostWaiting: number;
  /** Executes the subscription for facts, in one call. */
  tell(started: StartedSubscription, facts: readonly LiveFact[]): Promise<ExecutionResult[]>;
  /** The last subscriber left: nobody may join any more. */
  onEmpty(): void;
  /** The feed is no longer followed. */
  onLetGo(): void;
  onError(error: unknown): void;
}

/** How many facts are executed together: their reads travel in one statement per loader. */
export const slice = 50;

/** Makes the group of a subscription, which the founder started; equal ones started alike. */
export function createLiveGroup(started: StartedSubscription, options: GroupOptions): LiveGroup {
  const { feed, mostWaiting, tell, onEmpty, onLetGo, onError } = options;
  const { query, tenantId } = started;
  const subscribers = new Set<Subscriber<LiveResult>>();
  let members = 0;
  /** The place up to which the present subscribers were told. */
  let delivered = 0;
  let waiting: LiveFact[] = [];
  let leftOut: { count: number; upTo: number } | null = null;
  let working = false;

  // One slice after the other: subscribers get events in the order of the chain, however long each takes to execute.
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      for (;;) {
        const facts = waiting.splice(0, slice);
        if (facts.length === 0 && !leftOut) return;
        if (facts.length === 0) sayLeftOut();
        else if (members > 0) await deliver(facts);
      }
    } finally {
      working = false;
    }
  };

  const deliver = async (facts: readonly LiveFact[]): Promise<void> => {
    liveExecutions.inc(facts.length);
    const results = await tell(started, facts);
    for (const [index, { sequence }] of facts.entries()) {
      const result = new SharedResult(results[index] ?? { data: null });
      for (const subscriber of subscribers) subscriber.push({ sequence, result });
      delivered = sequence;
    }
  };

  const sayLeftOut = (): void => {
    if (!leftOut) return;
    const { count, upTo } = leftOut;
    leftOut = null;
    for (const subscriber of subscribers) subscriber.miss(count, upTo);
    delivered = upTo;
  };

  const following = feed.follow(tenantId, (facts) => {
    const wanted = facts.filter((fact) => query.kinds.includes(fact.kind) && query.matches(fact));
    const last = wanted.at(-1);
    if (!last) return;
    if (leftOut || waiting.length + wanted.length > mostWaiting) {
      leftOut = { count: (leftOut?.count ?? 0) + waiting.length + wanted.length, upTo: last.sequence };
      waiting = [];
    } else {
      waiting.push(...wanted);
    }
    void work().catch(onError);
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
