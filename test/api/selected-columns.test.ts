import * as fc from 'fast-check';
import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';

/** How many generated selections are compared with the full one. */
const selections = Number(process.env['SELECTIONS'] ?? 40);
const schema = buildGraph();
const lists = accountRecords.filter(({ paged }) => paged);

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
  const names = ['one', 'two', 'three'];
  await program.upsertAccounts(names.map((name, index) => ({
    externalRef: crm(name), name, industry: 'Software', website: `https://${name}.example`, employeeCount: index, revenue: { amountMinor: 100 + index, currency: 'EUR' },
    owner: { name: 'Kim', email: 'kim@vendor.example' }, csm: { name: 'Lee' }, lifecycleStage: 'GROWTH', lastQbrOn: '2026-10-01', engagementScore: 50,
  })));
  for (const { plural } of accountRecords) {
    await program.upsert(plural, names.flatMap((name) => [1, 2].map((copy) => ({ account: { externalRef: crm(name) }, externalRef: crm(`${name}-${copy}`), ...samples[plural]?.[copy - 1], ...(plural === 'healthTrends' ? { month: copy } : {}) }))));
  }
  await program.settled();
});
afterAll(() => program.close());

/** The selections of single fields of a type, by the field's name: leaves, and objects that consist of leaves. */
function fieldsOf(type: GraphQLObjectType): Map<string, string> {
  const found = new Map<string, string>();
  for (const field of Object.values(type.getFields())) {
    if (field.args.length > 0) continue;
    const named = getNamedType(field.type);
    if (isLeafType(named)) found.set(field.name, field.name);
    else if (isObjectType(named)) {
      const leaves = Object.values(named.getFields()).filter((each) => each.args.length === 0 && isLeafType(getNamedType(each.type)) && (named.name !== 'Account' || ['id', 'name'].includes(each.name)));
      if (leaves.length > 0) found.set(field.name, `${field.name} { ${leaves.map(({ name }) => name).join(' ')} }`);
    }
  }
  return found;
}

const typeOf = (name: string): GraphQLObjectType => {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type`);
  return type;
};
const accountFields = fieldsOf(typeOf('Account'));
const recordFields = new Map(lists.map(({ plural, type }) => [plural, fieldsOf(typeOf(type))]));

type Row = Record<string, unknown>;
interface Answer {
  readonly accounts: { readonly edges: readonly { readonly node: Row }[] };
}

const all = (fields: ReadonlyMap<string, string> | undefined): string[] => [...(fields?.keys() ?? [])];
const spelled = (fields: ReadonlyMap<string, string> | undefined, names: readonly string[]): string => names.map((name) => fields?.get(name) ?? '').join(' ');
const operation = (own: readonly string[], below: Readonly<Record<string, readonly string[]>>): string =>
  `{ accounts(first: 10) { edges { node { __typename ${spelled(accountFields, own)} ${Object.entries(below).map(([plural, names]) => `${plural}(first: 5) { totalCount edges { node { __typename ${spelled(recordFields.get(plural), names)} } } }`).join(' ')} } } } }`;
const pick = (row: Row, names: readonly string[]): Row => Object.fromEntries(['__typename', ...names].map((name) => [name, row[name]]));
const nodes = (page: unknown): Row[] => (page as { edges: { node: Row }[] }).edges.map(({ node }) => node);

async function ask(query: string, role: 'analyst' | 'viewer'): Promise<Row[]> {
  const { data, errors } = await program.query<Answer, Record<string, never>>(query, {}, { role });
  expect(errors, query).toBeUndefined();
  return nodes(data?.accounts);
}

test.each(['analyst', 'viewer'] as const)('whatever is selected of lists, an %s is told the same of it as by the whole', { timeout: 600_000 }, async (role) => {
  const whole: Row[] = [];
  for (const { plural } of lists) {
    for (const [index, row] of (await ask(operation(all(accountFields), { [plural]: all(recordFields.get(plural)) }), role)).entries()) whole[index] = { ...whole[index], ...row };
  }
  expect(whole.length).toBe(3);
  for (const { plural } of lists) expect(nodes(whole[0]?.[plural]).length, plural).toBeGreaterThan(0);
  await fc.assert(
    fc.asyncProperty(
      fc.subarray(all(accountFields)),
      fc.subarray(lists.map(({ plural }) => plural), { maxLength: 4 }).chain((plurals) => fc.record(Object.fromEntries(plurals.map((plural) => [plural, fc.subarray(all(recordFields.get(plural)))])))),
      async (own, below) => {
        const query = operation(own, below);
        // Interpreted, then compiled.
        for (const rows of [await ask(query, role), await ask(query, role)]) {
          for (const [index, row] of rows.entries()) {
            const full = whole[index] ?? {};
            expect(pick(row, own), query).toEqual(pick(full, own));
            for (const [plural, names] of Object.entries(below)) expect(nodes(row[plural]), query).toEqual(nodes(full[plural]).map((each) => pick(each, names)));
          }
        }
      },
    ),
    { numRuns: selections, seed: Number(process.env['SEED'] ?? 20_261_130) },
  );
});
