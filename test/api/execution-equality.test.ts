import * as fc from 'fast-check';
import { execute, NoUnusedVariablesRule, parse, specifiedRules, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunCompiled } from '../../src/api/graphql/compile-operations.ts';
import { generateRequest } from './generated-documents.ts';
import { mockGraph, type MockContext } from './mock-graph.ts';

/** How many generated documents are run; `npm run test:deep` runs many more. */
const documents = Number(process.env['DOCUMENTS'] ?? 400);
const schema = mockGraph();
// Operations of one document share its variables here, and do not all use them.
const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule);

// Where an item of a list fails at once beside one that fails later, graphql-js leaves the later rejection unhandled.
let listeners: NodeJS.UnhandledRejectionListener[] = [];
beforeAll(() => {
  listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', () => undefined);
});
afterAll(() => {
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
});

test('generated documents give the same result compiled and interpreted', { timeout: 3_600_000 }, async () => {
  let [valid, compiled, erroneous] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.constantFrom(0, 0, 0, 20), async (seed, faults) => {
      const { source, operationName, variables } = generateRequest(schema, seed);
      const document = parse(source);
      fc.pre(validate(schema, document, rules, { maxErrors: 1 }).length === 0);
      valid += 1;
      const contextValue: MockContext = { seed, faults };
      const interpreted = await execute({ schema, document, operationName, variableValues: variables, contextValue });
      if (interpreted.errors) erroneous += 1;
      const run = createRunCompiled(schema);
      const execution = { document, operationName, variables, contextValue };
      expect(await run(execution), 'the first time a document is interpreted').toBeNull();
      for (const time of ['second', 'third']) {
        const answer = await run(execution);
        if (answer === null) continue;
        compiled += 1;
        // As text: it shows the order of keys, and a key `__proto__`.
        expect(answer.toString(), `${time} execution of\n${source}\n${JSON.stringify(variables)}`).toBe(`${JSON.stringify(interpreted)}\n`);
      }
    }),
    { numRuns: documents, seed: Number(process.env['SEED'] ?? 20_261_130), maxSkipsPerRun: 100 },
  );
  expect(valid).toBeGreaterThanOrEqual(Math.min(documents, 300));
  // Else the comparison would say nothing.
  expect(compiled / 2).toBeGreaterThan(valid / 4);
  expect(erroneous).toBeGreaterThan(valid / 20);
});
