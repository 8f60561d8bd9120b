import { createHash } from 'node:crypto';
import { getNamedType, isEnumType, isLeafType, isListType, isNonNullType, isObjectType, isAbstractType, type GraphQLOutputType, type GraphQLSchema } from 'graphql';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { canonicalJson } from '../../src/platform/canonical-json.ts';

/** What a mocked execution is handed: results depend on the seed, the place in the graph, and the arguments alone. */
export interface MockContext {
  readonly seed: number;
  /** How often, per thousand values, something is wrong: an error, a null, a value of a wrong type. */
  readonly faults: number;
}

/**
 * The real schema over made-up data. Fields that a resolver answers get a resolver that makes a value from the seed and
 * the arguments; the others read a property, as on the real rows.
 */
export function mockGraph(): GraphQLSchema {
  const schema = buildGraph();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const root = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);
    for (const field of Object.values(type.getFields())) {
      if (!field.resolve && !root) continue;
      field.resolve = (parent: { key?: string } | undefined, args: object, context: MockContext) => {
        const key = `${parent?.key ?? ''}/${field.name}${canonicalJson(args)}`;
        return later(schema, { type: field.type, key, context });
      };
    }
  }
  return schema;
}

interface Place {
  readonly type: GraphQLOutputType;
  readonly key: string;
  readonly context: MockContext;
}

const hash = (key: string, seed: number): number => createHash('md5').update(`${seed} ${key}`).digest().readUInt32BE(0);

/** A value at once, or later, or a failure. */
function later(schema: GraphQLSchema, place: Place): unknown {
  const { key, context } = place;
  const chance = hash(`chance ${key}`, context.seed);
  if (chance % 1_000 < context.faults / 4) throw new Error(`failed at ${key}`);
  if (chance % 1_000 < context.faults / 2) return Promise.reject(new Error(`failed later at ${key}`));
  return chance % 3 === 0 ? make(schema, place) : Promise.resolve().then(() => make(schema, place));
}

function make(schema: GraphQLSchema, { type, key, context }: Place): unknown {
  if (isNonNullType(type)) return make(schema, { type: type.ofType, key: `${key}!`, context });
  const number = hash(key, context.seed);
  const fault = number % 1_000;
  // Beneath `!` a null is a fault; elsewhere it is a value like any other.
  if (key.endsWith('!') ? fault < context.faults / 4 : fault < 150) return fault % 2 === 0 ? null : undefined;
  if (fault > 1_000 - context.faults / 4) return new Error(`an error as a value at ${key}`);
  if (isListType(type)) {
    return Array.from({ length: number % 4 }, (_, index) => {
      const item = { type: type.ofType, key: `${key}[${index}]`, context };
      // All of them at once, or all of them later.
      if (hash(`list ${key}`, context.seed) % 2 === 0) return make(schema, item);
      return Promise.resolve().then(() => (hash(`item ${item.key}`, context.seed) % 1_000 < context.faults / 4 ? Promise.reject(new Error(`failed at ${item.key}`)) : make(schema, item)));
    });
  }
  if (isLeafType(type)) return leaf(type, number, context);
  const named = getNamedType(type);
  const possible = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : [];
  const met = possible[number % possible.length];
  if (!met) throw new Error(`no type for ${key}`);
  const row: Record<string, unknown> = { __typename: fault === 500 && context.faults > 0 ? 'Nothing' : met.name, key };
  for (const field of Object.values(met.getFields())) {
    if (field.resolve) continue;
    // Made when it is read: types refer to each other without end.
    Object.defineProperty(row, field.name, { enumerable: true, get: () => make(schema, { type: field.type, key: `${key}.${field.name}`, context }) });
  }
  return row;
}

function leaf(type: Extract<GraphQLOutputType, { name: string }>, number: number, { faults }: MockContext): unknown {
  if (faults > 0 && number % 997 < faults / 10) return Number.NaN;
  if (isEnumType(type)) return type.getValues()[number % type.getValues().length]?.value;
  switch (type.name) {
    case 'Int': return number % 2_000_000_000;
    case 'Float': return number / 7;
    case 'Boolean': return number % 2 === 0;
    case 'JSON': return [number, { nested: `${number}` }];
    case 'JSONObject': return { value: number, list: [null, true] };
    default: return `${type.name} "${number}"\u2028\\`;
  }
}
