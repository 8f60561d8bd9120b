import { execute, getOperationAST, getVariableValues, GraphQLError, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { getArgumentValues } from 'graphql/execution/values.js';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { readLiveCursor, writeLiveCursor, type LiveFact, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { InvalidInput } from '../../platform/errors.ts';
import type { OpenCall } from '../open-call.ts';
import type { FormatError } from '../graphql/format-error.ts';
import type { FactFeed } from './fact-feed.ts';
import { SharedResult } from './broadcast-result.ts';
import { Subscriber } from './subscriber.ts';

/** A subscription that was admitted: parsed, validated and within the limits. */
export interface LiveOperation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Opens a call of the subscriber's own, for one execution. */
  openCall(): OpenCall;
}

/** What running subscriptions takes. */
export interface LiveOptions {
  readonly schema: GraphQLSchema;
  readonly feed: FactFeed;
  readonly format: FormatError;
  /** How many events wait for a slow reader at most before it is told that it lags. */
  readonly mostWaiting: number;
  /** How many missed events `after` replays at most; beyond that the reader is told that it lags. */
  readonly mostReplayed: number;
  onError(error: unknown): void;
}

/** Runs subscriptions; equal ones of equal callers are executed once per event, and share the bytes. */
export interface LiveOperations {
  subscribe(operation: LiveOperation): Promise<AsyncIterableIterator<ExecutionResult | SharedResult>>;
}

interface Group {
  readonly subscribers: Set<Subscriber<ExecutionResult | SharedResult>>;
  readonly started: Promise<{ position: number; stop(): void }>;
  /** The last fact that was handed to this group's subscribers; executions end in the order of the chain. */
  delivered: number;
  chain: Promise<void>;
  query: LiveQuery;
}

interface Started {
  readonly query: LiveQuery;
  readonly after: number | null;
  readonly operation: LiveOperation;
}

/** Live operations over a feed of facts. */
export function createLiveOperations(options: LiveOptions): LiveOperations {
  const { schema, feed, format } = options;
  const groups = new Map<string, Group>();

  const run = async (operation: LiveOperation, payload: LivePayload, on?: OpenCall): Promise<ExecutionResult> => {
    const call = on ?? operation.openCall();
    try {
      const result = await execute({ schema, document: operation.document, rootValue: payload, contextValue: call, variableValues: operation.variables, operationName: operation.operationName });
      return result.errors ? { ...result, errors: result.errors.map((error) => format(error, call.requestId)) } : result;
    } finally {
      if (!on) await call.close();
    }
  };
  const runFact = (started: Started, fact: LiveFact): Promise<ExecutionResult> => run(started.operation, started.query.payload(fact, writeLiveCursor(fact.sequence)));
  const runLagged = (started: Started, missed: number, resumeAfter: number): Promise<ExecutionResult> => {
    const cursor = writeLiveCursor(resumeAfter);
    return run(started.operation, { __typename: 'Lagged', cursor, missed, resumeAfter: cursor } as LivePayload);
  };

  const joinGroup = (key: string, started: Started, tenantId: OpenCall['tenantId']): Group => {
    const known = groups.get(key);
    if (known) return known;
    const group: Group = {
      subscribers: new Set(),
      delivered: 0,
      chain: Promise.resolve(),
      query: started.query,
      started: feed.follow(tenantId, (facts) => {
        const wanted = facts.filter((fact) => started.query.kinds.includes(fact.kind) && started.query.matches(fact));
        for (const fact of wanted) {
          // One after the other: subscribers get events in the order of the chain, however long each takes to execute.
          group.chain = group.chain
            .then(async () => {
              const result = new SharedResult(await runFact(started, fact));
              group.delivered = fact.sequence;
              for (const subscriber of group.subscribers) subscriber.push({ sequence: fact.sequence, result });
            })
            .catch(options.onError);
        }
      }),
    };
    groups.set(key, group);
    group.started.then(
      ({ position }) => (group.delivered = Math.max(group.delivered, position)),
      () => groups.delete(key),
    );
    return group;
  };

  const leave = (key: string, group: Group): void => {
    if (group.subscribers.size > 0 || groups.get(key) !== group) return;
    groups.delete(key);
    void group.started.then(({ stop }) => stop());
  };

  return {
    async subscribe(operation) {
      const call = operation.openCall();
      const started = await start(schema, operation, call).finally(() => call.close());
      const key = groupKey(operation, call);
      const group = joinGroup(key, started, call.tenantId);
      const subscriber = new Subscriber<ExecutionResult | SharedResult>({
        most: options.mostWaiting,
        lagged: (missed, resumeAfter) => runLagged(started, missed, resumeAfter),
        onClose() {
          group.subscribers.delete(subscriber);
          leave(key, group);
        },
      });
      await group.started;
      // The subscriber joins behind `delivered`: what came before is its past, what comes after is pushed to it.
      group.subscribers.add(subscriber);
      return inTurn(begin(started, group.delivered), subscriber);
    },
  };

  /** What a subscriber is told first: the present state, or what it missed. */
  async function* begin(started: Started, joinedAt: number): AsyncGenerator<ExecutionResult> {
    // Opened after joining: its snapshot holds at least everything up to `joinedAt`.
    const call = started.operation.openCall();
    try {
      if (started.after === null) {
        const payloads = await started.query.present(call, writeLiveCursor(joinedAt));
        for (const payload of payloads) yield await run(started.operation, payload, call);
        return;
      }
      if (started.after > joinedAt) throw new InvalidInput('This cursor lies ahead of everything that happened. Use the cursor of an event of this tenant.', ['after']);
      yield* replay(started, call, joinedAt);
    } finally {
      await call.close();
    }
  }

  async function* replay(started: Started, call: OpenCall, upTo: number): AsyncGenerator<ExecutionResult> {
    let after = started.after ?? upTo;
    let told = 0;
    for (;;) {
      const facts = await feed.history(call.tenantId, { after, upTo, kinds: started.query.kinds, limit: 500 });
      for (const fact of facts.filter((each) => started.query.matches(each))) {
        told += 1;
        if (told <= options.mostReplayed) yield await runFact(started, fact);
      }
      const last = facts.at(-1);
      if (!last || facts.length < 500) break;
      after = last.sequence;
    }
    if (told > options.mostReplayed) yield runLagged(started, told - options.mostReplayed, upTo);
  }
}

/** One stream after the other. Unlike an async generator it ends at once when it is told to, also while it waits. */
function inTurn<Result>(first: AsyncGenerator<Result>, then: Subscriber<Result>): AsyncIterableIterator<Result> {
  let beginning = true;
  return {
    async next() {
      if (beginning) {
        const item = await first.next();
        if (!item.done) return item;
        beginning = false;
      }
      return then.next();
    },
    async return() {
      beginning = false;
      void first.return(undefined);
      return then.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Asks the subscription's field what it wants; throws what it refuses. */
async function start(schema: GraphQLSchema, operation: LiveOperation, call: OpenCall): Promise<Started> {
  const definition = getOperationAST(operation.document, operation.operationName);
  const node = definition?.selectionSet.selections[0];
  const type = schema.getSubscriptionType();
  if (!definition || node?.kind !== 'Field' || !type) throw new InvalidInput('A subscription must select exactly one field by its name.');
  const field = type.getFields()[node.name.value];
  if (!field?.subscribe) throw new InvalidInput('There is no such subscription.');
  const { coerced, errors } = getVariableValues(schema, definition.variableDefinitions ?? [], operation.variables);
  if (errors) throw errors[0] ?? new GraphQLError('The variables cannot be taken.');
  const args = getArgumentValues(field, node, coerced);
  const after = typeof args['after'] === 'string' ? readLiveCursor(args['after']) : null;
  const query = (await field.subscribe(null, args, call, null as never)) as unknown as LiveQuery;
  return { query, after, operation };
}

/** Who shares an execution: same tenant, same roles, same document and variables; where they began makes no difference. */
function groupKey(operation: LiveOperation, call: OpenCall): string {
  const { document, operationName, variables } = operation;
  const text = document.loc?.source.body ?? '';
  return canonicalJson([call.tenantId, [...call.roles].sort(), text, operationName, { ...variables, after: undefined }]);
}
