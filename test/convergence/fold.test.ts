import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPrecedence, foldStatements, judgeStatements, type Folded, type FoldRules, type SourceStatement } from '../../src/features/sources/index.ts';
import type { Id } from '../../src/platform/ids.ts';

/** How many histories of one node are folded; `npm run test:deep` folds ten times as many as it tells whole histories. */
const runs = Math.max(3_000, Number(process.env['HISTORIES'] ?? 0) * 10);
const fields = ['name', 'stage', 'amount', 'nextStep'];
const instants = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z'];
const arrival = '2026-11-21T09:00:00.000Z';

const value = fc.constantFrom<unknown>('a', 'b', 2, 10, true, null, { minor: 1, currency: 'EUR' }, ['x', 'y']);
const statement = fc.record({
  nodeId: fc.constantFrom('node', 'merged'),
  accountId: fc.constantFrom('one account', 'another'),
  source: fc.constantFrom('salesforce', 'hubspot', 'gainsight', 'jira', 'manual', 'somebody'),
  mode: fc.constantFrom('PATCH' as const, 'PATCH' as const, 'REPLACE' as const, 'RETIRE' as const),
  occurredAt: fc.constantFrom(...instants),
  modifiedAt: fc.constantFrom(null, null, instants[0] ?? null, instants[2] ?? null),
  fields: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 4 }),
});
const rules = fc.record({ nodeType: fc.constantFrom('Opportunity', 'Account', 'Ticket'), ownTime: fc.boolean() }).map((more): FoldRules => ({ ...more, fields, precedence: defaultPrecedence }));

let made = 0;
/** A statement as it is each time that it arrives: with another id, and at another instant. */
function arrive(told: typeof statement extends fc.Arbitrary<infer Told> ? Told : never): SourceStatement {
  made += 1;
  return { ...told, id: `id-${(made * 7_919) % 100_003}` as Id<'SourceStatement'>, timed: true, origin: 6, recordedAt: new Date(Date.parse(arrival) + ((made * 104_729) % 1_000)).toISOString(), subjectId: null, statedBy: 'test' };
}

/** What a fold says, without the ids that are different at each arrival. */
function said({ fields: folded, retired, accountId, occurredAt }: Folded): unknown {
  const claim = (one: Folded['retired']) => one && [one.source, one.value, one.statement.occurredAt, one.statement.modifiedAt];
  return { fields: [...folded].map(([field, { winner, claims, cleared }]) => [field, claim(winner), claims.map(claim), cleared.map(claim).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))]), retired: claim(retired), accountId, occurredAt };
}

const plan = fc.record({ told: fc.array(fc.record({ statement, keys: fc.array(fc.nat(99), { minLength: 1, maxLength: 3 }) }), { maxLength: 12 }), cuts: fc.array(fc.boolean(), { maxLength: 36 }), rules });

test('statements with a time imply one state, whatever their order, repetition and batches', () => {
  fc.assert(
    fc.property(plan, ({ told, cuts, rules: given }) => {
      const inOrder = foldStatements(told.map((each) => arrive(each.statement)), given);
      const shuffled = told.flatMap(({ statement: each, keys }) => keys.map((key) => ({ each, key }))).toSorted((one, other) => one.key - other.key).map(({ each }) => arrive(each));
      expect(said(foldStatements(shuffled, given))).toEqual(said(inOrder));
      // As the program does it: each batch is judged against what still holds of those before.
      let current: readonly SourceStatement[] = [];
      for (const batch of batchesOf(shuffled, cuts)) ({ current } = judgeStatements(current, batch, given));
      expect(said(foldStatements(current, given))).toEqual(said(inOrder));
    }),
    { numRuns: runs, seed: Number(process.env['SEED'] ?? 20_261_130) },
  );
});

function batchesOf(statements: readonly SourceStatement[], cuts: readonly boolean[]): SourceStatement[][] {
  const batches: SourceStatement[][] = [[]];
  for (const [index, each] of statements.entries()) {
    batches.at(-1)?.push(each);
    if (cuts[index] === true) batches.push([]);
  }
  return batches;
}

test('the state differs where what was said differs: else the comparison would say nothing', () => {
  const [one, other] = fc.sample(statement, { numRuns: 2, seed: 1 });
  if (!one || !other) throw new Error('there are no statements');
  const given: FoldRules = { nodeType: 'Opportunity', fields, precedence: defaultPrecedence, ownTime: false };
  const stated = { ...one, mode: 'PATCH' as const, fields: { name: 'a' } };
  expect(said(foldStatements([arrive(stated)], given))).not.toEqual(said(foldStatements([arrive({ ...stated, fields: { name: 'b' } })], given)));
  expect(said(foldStatements([arrive(stated)], given))).toEqual(said(foldStatements([arrive(stated), arrive(stated)], given)));
});
