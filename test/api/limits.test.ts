import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { admitOperation } from '../../src/api/limits/admit-operation.ts';
import { checkDocument } from '../../src/api/limits/check-document.ts';
import { parseDocument } from '../../src/api/limits/parse-document.ts';
import { defaultLimits, type LimitPolicy } from '../../src/api/limits/policy.ts';
import { LimitExceeded, Unauthenticated } from '../../src/platform/errors.ts';
import { acceptanceOperations, inferSchema } from './acceptance.ts';
import { limitedSchema } from './limited-schema.ts';

const schema = limitedSchema();

interface Options {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly policy?: Partial<LimitPolicy>;
  readonly introspection?: boolean;
}

function check(source: string, { variables, operationName, policy, introspection = true }: Options = {}) {
  const document = parse(source);
  return checkDocument({ schema, document, variables, operationName }, { policy: { ...defaultLimits, ...policy }, introspection });
}
const cost = (source: string, variables?: Readonly<Record<string, unknown>>): number => check(source, variables ? { variables } : {}).cost;
const messages = (source: string, options?: Options): string[] => check(source, options).errors.map((error) => error.message);

const nested = (levels: number): string => `{ ${'account { '.repeat(levels - 1)} id ${'} '.repeat(levels - 1)} }`;
const aliases = (count: number): string => Array.from({ length: count }, (_, i) => `a${i}: id`).join(' ');
const bomb = (levels: number, spread: (next: number) => string): string =>
  ['{ account { ...F0 } }', ...Array.from({ length: levels }, (_, i) => `fragment F${i} on Account { ${i === levels - 1 ? 'id' : spread(i + 1)} }`)].join(' ');
const doubling = (next: number): string => `a: account { ...F${next} } b: account { ...F${next} }`;
const admit = (query: string, variables: Readonly<Record<string, unknown>> = {}) =>
  admitOperation({ schema, query, variables, operationName: null }, { policy: defaultLimits, introspection: false });

const withAliases = (count: number): string => `query A { account { ...F ...F account { ...F } } } query B { x: __typename } fragment F on Account { ${aliases(count)} }`;

describe('cost', () => {
  test.each([
    ['a leaf is free', '{ __typename }', 0],
    ['an object is 1', '{ account { id name } }', 1],
    ['objects add up', '{ account { account { id } } node { id } }', 3],
    ['a plain list has 10', '{ everyone { id } }', 10],
    ['lists multiply', '{ everyone { lines { text } } }', 10 * (1 + 10)],
    ['a list of leaves is free', '{ everyone { tags } }', 10],
    ['a paged list has what it asks for', '{ top(first: 3) { account { id } } }', 3 * 2],
    ['or what the schema says', '{ top { id } }', 7],
    ['or a page when told nothing', '{ top(first: null) { id } }', 20],
    ['a connection passes its page on', '{ accounts(first: 5) { totalCount pageInfo { hasNextPage } edges { node { id } } } }', 1 + 1 + 5 * 2],
    ['to nodes as well', '{ accounts(first: 5) { nodes { id } } }', 1 + 5],
    ['and not further', '{ accounts(first: 5) { nodes { lines { text } } } }', 1 + 5 * (1 + 10)],
    ['the larger of first and last counts', '{ accounts(first: 5, last: 50) { nodes { id } } }', 51],
    ['an empty page is empty', '{ accounts(first: 0) { nodes { id } } }', 1],
    ['a page of nonsense is a page', '{ accounts(first: -5) { nodes { id } } }', 21],
    ['a default of a nested field', '{ account { contacts { edges { node { id } } } } }', 2 + 20 * 2],
    ['a stated cost replaces its 1', '{ dear { account { id } } }', 51],
    ['a computed cost replaces the whole', '{ priced(weight: 3) { account { id } } }', 3 * 2],
    ['one that is no number is not used', '{ flawed { id } }', 1],
    ['one whose arguments do not fit is not used', '{ priced { id } }', 10],
    ['types of a union add up', '{ search { ... on Account { account { id } } ... on Contact { account { id } } } }', 3],
    ['repeated fields add up', '{ account { id } account { id } }', 2],
    ['what is skipped counts', '{ account @skip(if: true) { id } }', 1],
    ['what the schema does not know counts 1', '{ nobody { knows { this } } }', 2],
  ])('%s', (_, source, expected) => {
    expect(cost(source)).toBe(expected);
  });

  test('variables decide, then their defaults, and what fits nothing is a page', () => {
    const source = 'query ($n: Int = 4, $m: Int) { accounts(first: $n, last: $m) { nodes { id } } }';
    const given = (variables?: Readonly<Record<string, unknown>>): number => cost(source, variables) - 1;
    expect(given()).toBe(4);
    expect(given({ n: 9 })).toBe(9);
    expect(given({ n: 9, m: 30 })).toBe(30);
    for (const n of [null, 'many', Number.NaN, -1, {}, [5], true]) expect(given({ n })).toBe(20);
    expect(given({ n: Number.MAX_VALUE })).toBe(1e15 - 1);
    expect(given({ n: Number.POSITIVE_INFINITY })).toBe(1e15 - 1);
    expect(cost('query ($toString: Int) { top(first: $toString) { id } }', {})).toBe(7);
  });

  test('variables are looked at anew each time a document is checked', () => {
    const document = parse('query ($n: Int) { top(first: $n) { id } }');
    const allowance = { policy: defaultLimits, introspection: true };
    const of = (n: number): number => checkDocument({ schema, document, variables: { n }, operationName: null }, allowance).cost;
    expect([of(3), of(8), of(3)]).toEqual([3, 8, 3]);
  });

  test('a fragment costs the page of where it is spread', () => {
    const source = '{ a: accounts(first: 2) { ...F } b: accounts(first: 30) { ...F } } fragment F on AccountConnection { nodes { id } }';
    expect(cost(source)).toBe(1 + 2 + 1 + 30);
  });

  test('above the limit it is refused with figures', () => {
    expect(messages('{ accounts(first: 100) { nodes { contacts(first: 100) { edges { node { id } } } } } }')).toEqual([
      'The operation has 20201 objects, by the estimate before it runs; at most 20000 are allowed. Ask for less, or in several requests.',
    ]);
  });
});

describe('shape', () => {
  test('depth counts fields, not fragments', () => {
    expect(messages(nested(15))).toEqual([]);
    expect(messages(nested(16))[0]).toMatch(/^The operation has 16 levels of fields; at most 15/);
    const policy = { depth: 3 };
    expect(messages('{ account { ... { ... on Account { ...F } } } } fragment F on Account { account { id } }', { policy })).toEqual([]);
    expect(messages('{ account { ...F } } fragment F on Account { account { account { id } } }', { policy })[0]).toMatch(/4 levels/);
  });

  test('aliases count as they are written, in what the operation uses', () => {
    expect(messages(withAliases(50), { operationName: 'A' })).toEqual([]);
    expect(messages(withAliases(51), { operationName: 'A' })[0]).toMatch(/51 aliases; at most 50/);
    expect(messages(withAliases(51), { operationName: 'B' })).toEqual([]);
  });

  test('root fields count with the fragments at the root', () => {
    const fields = Array.from({ length: 7 }, () => 'node { id }').join(' ');
    expect(messages(`{ ${fields} ${fields} ... { ${fields} } }`)[0]).toMatch(/21 fields at the root; at most 20/);
    expect(messages(`{ ...F ...F } fragment F on Query { ${fields} }`)).toEqual([]);
    expect(messages(`{ ...F ...F ...F } fragment F on Query { ${fields} }`)[0]).toMatch(/21 fields at the root/);
  });

  test.each([
    ['a field', `{ account ${'@note '.repeat(6)} { id } }`],
    ['a leaf', `{ account { id ${'@note '.repeat(6)} } }`],
    ['the operation', `query ${'@note '.repeat(6)} { account { id } }`],
    ['a variable', `query ($n: Int ${'@note '.repeat(6)}) { top(first: $n) { id } }`],
    ['a spread', `{ account { ...F ${'@note '.repeat(6)} } } fragment F on Account { id }`],
    ['an inline fragment', `{ account { ... ${'@note '.repeat(6)} { id } } }`],
    ['a fragment', `{ account { ...F } } fragment F on Account ${'@note '.repeat(6)} { id }`],
  ])('six directives on %s are one too many', (_, source) => {
    expect(messages(source)[0]).toMatch(/6 directives in one place; at most 5/);
    expect(messages(source.replace('@note ', ''))).toEqual([]);
  });

  test('tokens are counted before anything else, while parsing and after', () => {
    const long = `{ ${'id '.repeat(5_000)} }`;
    expect(() => parseDocument(long, defaultLimits)).toThrow(LimitExceeded);
    expect(() => parseDocument(long, defaultLimits)).toThrow('more than 5000 tokens');
    expect(messages(long)[0]).toMatch(/5002 tokens; at most 5000/);
    expect(() => parseDocument('{ a', defaultLimits)).toThrow(/^Syntax Error/);
  });

  test('every limit that is exceeded is named, once', () => {
    const policy = { depth: 1, aliases: 0, rootFields: 1, directives: 0, cost: 1, tokens: 1 };
    expect(messages('{ a: account @note { id } b: everyone { id } }', { policy })).toHaveLength(6);
  });

  test('an operation that is not there does not let the others through', () => {
    for (const operationName of ['C', '', undefined]) {
      const options = operationName === undefined ? {} : { operationName };
      expect(messages(`query A { __typename } query B ${nested(16)}`, options)[0]).toMatch(/16 levels/);
    }
    expect(check('fragment F on Account { id }')).toEqual({ errors: [], cost: 0 });
  });
});

describe('introspection', () => {
  test('is for signed-in callers', () => {
    for (const source of ['{ __schema { types { name } } }', '{ __type(name: "Query") { name } }', '{ ...F } fragment F on Query { __schema { types { name } } }']) {
      expect(check(source, { introspection: true }).errors).toEqual([]);
      const [error] = check(source, { introspection: false }).errors;
      expect(error).toBeInstanceOf(Unauthenticated);
    }
    expect(check('{ __typename account { __typename } }', { introspection: false }).errors).toEqual([]);
  });

  test('the query that tools send passes, with every option', () => {
    expect(check(getIntrospectionQuery()).errors).toEqual([]);
    const everything = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true };
    expect(check(getIntrospectionQuery(everything)).errors).toEqual([]);
  });

  test('is bounded all the same', () => {
    const deep = `{ __type(name: "Query") { ${'ofType { '.repeat(30)} name ${'} '.repeat(30)} } }`;
    expect(messages(deep)[0]).toMatch(/32 levels of introspection; at most 20/);
    const wide = `{ __schema { types { ${'fields { type { '.repeat(6)} name ${'} } '.repeat(6)} } } }`;
    expect(messages(wide)).toEqual([expect.stringMatching(/objects, by the estimate/)]);
  });
});

describe('documents made to hurt', () => {
  test('fragments that double at every level cost what they unfold to, and are measured at once', () => {
    expect(check(bomb(11, doubling), { policy: { cost: 1e9 } }).cost).toBe(2 ** 11 - 1);
    const { errors, cost } = check(bomb(30, doubling));
    expect(cost).toBe(2 ** 30 - 1);
    expect(errors.map((error) => error.message)).toEqual([
      expect.stringMatching(/31 levels/),
      expect.stringMatching(/58 aliases/),
      expect.stringMatching(/1073741823 objects/),
    ]);
    expect(check(bomb(400, doubling)).cost).toBe(1e15);
    expect(check(bomb(30, (next) => `...F${next} ...F${next}`)).errors).toEqual([]);
  });

  test('fragments that go round in a circle are refused', () => {
    for (const source of [
      '{ account { ...A } } fragment A on Account { ...A }',
      '{ account { ...A } } fragment A on Account { account { ...B } } fragment B on Account { account { ...A } }',
      '{ ...A } fragment A on Query { account { ...B } } fragment B on Account { account { ...B } }',
    ]) {
      const [error] = check(source).errors;
      expect(error?.code).toBe('GRAPHQL_VALIDATION_FAILED');
      expect(error?.message).toMatch(/^The fragment "[AB]" refers to itself/);
    }
  });

  test('nesting without fields is depth as well', () => {
    for (const [open, levels] of [['... {', 1_500], ['account {', 1_600], ['... on Account {', 900]] as const) {
      expect(messages(`{ ${open.repeat(levels)} id ${'}'.repeat(levels)} }`)[0]).toMatch(/endlessly many levels of fields/);
    }
  });

  test('names that mean something to JavaScript are names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const source = `{ ${name}(first: 3) { ${name} ...${name} ... on ${name} { x } } } fragment ${name} on ${name} { ${name} }`;
      expect(check(source, { operationName: name }).errors).toEqual([]);
    }
  });
});

describe('what client teams wrote', () => {
  const documents = acceptanceOperations.map(({ source }) => parseDocument(source, defaultLimits));
  const inferred = inferSchema(documents);

  test.each(acceptanceOperations.map(({ name, source }) => [name, source]))('%s passes, with as much room again', (_, source) => {
    const half = { tokens: 2_500, aliases: 25, rootFields: 10, directives: 2, cost: 10_000, depth: 10 };
    const document = parseDocument(source, defaultLimits);
    const asked = { schema: inferred, document, variables: { first: 100 }, operationName: undefined };
    const { errors, cost } = checkDocument(asked, { policy: { ...defaultLimits, ...half }, introspection: false });
    expect(errors).toEqual([]);
    expect(cost).toBeGreaterThan(0);
  });

  test('all of them in one editor tab pass too', () => {
    const document = parseDocument(acceptanceOperations.map(({ source }) => source).join('\n'), defaultLimits);
    expect(checkDocument({ schema: inferred, document, variables: {}, operationName: 'AccountContext' }, { policy: defaultLimits, introspection: false }).errors).toEqual([]);
  });
});

describe('a door without a pipeline of its own', () => {
  test('gets a document and its cost, or every fault, and never an exception', () => {
    expect(admit('query ($n: Int) { top(first: $n) { id } }', { n: 6 })).toMatchObject({ errors: [], cost: 6 });
    expect(admit('{').errors).toMatchObject([{ message: expect.stringMatching(/^Syntax Error/) }]);
    expect(admit(`{ ${'id '.repeat(5_000)} }`).errors).toMatchObject([{ code: 'LIMIT_EXCEEDED' }]);
    expect(admit('{ nobody { id } here }').errors).toHaveLength(2);
    expect(admit('{ __schema { types { name } } }').errors).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    expect(admit('{ accounts(first: 100) { nodes { contacts(first: 100) { edges { node { id } } } } } }').errors).toMatchObject([{ code: 'LIMIT_EXCEEDED' }]);
  });
});
