import { getNamedType, isInterfaceType, isLeafType, isObjectType, isUnionType, type GraphQLField, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Role } from '../../src/features/access/index.ts';
import type { TestProgram } from '../harness/program.ts';

/** What a role was answered: every text, and which fields had a value. */
export interface Crawled {
  /** Every response as text. */
  readonly texts: readonly string[];
  /** `Type.field` → the values that it had, as JSON. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

const mark = '__of__';

/** Asks for every field that can be asked for, from the root and from every node that comes up, as a role. */
export async function crawl(program: TestProgram, schema: GraphQLSchema, role: Role, samples: Readonly<Record<string, unknown>>): Promise<Crawled> {
  const texts: string[] = [];
  const values = new Map<string, string[]>();
  const waiting = new Set<string>();
  const seen = new Set<string>();
  const take = (answer: object): void => {
    texts.push(JSON.stringify(answer));
    collect(answer, values, (id) => (seen.has(id) ? undefined : void waiting.add(id)));
  };
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    if (field.name === 'node' || field.name === 'nodes') continue;
    for (const query of rootQueries(field, samples)) take(await program.query(query, {}, { role }));
  }
  const document = `query($ids: [ID!]!) { nodes(ids: $ids) { __typename ${nodeTypes(schema).map((type) => `... on ${type.name} { ${selection(type, 8, type.name)} }`).join(' ')} } }`;
  while (waiting.size > 0) {
    const ids = [...waiting].slice(0, 25);
    for (const id of ids) {
      waiting.delete(id);
      seen.add(id);
    }
    take(await program.query(document, { ids }, { role }));
  }
  return { texts, values };
}

function nodeTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  const node = schema.getType('Node');
  return isInterfaceType(node) ? schema.getPossibleTypes(node) : [];
}

const isNode = (type: GraphQLNamedType): boolean => type.name === 'Node' || (isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'));

function needs(field: GraphQLField<unknown, unknown>): string[] {
  return field.args.filter((arg) => String(arg.type).endsWith('!') && arg.defaultValue === undefined).map(({ name }) => name);
}

/** A root field, once for each sample of what it needs; not at all where there is none. */
function rootQueries(field: GraphQLField<unknown, unknown>, samples: Readonly<Record<string, unknown>>): string[] {
  const [needed, alternative] = [needs(field), samples[field.name]];
  const given = (alternative ?? (needed.length === 0 ? [''] : [])) as readonly string[];
  const type = getNamedType(field.type);
  const inner = isNode(type) ? '{ __typename id }' : isLeafType(type) ? '' : `{ ${selection(type, 8)} }`;
  return given.map((args) => `{ ${field.name}${args} ${inner} }`);
}

/** Everything that can be selected of a type; nodes by their ids only, for they are asked for by themselves. */
function selection(type: GraphQLNamedType, depth: number, prefix = ''): string {
  if (isUnionType(type)) return `__typename ${type.getTypes().map((each) => `... on ${each.name} { ${selection(each, depth, each.name)} }`).join(' ')}`;
  if (isInterfaceType(type)) return '__typename';
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (needs(field).length > 0) return [];
    const inner = getNamedType(field.type);
    const name = prefix === '' ? field.name : `${prefix}${mark}${field.name}: ${field.name}`;
    if (isLeafType(inner)) return [name];
    if (isNode(inner)) return [`${name} { __typename id }`];
    return depth === 0 ? [] : [`${name} { ${selection(inner, depth - 1)} }`];
  });
  return ['__typename', ...fields].join(' ');
}

/** Whether a value has types of the graph in it, whose own fields are collected. */
const holdsObjects = (value: unknown): boolean => (Array.isArray(value) ? value.some(holdsObjects) : value !== null && typeof value === 'object' && '__typename' in value);

function keep(values: Map<string, string[]>, field: string, value: string): void {
  const held = values.get(field);
  if (held) held.push(value);
  else values.set(field, [value]);
}

function collect(value: unknown, values: Map<string, string[]>, found: (id: string) => void): void {
  if (Array.isArray(value)) for (const member of value) collect(member, values, found);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  const type = '__typename' in value ? String(value.__typename) : null;
  for (const [key, member] of Object.entries(value)) {
    const name = key.split(mark).at(-1) ?? key;
    if (type !== null && member !== null && !holdsObjects(member)) keep(values, `${type}.${name}`, JSON.stringify(member));
    if (name === 'id' && typeof member === 'string' && /^[A-Za-z]+_/.test(member)) found(member);
    // What a scalar holds is no type of the graph.
    if (type === null || !['payload', 'data', 'inputs', 'sourceMetadata', 'value'].includes(name)) collect(member, values, found);
  }
}
