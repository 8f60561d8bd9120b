import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AsOf, Call } from '../../src/platform/graphql/call.ts';
import { Loaders } from '../../src/platform/graphql/loaders.ts';
import { datedStatement } from '../../src/platform/postgres/dated-statement.ts';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Caller } from '../../src/platform/postgres/work.ts';
import { declareLineageKind, recordDerivations, removeDerivations, type LineageDescription, type LineageRef } from '../../src/features/lineage/index.ts';
import { edgesPerNode } from '../../src/features/lineage/lineage-budget.ts';
import { createLineageEngine } from '../../src/features/lineage/lineage-engine.ts';
import { openFixture, type Fixture } from '../platform/postgres/fixture.ts';
import { distanceModel, graphs, walkModel, type ModelGraph, type ModelWalk } from './graph-model.ts';
import { momentOf } from '../../src/platform/moment.ts';

// Any id names a thing but those of the other tenant, whose edges are all there is of them.
const describe = datedStatement<LineageDescription>('things', 2, () => "select id, 'Thing' as name, null as \"occurredAt\" from unnest($2::uuid[]) id where $1::uuid is not null");
const kind = declareLineageKind({ type: 'DERIVED_VALUE', graphqlType: 'Thing', describe });
const engine = createLineageEngine([kind], []);
const rule = { name: 'test-rule', version: '1' };
let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

/** Asks in a call of its own; answers with the statements it took. */
async function asking<Answer>(body: (call: Call) => Promise<Answer>, caller: Caller = fixture.ours): Promise<{ answer: Answer; asked: readonly string[] }> {
  const read = fixture.database.read(caller.tenantId);
  const call = { tenantId: caller.tenantId, read, loaders: new Loaders(), clock: fixture.clock } as unknown as Call;
  try {
    return { answer: await body(call), asked: read.asked };
  } finally {
    await read.close();
  }
}

/** Stores a graph; the nodes' ids keep the order of their numbers. */
async function store({ size, edges }: ModelGraph): Promise<LineageRef[]> {
  const refs = Array.from({ length: size }, () => kind.ref(fixture.newId()));
  await fixture.database.transact(fixture.ours, (work) => recordDerivations(work, edges.map(({ to, from }) => ({ to: refs[to] as LineageRef, from: [refs[from] as LineageRef], relation: 'USED', rule }))));
  return refs;
}

const at = (refs: readonly LineageRef[], place: number): LineageRef => {
  const ref = refs[place];
  if (!ref) throw new Error(`there is no node ${place}`);
  return ref;
};
const places = (refs: readonly LineageRef[], nodes: readonly { ref: { id: string } }[]): number[] => nodes.map((node) => refs.findIndex((ref) => ref.id === node.ref.id)).toSorted((a, b) => a - b);
const walks = (size: number): fc.Arbitrary<ModelWalk> =>
  fc.record({ root: fc.nat(size - 1), direction: fc.constantFrom('UPSTREAM', 'DOWNSTREAM', 'BOTH'), maxDepth: fc.integer({ min: 1, max: 16 }), maxNodes: fc.integer({ min: 1, max: 16 }) });
const seen = ({ root, direction, maxDepth, maxNodes }: ModelWalk): string => `${root} ${direction} ${maxDepth} ${maxNodes}`;

test('walks find what a walk in memory finds, many in one statement, under any budget', async () => {
  const cases = graphs.chain((graph) => fc.tuple(fc.constant(graph), fc.uniqueArray(walks(graph.size), { minLength: 1, maxLength: 6, selector: seen })));
  await fc.assert(
    fc.asyncProperty(cases, async ([graph, asked]) => {
      const refs = await store(graph);
      const { answer, asked: statements } = await asking((call) => Promise.all(asked.map((walk) => engine.graph(call, at(refs, walk.root), walk, null))));
      const ways = [...new Set(asked.map(({ direction }) => direction))].join();
      expect(statements).toEqual([ways === 'UPSTREAM' ? 'lineage_walks_up' : ways === 'DOWNSTREAM' ? 'lineage_walks_down' : 'lineage_walks']);
      for (const [place, walk] of asked.entries()) {
        const expected = walkModel(graph, walk);
        const { nodes, edges, frontier, truncated, root } = answer[place] ?? expect.fail('an answer is missing');
        expect(root.ref.id).toBe(at(refs, walk.root).id);
        expect(places(refs, nodes), seen(walk)).toEqual(expected.nodes);
        expect(places(refs, frontier), seen(walk)).toEqual(expected.frontier);
        expect(truncated).toBe(expected.frontier.length > 0);
        expect(edges).toHaveLength(expected.edges);
        // Whatever derives from another stands behind it.
        const order = new Map(nodes.map(({ id }, index) => [id, index]));
        for (const { from, to } of edges) expect(order.get(from) ?? -1).toBeLessThan(order.get(to) ?? -1);
      }
    }),
    { numRuns: 100 },
  );
});

test('several relations between two take no neighbour out of a walk', async () => {
  const refs = Array.from({ length: 9 }, () => kind.ref(fixture.newId()));
  const [hub, ...others] = refs as [LineageRef, ...LineageRef[]];
  const relations = ['READ', 'USED', 'WEIGHED'];
  await fixture.database.transact(fixture.ours, (work) => recordDerivations(work, relations.flatMap((relation) => others.flatMap((other) => [{ to: hub, from: [other], relation, rule }]))));
  for (const maxNodes of [5, 9, 10, 12, 30]) {
    for (const direction of ['UPSTREAM', 'BOTH'] as const) {
      const { answer } = await asking((call) => engine.graph(call, at(refs, 0), { direction, maxDepth: 5, maxNodes }, null));
      const most = Math.min(maxNodes, relations.length * others.length);
      expect([answer.nodes.length, answer.edges.length, answer.truncated], `${direction} ${maxNodes}`).toEqual([Math.min(maxNodes, refs.length), most, most < relations.length * others.length]);
    }
  }
});

test('a path is a shortest way along edges, and is missing only where there is none', async () => {
  const cases = graphs.chain((graph) => fc.tuple(fc.constant(graph), fc.nat(graph.size - 1), fc.nat(graph.size - 1)));
  await fc.assert(
    fc.asyncProperty(cases, async ([graph, from, to]) => {
      const refs = await store(graph);
      const { answer } = await asking((call) => engine.path(call, at(refs, from), at(refs, to), { maxDepth: 20, maxNodes: 20 }, null));
      const distance = distanceModel(graph, from, to);
      expect(answer.found).toBe(distance !== null);
      expect(answer.truncated).toBe(false);
      if (distance === null) return;
      expect(answer.nodes).toHaveLength(distance + 1);
      expect(answer.edges.map((edge) => [edge.from, edge.to])).toEqual(answer.nodes.slice(1).map((node, place) => [answer.nodes[place]?.id, node.id]));
    }),
    { numRuns: 60 },
  );
});

test('a graph full of diamonds is walked once per node', async () => {
  // 40 layers of two nodes, each deriving from both below: 2^40 ways from top to bottom.
  const layers = 40;
  const edges = Array.from({ length: layers - 1 }, (_, layer) => [0, 1].flatMap((to) => [0, 1].map((from) => ({ to: 2 * (layer + 1) + to, from: 2 * layer + from })))).flat();
  const refs = await store({ size: 2 * layers, edges });
  const { answer } = await asking((call) => engine.chain(call, at(refs, 2 * layers - 1), { maxDepth: 1_000, maxNodes: 1_000 }, null));
  expect(places(refs, answer)).toEqual([...Array(2 * layers - 2).keys(), 2 * layers - 1]);
});

test('a chain of 1,000 levels is answered whole; budgets outside what is stated are refused', async () => {
  const refs = await store({ size: 1_001, edges: Array.from({ length: 1_000 }, (_, place) => ({ to: place + 1, from: place })) });
  const { answer } = await asking((call) => engine.chain(call, at(refs, 1_000), { maxDepth: 1_000, maxNodes: 2_000 }, null));
  expect(answer.map(({ ref }) => ref.id)).toEqual(refs.map(({ id }) => id));
  expect(answer.some(({ more }) => more)).toBe(false);
  const { answer: cut } = await asking((call) => engine.chain(call, at(refs, 1_000), { maxDepth: 10, maxNodes: 100 }, null));
  expect(cut.map(({ more }) => more)).toEqual([true, ...Array(10).fill(false)]);
  for (const budget of [{ maxDepth: 0, maxNodes: 1 }, { maxDepth: 1_001, maxNodes: 1 }, { maxDepth: 1, maxNodes: 0 }, { maxDepth: 1, maxNodes: 2_001 }]) {
    await expect(asking((call) => engine.chain(call, at(refs, 0), budget, null))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  }
});

test('no more edges are answered than the budget allows, and where they were cut is said', async () => {
  // Each node derives from all before it.
  const dense = (size: number): ModelGraph => ({ size, edges: Array.from({ length: size }, (_, to) => Array.from({ length: to }, (_source, from) => ({ to, from }))).flat() });
  const ask = async (size: number) => {
    const refs = await store(dense(size));
    return (await asking((call) => engine.graph(call, at(refs, size - 1), { direction: 'UPSTREAM', maxDepth: 10, maxNodes: size }, null))).answer;
  };
  const whole = await ask(30);
  expect([whole.nodes.length, whole.edges.length, whole.truncated]).toEqual([30, (30 * 29) / 2, false]);
  const cut = await ask(50);
  expect([cut.nodes.length, cut.edges.length, cut.truncated]).toEqual([50, 50 * edgesPerNode, true]);
  for (const { ref } of cut.frontier) expect(cut.edges.filter(({ to }) => to === toGlobalId(ref.type, ref.id)).length).toBeLessThan(49);
});

test('a way is found through what many derive from, and through what derives from many', async () => {
  // One result of 3,000 sources, and one source of 3,000 results.
  const many = 3_000;
  const refs = await store({ size: many + 2, edges: Array.from({ length: many }, (_, place) => ({ to: many, from: place })).concat([{ to: many + 1, from: many }]) });
  const { answer } = await asking((call) => engine.path(call, at(refs, many - 1), at(refs, many + 1), { maxDepth: 10, maxNodes: 10 }, null));
  expect(answer).toMatchObject({ found: true, truncated: false });
  expect(answer.nodes.map(({ ref }) => ref.id)).toEqual([at(refs, many - 1).id, at(refs, many).id, at(refs, many + 1).id]);
  const spread = await store({ size: many + 2, edges: Array.from({ length: many }, (_, place) => ({ to: place + 1, from: 0 })).concat([{ to: many + 1, from: many }]) });
  const { answer: other } = await asking((call) => engine.path(call, at(spread, 0), at(spread, many + 1), { maxDepth: 10, maxNodes: 10 }, null));
  expect(other.nodes.map(({ ref }) => ref.id)).toEqual([at(spread, 0).id, at(spread, many).id, at(spread, many + 1).id]);
});

test('the graph is answered as it was known at an instant', async () => {
  const past = (): string => fixture.clock.now().toISOString();
  const begun = past();
  fixture.clock.advance(1_000);
  const refs = await store({ size: 3, edges: [{ to: 1, from: 0 }, { to: 2, from: 1 }] });
  const made = past();
  fixture.clock.advance(1_000);
  await fixture.database.transact(fixture.ours, (work) => removeDerivations(work, [at(refs, 0)]));
  const chain = async (asOf: AsOf): Promise<number[]> => places(refs, (await asking((call) => engine.chain(call, at(refs, 2), { maxDepth: 10, maxNodes: 10 }, asOf))).answer);
  expect(await chain(momentOf(begun))).toEqual([2]);
  expect(await chain(momentOf(made))).toEqual([0, 1, 2]);
  expect(await chain(momentOf(past()))).toEqual([1, 2]);
  expect(await chain(null)).toEqual([1, 2]);
});

test('another tenant sees none of it', async () => {
  const refs = await store({ size: 2, edges: [{ to: 1, from: 0 }] });
  const { answer } = await asking((call) => engine.graph(call, at(refs, 1), { direction: 'BOTH', maxDepth: 5, maxNodes: 5 }, null), fixture.theirs);
  expect(answer.nodes.map(({ ref }) => ref.id)).toEqual([at(refs, 1).id as Id<'Thing'>]);
  expect(answer).toMatchObject({ edges: [], truncated: false });
});
