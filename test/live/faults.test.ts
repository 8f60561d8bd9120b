import { buildSchema, parse, type GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { FactFeed, FactListener } from '../../src/api/live/fact-feed.ts';
import { createLiveOperations } from '../../src/api/live/live-operations.ts';
import type { LiveResult } from '../../src/api/live/live-group.ts';
import { createErrorFormatter } from '../../src/api/graphql/format-error.ts';
import { createDisclosure } from '../../src/api/public-error.ts';
import type { OpenCall } from '../../src/api/open-call.ts';
import { withShared } from '../../src/api/live/broadcast-result.ts';
import { writeLiveCursor, type LiveFact, type LiveQuery } from '../../src/platform/graphql/live.ts';
import { Unavailable } from '../../src/platform/errors.ts';
import type { Id } from '../../src/platform/ids.ts';
import { until } from '../harness/program.ts';

const document = parse('subscription ($after: String) { counted(after: $after) { cursor } }');
const tenantId = '01900000-0000-7000-8000-0123456789ab' as Id<'Tenant'>;

/** A feed and a subscription that fail when they are told to. */
function setup(query: Partial<LiveQuery> = {}) {
  const listeners = new Set<FactListener>();
  const faults: unknown[] = [];
  const stored: LiveFact[] = [];
  const failing = { follow: false, history: false };
  const feed: FactFeed = {
    async follow(_tenant, listener) {
      if (failing.follow) throw new Error('the database is away');
      listeners.add(listener);
      return { position: stored.length, stop: () => void listeners.delete(listener) };
    },
    async history(_tenant, { after, upTo, limit }) {
      if (failing.history) {
        failing.history = false;
        throw new Error('the database is away');
      }
      return stored.filter(({ sequence }) => sequence > after && sequence <= upTo).slice(0, limit);
    },
    end: async () => stored.length,
    get followed() {
      return listeners.size;
    },
    close: async () => undefined,
  };
  const schema: GraphQLSchema = buildSchema('type Query { nothing: Int } type Subscription { counted(after: String): Count } type Count { cursor: String }');
  const field = schema.getSubscriptionType()?.getFields()['counted'];
  if (!field) throw new Error('the schema has no subscription');
  const asked: LiveQuery = {
    kinds: ['counted'],
    matches: () => true,
    present: async (_call, cursor) => [{ __typename: 'Count', cursor }],
    payload: (_fact, cursor) => ({ __typename: 'Count', cursor }),
    ...query,
  };
  field.subscribe = () => asked;
  field.resolve = (payload: unknown) => payload;
  const format = createErrorFormatter(createDisclosure(({ error }) => void faults.push(error)));
  const live = createLiveOperations({ schema, feed, format, mostWaiting: 8, mostReplayed: 100, onError: (error) => void faults.push(error) });
  const call = { tenantId, roles: new Set(['viewer']), close: async () => undefined } as unknown as OpenCall;
  return {
    failing,
    faults,
    followed: () => listeners.size,
    subscribe: (variables: Record<string, unknown> = {}) => live.subscribe({ document, operationName: null, variables, requestId: 'request-1', openCall: () => call }),
    happen(count: number): void {
      const facts = Array.from({ length: count }, (): LiveFact => {
        const fact = { sequence: stored.length + 1, kind: 'counted', accountId: null, occurredAt: '', data: {} };
        stored.push(fact);
        return fact;
      });
      for (const listener of listeners) listener(facts);
    },
  };
}

/** A result as it goes over the wire. */
const shown = ({ value }: IteratorResult<LiveResult>): unknown => (JSON.parse(withShared(JSON.stringify({ payload: value as unknown }))) as { payload: unknown }).payload;

describe('a fault of ours', () => {
  it('while the present state is read ends the subscription, masked, and lets everything go', async () => {
    const { subscribe, followed, faults } = setup({ present: () => Promise.reject(new Error('secret detail')) });
    const stream = await subscribe();
    await expect(stream.next()).rejects.toMatchObject({ message: expect.stringMatching(/^Something went wrong on our side.*request-1/), extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    await until('the feed is let go', () => followed() === 0);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(faults).toEqual([new Error('secret detail')]);
  });

  it('while the feed is asked refuses the subscription, and the next one may succeed', async () => {
    const { subscribe, failing } = setup();
    failing.follow = true;
    await expect(subscribe()).rejects.toThrow('the database is away');
    failing.follow = false;
    const stream = await subscribe();
    expect((await stream.next()).done).toBe(false);
    await stream.return?.();
  });

  it('in one event is told in its place, and the next ones follow', async () => {
    const { subscribe, happen, faults } = setup({
      payload(fact, cursor) {
        if (fact.sequence === 1) throw new Error('secret detail');
        return { __typename: 'Count', cursor };
      },
    });
    const stream = await subscribe();
    await stream.next();
    happen(2);
    const results = [await stream.next(), await stream.next()];
    expect(results.map(shown)).toEqual([
      { errors: [expect.objectContaining({ message: expect.stringMatching(/^Something went wrong on our side/), extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-1' } })] },
      { data: { counted: { cursor: writeLiveCursor(tenantId, 2) } } },
    ]);
    expect(faults).toEqual([new Error('secret detail')]);
    await stream.return?.();
  });

  it('of a part that is away only delays the event, and those behind it', async () => {
    let away = 2;
    const { subscribe, happen, faults } = setup({
      payload(fact, cursor) {
        if (fact.sequence === 2 && (away -= 1) >= 0) throw new Unavailable('The database cannot be reached right now.');
        return { __typename: 'Count', cursor };
      },
    });
    const stream = await subscribe();
    await stream.next();
    happen(5);
    happen(2);
    for (let sequence = 1; sequence <= 7; sequence += 1) expect(shown(await stream.next())).toEqual({ data: { counted: { cursor: writeLiveCursor(tenantId, sequence) } } });
    expect(faults.every((fault) => fault instanceof Unavailable)).toBe(true);
    await stream.return?.();
  });

  it('of a part that is away ends a replay, which the next subscription takes up', async () => {
    let away = 1;
    const { subscribe, happen } = setup({
      payload(fact, cursor) {
        if (fact.sequence === 2 && (away -= 1) >= 0) throw new Unavailable('The database cannot be reached right now.');
        return { __typename: 'Count', cursor };
      },
    });
    happen(3);
    const after = writeLiveCursor(tenantId, 1);
    const broken = await subscribe({ after });
    await expect(broken.next()).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
    const stream = await subscribe({ after });
    for (const sequence of [2, 3]) expect(shown(await stream.next())).toEqual({ data: { counted: { cursor: writeLiveCursor(tenantId, sequence) } } });
    await stream.return?.();
  });

  it('while facts are read again only delays them', async () => {
    const { subscribe, happen, failing, faults } = setup();
    const stream = await subscribe();
    await stream.next();
    failing.history = true;
    happen(20);
    for (let seen = 0; seen < 20; seen += 1) expect((await stream.next()).done).toBe(false);
    expect(faults).toEqual([new Error('the database is away')]);
    await stream.return?.();
  });
});
