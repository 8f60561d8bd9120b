import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { originClasses, type OriginClass } from '../../src/features/trust/index.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { merging } from '../identity/arrange.ts';
import { scoringTools } from '../scoring/arrange.ts';

let program: Arranged;
const { rescoreAll } = scoringTools(() => program);
beforeAll(async () => {
  // Nobody else counts, rescores or takes snapshots meanwhile.
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
});
afterAll(() => program.close());

type Step =
  | { readonly kind: 'tell'; readonly to: 0 | 1; readonly origins: readonly OriginClass[] }
  | { readonly kind: 'publish' | 'retire' | 'merge' | 'traits' };

/** Classes are high, mostly: a score that is ANONYMOUS at once never falls again. */
const origin: fc.Arbitrary<OriginClass> = fc.oneof({ weight: 8, arbitrary: fc.constant('SIGNED_SYSTEM' as const) }, { weight: 2, arbitrary: fc.constantFrom(...originClasses) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tell' as const), to: fc.constantFrom(0 as const, 1 as const), origins: fc.array(origin, { minLength: 1, maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('publish' as const, 'retire' as const, 'merge' as const, 'traits' as const) }) },
);

let made = 0;
interface ShownLineage {
  readonly truncated: boolean;
  readonly root: { readonly trust: { readonly level: OriginClass | null; readonly because: readonly { readonly trust: { readonly level: OriginClass | null } }[] } };
  readonly nodes: readonly { readonly id: string; readonly node: { readonly origin?: OriginClass; readonly trust?: { readonly level: OriginClass } } | null }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly relation: string }[];
}

/** What `trust` says, and the minimum over what the lineage shows that the value of now is made of. */
async function both(id: string): Promise<{ readonly naive: OriginClass | null; readonly told: OriginClass | null; readonly first: OriginClass | null }> {
  const { lineage } = await program.see<{ lineage: ShownLineage }>(
    `query($id: ID!) { lineage(of: $id, maxDepth: 1000, maxNodes: 300) { truncated root { trust { level because { trust { level } } } } edges { from to relation }
      nodes { id node { ... on SourceStatement { origin } ... on Signal { trust { level } } } } } }`, { id });
  expect(lineage.truncated).toBe(false);
  const made = madeOf(id, lineage);
  const ranks = lineage.nodes.filter((each) => made.has(each.id)).flatMap(({ node }) => node?.origin ?? node?.trust?.level ?? []).map((each) => originClasses.indexOf(each));
  return { naive: ranks.length === 0 ? null : (originClasses[Math.min(...ranks)] ?? null), told: lineage.root.trust.level, first: lineage.root.trust.because[0]?.trust.level ?? null };
}

/** The items that a value is made of: a score that replaced the one before took nothing from it, and is fitted to its latest traits only. */
function madeOf(root: string, { edges }: ShownLineage): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (id: string, isFitted: boolean): void => {
    if (found.has(id)) return;
    found.add(id);
    const own = edges.filter(({ to, relation }) => to === id && relation !== 'REPLACED' && !(isFitted && relation === 'FITTED'));
    const fits = isFitted || own.some(({ relation }) => relation === 'FITTED');
    for (const { from, relation } of own) visit(from, relation === 'CONTINUED' && fits);
  };
  visit(root, false);
  return found;
}

test('whatever happens to scores, their trust is the minimum over what they are made of', async () => {
  let weight = 10;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
      made += 1;
      const names = [`one-${made}`, `other-${made}`];
      const accounts = [await program.account(names[0] ?? '', { industry: 'Retail' }), await program.account(names[1] ?? '', { industry: 'Retail' })];
      let told = 0;
      for (const each of steps) {
        program.clock.advance(60_000);
        if (each.kind === 'tell') {
          await program.ingest(each.origins.map((stated) => ({ account: { externalRef: crm(names[each.to] ?? '') }, type: 'meeting', source: 'test', sourceEventId: `${made}-${(told += 1)}`, origin: stated })));
        } else if (each.kind === 'traits') {
          await program.upsertAccounts([{ externalRef: crm(names[0] ?? ''), industry: `Industry ${(told += 1)}`, origin: originClasses[told % originClasses.length] }]);
        } else if (each.kind === 'publish') {
          const published = await program.query(`mutation { publishScoringModel(input: { signalTypes: [{ type: "meeting", weight: ${(weight += 1)}, halfLifeHours: 100 }] icp: { industries: ["Retail"], mismatchFactor: 0.5 } }) { __typename } }`, {}, { role: 'admin' });
          expect(published.errors).toBeUndefined();
          await rescoreAll();
        } else if (each.kind === 'retire') {
          for (const field of ['retireRecords(input: { ids: [$id], reason: "test" })', 'restoreRecords(input: { ids: [$id] })']) {
            expect((await program.query(`mutation($id: ID!) { ${field} { __typename } }`, { id: accounts[1] }, { role: 'admin' })).errors).toBeUndefined();
            await program.settled();
            program.clock.advance(60_000);
          }
        } else {
          const { merge, unmerge } = merging(program, 'Account');
          const merged = await merge(accounts[0] ?? '', accounts[1] ?? '');
          await program.settled();
          program.clock.advance(60_000);
          expect(await unmerge(merged.id)).toBeDefined();
        }
        await program.settled();
      }
      const points = await program.rows('select id from score_point where account_id in (select node_id from external_ref where external_id = any($1))', [names]);
      for (const id of [...accounts, ...points.map((row) => toGlobalId('ScorePoint', String(row['id'])))]) {
        const { naive, told: trust, first } = await both(id);
        expect(trust, JSON.stringify(steps)).toBe(naive);
        expect(first).toBe(trust);
      }
    }),
    { numRuns: 10 },
  );
}, 240_000);
