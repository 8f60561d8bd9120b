import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { checkDocument } from '../../src/api/limits/check-document.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';

const schema = buildGraph();
const costOf = (source: string, variables: Record<string, unknown> = {}): number =>
  checkDocument({ schema, document: parse(source), variables, operationName: undefined }, { policy: defaultLimits, introspection: false }).cost;

test.each([
  ['lineage', 'lineage(of: $i, maxNodes: $n)', '{ nodes { id } edges { from } }'],
  ['only what is free otherwise', 'lineage(of: $i, maxNodes: $n)', '{ truncated }'],
  ['a way', 'lineagePath(from: $i, to: $i, maxNodes: $n)', '{ found }'],
  ['a chain', 'derivationChain(of: $i, maxNodes: $n)', '{ id }'],
])('%s costs what it may look at, wherever the budget is said', (_name, field, selection) => {
  const said = costOf(`query($i: ID!, $n: Int!) { ${field} ${selection} }`, { i: 'x', n: 2_000 });
  expect(said).toBeGreaterThanOrEqual(2_000);
  expect(costOf(`query($i: ID!, $n: Int! = 2000) { ${field} ${selection} }`, { i: 'x' })).toBe(said);
  expect(costOf(`query($i: ID! = "x", $n: Int! = 2000) { ${field} ${selection} }`)).toBe(said);
  expect(costOf(`{ ${field} ${selection} }`.replaceAll('$i', '"x"').replace('$n', '2000'))).toBe(said);
  expect(costOf(`query($i: ID!, $n: Int!) { ${field} ${selection} }`, { i: 'x', n: 20 })).toBeLessThan(said / 50);
});
