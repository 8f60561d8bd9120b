import * as fc from 'fast-check';
import { buildSchema, OverlappingFieldsCanBeMergedRule, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { OverlapCheck } from '../../src/api/limits/overlapping-fields.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { SelectionReader } from '../../src/api/limits/selected-fields.ts';
import { validateDocument } from '../../src/api/limits/validate-document.ts';
import { LimitExceeded } from '../../src/platform/errors.ts';

const schema = buildSchema(`
  interface Being { name: String friend: Being age: Int! }
  type Dog implements Being { name: String friend: Being age: Int! barks(loud: Boolean, at: At): String twin: Dog owners: [Human!] }
  type Cat implements Being { name: String friend: Being age: Int! barks: Int twin: Cat owners: [Human] }
  type Human implements Being { name: String friend: Being age: Int! pets(first: Int): [Pet] }
  union Pet = Dog | Cat
  input At { x: Int y: Int }
  type Query { being: Being dog(id: ID): Dog cat: Cat pet: Pet human: Human }
`);
const own = (source: string): number => new OverlapCheck(new SelectionReader(schema, parse(source)), 1e6).conflicts().length;
const theirs = (source: string): number => validate(schema, parse(source), [OverlappingFieldsCanBeMergedRule]).length;

describe('overlapping fields', () => {
  test.each([
    ['the same twice', '{ dog { name name } dog { name } }', true],
    ['one name for two fields', '{ dog { name: age name } }', false],
    ['arguments that differ', '{ dog { barks(loud: true) barks(loud: false) } }', false],
    ['arguments in another order', '{ dog { barks(at: {x: 1, y: 2}, loud: true) barks(loud: true, at: {y: 2, x: 1}) } }', true],
    ['an argument more', '{ dog { barks barks(loud: true) } }', false],
    ['types that exclude each other', '{ pet { ... on Dog { x: name } ... on Cat { x: twin { name } } } }', false],
    ['two fields of one shape on types that exclude each other', '{ pet { ... on Dog { x: name } ... on Cat { x: name } } }', true],
    ['leaves of two types', '{ pet { ... on Dog { barks } ... on Cat { barks } } }', false],
    ['lists of unequal nullability', '{ pet { ... on Dog { owners { name } } ... on Cat { owners { name } } } }', false],
    ['deep below two fields', '{ dog { twin { x: name } } dog { twin { x: age } } }', false],
    ['in fragments of fragments', '{ dog { ...A ...B } } fragment A on Dog { twin { ...C } } fragment B on Dog { twin { name: age } } fragment C on Being { name }', false],
    ['through an interface', '{ being { ... on Dog { x: name } x: age } }', false],
  ])('%s', (_, source, merges) => {
    expect([own(source) === 0, theirs(source) === 0]).toEqual([merges, merges]);
  });

  test('are found exactly where graphql-js finds them, in generated documents', () => {
    const leaf = fc.constantFrom('name', 'age', 'x: name', 'x: age', 'barks', 'barks(loud: true)', 'barks(loud: false)', '...A', '...B', '__typename', 'x: __typename');
    const { selections } = fc.letrec<{ selections: string; field: string }>((tie) => ({
      selections: fc.array(fc.oneof({ maxDepth: 4 }, leaf, tie('field')), { minLength: 1, maxLength: 4 }).map((fields) => fields.join(' ')),
      field: fc.tuple(fc.constantFrom('friend', 'twin', 'x: friend', 'x: twin', 'owners', 'pets(first: 1)', '... on Dog', '... on Cat', '... on Being', '...'), tie('selections')).map(([name, inner]) => `${name} { ${inner} }`),
    }));
    const root = fc.tuple(fc.constantFrom('being', 'dog', 'cat', 'pet', 'human', 'x: dog', 'x: pet'), selections).map(([name, inner]) => `${name} { ${inner} }`);
    const document = fc.tuple(fc.array(root, { minLength: 1, maxLength: 3 }), selections, selections).map(([roots, a, b]) => `{ ${roots.join(' ')} } fragment A on Being { ${a.replaceAll('...A', 'name').replaceAll('...B', 'age')} name } fragment B on Dog { ${b.replaceAll('...B', 'name')} name }`);
    const others = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
    let valid = 0;
    let conflicting = 0;
    fc.assert(
      fc.property(document, (source) => {
        const wanted = theirs(source) === 0;
        if (wanted) valid += 1;
        else conflicting += 1;
        // Circles are refused before by another rule; the two may differ on what cannot run.
        if (validate(schema, parse(source), others.filter(({ name }) => name === 'NoFragmentCyclesRule')).length > 0) return;
        expect(own(source) === 0).toBe(wanted);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(valid, conflicting)).toBeGreaterThan(100);
  });
});

describe('validation', () => {
  const validated = (source: string) => validateDocument(schema, parse(source), defaultLimits);

  test('visits 550 repeated fields 550 times, not 150,000', () => {
    const many = `{ ${'dog { name } '.repeat(550)} }`;
    expect(new OverlapCheck(new SelectionReader(schema, parse(many)), 4 * 550 + 10).conflicts()).toEqual([]);
    expect(validated(many)).toEqual([]);
  });

  test('gives up where fragments unfold into too many different selections', () => {
    const levels = 14;
    const fragments = Array.from({ length: levels }, (_, i) => ['A', 'B'].map((letter) => `fragment ${letter}${i} on Being { ${i === levels - 1 ? 'name' : `p: friend { ...A${i + 1} } q: friend { ...B${i + 1} } r: friend { ...A${i + 1} ...B${i + 1} s: friend { ...${letter}${i + 1} } }`} }`)).flat();
    const source = `{ being { ...A0 ...B0 } } ${fragments.join(' ')}`;
    const small = validateDocument(schema, parse(source), { ...defaultLimits, overlapVisits: 100 });
    expect(small[0]).toBeInstanceOf(LimitExceeded);
    expect(small[0]?.message).toMatch(/too complex to validate/);
  });

  test('reports a few errors and stops', () => {
    expect(validated(`{ ${Array.from({ length: 200 }, (_, i) => `nothing${i}`).join(' ')} }`).length).toBeLessThanOrEqual(11);
    expect(validated('{ dog { name: age name } }').map(({ message }) => message)).toEqual(['Fields "name" conflict because "age" and "name" are different fields. Use different aliases on the fields to fetch both if this was intentional.']);
  });
});
