import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../../src/platform/graphql/call.ts';
import { Loaders } from '../../src/platform/graphql/loaders.ts';
import { datedStatement } from '../../src/platform/postgres/dated-statement.ts';
import { declareLineageKind, recordDerivations, type LineageDescription, type LineageRef } from '../../src/features/lineage/index.ts';
import { createLineageEngine } from '../../src/features/lineage/lineage-engine.ts';
import { originClasses, rankOf } from '../../src/features/trust/index.ts';
import { openFixture, type Fixture } from '../platform/postgres/fixture.ts';
import { graphs, type ModelGraph } from '../lineage/graph-model.ts';

const describe = datedStatement<LineageDescription>('trusted_things', 2, () => "select id, 'Thing' as name, null as \"occurredAt\" from unnest($2::uuid[]) id where $1::uuid is not null");
// A node's own rank follows from its id, so that SQL and the test know it alike: 0 to 6, or none.
const kind = declareLineageKind({ type: 'DERIVED_VALUE', graphqlType: 'Thing', describe, trust: { origin: ({ node }) => `select nullif(least(('x' || substr(md5(${node}::text), 1, 1))::bit(4)::int, 7), 7)` } });
const ownRank = ({ id }: LineageRef): number | null => {
  const rank = Number.parseInt(createHash('md5').update(id).digest('hex').charAt(0), 16);
  return rank < 7 ? rank : null;
};
const engine = createLineageEngine([kind], []);
const rule = { name: 'test-rule', version: '1' };
let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

/** Everything that a node derives from, found by walking in memory. */
function upstreamOf({ edges }: ModelGraph, root: number): Set<number> {
  const seen = new Set([root]);
  for (const node of seen) for (const { to, from } of edges) if (to === node) seen.add(from);
  return seen;
}

test('trust is the minimum over everything upstream, and the way shown leads from such an observation to the node', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async (graph) => {
      const refs = Array.from({ length: graph.size }, () => kind.ref(fixture.newId()));
      const at = (node: number): LineageRef => refs[node] ?? expect.fail(`there is no node ${node}`);
      await fixture.database.transact(fixture.ours, (work) => recordDerivations(work, graph.edges.map(({ to, from }) => ({ to: at(to), from: [at(from)], relation: 'USED', rule }))));
      const read = fixture.database.read(fixture.ours.tenantId);
      const call = { tenantId: fixture.ours.tenantId, read, loaders: new Loaders(), clock: fixture.clock } as unknown as Call;
      const answers = await Promise.all(refs.map((ref) => engine.trust(call, ref, null)));
      expect(read.asked).toEqual(['lineage_trust']);
      await read.close();
      for (const [node, { level, because }] of answers.entries()) {
        const ranks = [...upstreamOf(graph, node)].flatMap((each) => ownRank(at(each)) ?? []);
        expect(level).toBe(ranks.length === 0 ? null : originClasses[Math.min(...ranks)]);
        if (level === null) {
          expect(because).toEqual([]);
          continue;
        }
        const way = because.map(({ ref }) => refs.findIndex(({ id }) => id === ref.id));
        expect(ownRank(at(way[0] ?? -1))).toBe(rankOf(level));
        expect(way.at(-1)).toBe(node);
        for (const [place, from] of way.slice(0, -1).entries()) expect(graph.edges).toContainEqual({ from, to: way[place + 1] });
      }
    }),
    { numRuns: 150 },
  );
});
