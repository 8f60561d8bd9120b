import { execute, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { InvalidInput, Unavailable } from '../../platform/errors.ts';
import { writeLiveCursor, type LiveFact, type LivePayload } from '../../platform/graphql/live.ts';
import { firstTimeline, type Timeline } from '../../platform/postgres/timeline.ts';
import type { FormatError } from '../graphql/format-error.ts';
import type { OpenCall } from '../open-call.ts';
import type { FactFeed } from './fact-feed.ts';
import { createLiveGroup, sliceOf, type LiveGroup, type LiveResult } from './live-group.ts';
import { liveEventsSent, liveGroups, liveLagged, liveSubscribers, liveTenants } from './live-metrics.ts';
import { startSubscription, type LiveOperation, type StartedSubscription } from './start-subscription.ts';
import { Subscriber, type Pass } from './subscriber.ts';

/** What running subscriptions takes. */
export interface LiveOptions {
  readonly schema: GraphQLSchema;
  readonly feed: FactFeed;
  readonly format: FormatError;
  /** How many events wait for a slow reader at most before it is told that it lags. */
  readonly mostWaiting: number;
  /** How many missed events `after` replays at most; beyond that the reader is told that it lags. */
  readonly mostReplayed: number;
  /** Cursors are places of a timeline; absent: nothing was ever restored. */
  readonly timeline?: Timeline;
  onError(error: unknown): void;
}

/** Runs subscriptions; equal ones of equal callers are executed once per event, and share the bytes. */
export interface LiveOperations {
  /** `pass` is the short way of results to a client that has read everything so far. */
  subscribe(operation: LiveOperation, pass?: Pass<LiveResult>): Promise<AsyncIterableIterator<LiveResult>>;
}

/** How many facts of the past are read at a time. */
const page = 500;

/** Live operations over a feed of facts. */
export function createLiveOperations(options: LiveOptions): LiveOperations {
  const { schema, feed, format, mostWaiting, mostReplayed, timeline = firstTimeline, onError } = options;
  const groups = new Map<string, LiveGroup>();
  const slice = sliceOf(mostWaiting);

  /**
   * Executes the operation for each payload, all on one call. A payload that fails is told as an error in its place; but
   * when a part was away, nothing was told at all, and the whole is to be executed again.
   */
  const run = async (operation: LiveOperation, payloads: (call: OpenCall) => Promise<readonly (() => LivePayload)[]>): Promise<ExecutionResult[]> => {
    const { document, operationName, variables, requestId } = operation;
    const call = operation.openCall();
    const one = async (payload: () => LivePayload): Promise<ExecutionResult> => {
      try {
        const result = await execute({ schema, document, rootValue: payload(), contextValue: call, variableValues: variables, operationName });
        return result.errors ? { ...result, errors: result.errors.map((error) => format(error, requestId)) } : result;
      } catch (error) {
        return { errors: [format(error, requestId)] };
      }
    };
    try {
      const results = await Promise.all((await payloads(call)).map(one));
      const away = results.flatMap(({ errors = [] }) => errors).find(({ extensions }) => extensions['code'] === 'UNAVAILABLE' || extensions['code'] === 'STORAGE_FULL');
      if (away) throw new Unavailable(away.message);
      return results;
    } finally {
      await call.close();
    }
  };
  const cursorAt = ({ tenantId }: StartedSubscription, sequence: number): string => writeLiveCursor(tenantId, sequence, timeline.id);
  const tell = (started: StartedSubscription, facts: readonly LiveFact[]): Promise<ExecutionResult[]> =>
    run(started.operation, async () => facts.map((fact) => () => started.query.payload(fact, cursorAt(started, fact.sequence))));
  const tellPresent = (started: StartedSubscription, joinedAt: number): Promise<ExecutionResult[]> =>
    run(started.operation, async (call) => (await started.query.present(call, cursorAt(started, joinedAt))).map((payload) => () => payload));
  const tellLagged = async (started: StartedSubscription, missed: number, resumeAfter: number): Promise<ExecutionResult> => {
    liveLagged.inc();
    const cursor = cursorAt(started, resumeAfter);
    const lagged = { __typename: 'Lagged', cursor, missed, resumeAfter: cursor };
    const [result] = await run(started.operation, async () => [() => lagged]);
    return result ?? { data: null };
  };

  const groupOf = (started: StartedSubscription): LiveGroup => {
    const { key } = started;
    const known = groups.get(key);
    if (known) return known;
    const group = createLiveGroup(started, {
      feed,
      mostWaiting,
      tell,
      onError,
      onEmpty() {
        if (groups.get(key) === group) groups.delete(key);
      },
      onLetGo: () => measure(),
    });
    groups.set(key, group);
    return group;
  };

  const measure = (): void => {
    liveGroups.set(groups.size);
    liveTenants.set(feed.followed);
  };

  return {
    async subscribe(operation, pass) {
      const started = await startSubscription(schema, operation, timeline);
      const { after, tenantId } = started;
      if (after !== null && after > (await feed.end(tenantId))) {
        throw new InvalidInput('This cursor lies ahead of everything that happened. Use the cursor of an event of this tenant.', ['after']);
      }
      const group = groupOf(started);
      const subscriber = new Subscriber<LiveResult>({
        most: mostWaiting,
        // A cursor of another process may lie ahead of what this one has delivered.
        after: after ?? 0,
        pass,
        lagged: (missed, resumeAfter) => tellLagged(started, missed, resumeAfter),
        onClose() {
          liveSubscribers.dec();
          group.leave(subscriber);
        },
      });
      const joinedAt = await group.join(subscriber);
      liveSubscribers.inc();
      measure();
      return inTurn(begin(started, joinedAt), subscriber, (error) => format(error, operation.requestId));
    },
  };

  /** What a subscriber is told first: the present state, or what it missed. */
  async function* begin(started: StartedSubscription, joinedAt: number): AsyncGenerator<ExecutionResult> {
    // Executed after joining, on a snapshot that holds at least everything up to `joinedAt`; and nothing is held while
    // the subscriber reads.
    if (started.after === null) yield* await tellPresent(started, joinedAt);
    else yield* replay(started, started.after, joinedAt);
  }

  async function* replay(started: StartedSubscription, from: number, upTo: number): AsyncGenerator<ExecutionResult> {
    const { query, tenantId } = started;
    let after = from;
    let found = 0;
    for (;;) {
      const facts = await feed.history(tenantId, { after, upTo, kinds: query.kinds, limit: page });
      const wanted = facts.filter((fact) => query.matches(fact));
      const told = wanted.slice(0, Math.max(0, mostReplayed - found));
      found += wanted.length;
      for (let place = 0; place < told.length; place += slice) yield* await tell(started, told.slice(place, place + slice));
      const last = facts.at(-1);
      if (!last || facts.length < page) break;
      after = last.sequence;
    }
    if (found > mostReplayed) yield tellLagged(started, found - mostReplayed, upTo);
  }
}

/**
 * One stream after the other. Unlike an async generator it ends at once when it is told to, also while it waits; and
 * when the first fails, the second is let go.
 */
function inTurn<Result>(first: AsyncGenerator<Result>, then: Subscriber<Result>, format: (error: unknown) => Error): AsyncIterableIterator<Result> {
  let beginning = true;
  return {
    async next() {
      try {
        const begun = beginning ? await first.next() : null;
        const item = begun && !begun.done ? begun : await then.next();
        if (begun?.done) beginning = false;
        if (!item.done) liveEventsSent.inc();
        return item;
      } catch (error) {
        await then.return();
        throw format(error);
      }
    },
    async return() {
      beginning = false;
      first.return(undefined).catch(() => undefined);
      return then.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
