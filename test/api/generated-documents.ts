import {
  getNamedType, isAbstractType, isCompositeType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType, isRequiredArgument, isUnionType,
  type GraphQLCompositeType, type GraphQLInputType, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema,
} from 'graphql';
import { random } from '../harness/random.ts';

/** A generated request. It need not be valid. */
export interface GeneratedRequest {
  readonly source: string;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

const aliases = ['a', 'b', 'c', 'name', 'id', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'A_b', '__validNode0'];

/**
 * Makes a request over a schema out of a seed: several operations; named fragments that are spread again under other
 * conditions, and inside each other; inline fragments; `@skip` and `@include` with literals and with variables;
 * variables with defaults, given, null, or left out; arguments of every input type; aliases that mean something to
 * JavaScript; unions and interfaces.
 */
export function generateRequest(schema: GraphQLSchema, seed: number): GeneratedRequest {
  return new Generator(schema, seed).request();
}

class Generator {
  readonly #schema: GraphQLSchema;
  readonly #chance: () => number;
  readonly #fragments: { readonly name: string; readonly type: GraphQLCompositeType; text: string }[] = [];
  #declared = new Map<string, { type: string; fallback: string | null; value: unknown; given: boolean }>();
  #fields = 0;

  constructor(schema: GraphQLSchema, seed: number) {
    this.#schema = schema;
    this.#chance = random(seed);
  }

  request(): GeneratedRequest {
    const query = this.#schema.getQueryType();
    if (!query) throw new Error('the schema has no query type');
    const names = this.#likely(0.15) ? ['One', 'Two'] : ['One'];
    const bodies = names.map((name) => ({ name, text: this.#set(query, this.#whole(2, 4)) }));
    const variables = [...this.#declared].map(([name, { type, fallback }]) => `$${name}: ${type}${fallback === null ? '' : ` = ${fallback}`}`);
    const heads = variables.length > 0 ? `(${variables.join(', ')})` : '';
    // Every operation declares every variable; that some do not use them all is allowed here.
    const operations = bodies.map(({ name, text }) => `query ${name}${heads} ${text}`);
    const given = [...this.#declared].filter(([, each]) => each.given).map(([name, { value }]) => [name, value]);
    return {
      source: [...operations, ...this.#fragments.map(({ name, type, text }) => `fragment ${name} on ${type.name} ${text}`)].join('\n'),
      operationName: names.length > 1 || this.#likely(0.3) ? this.#pick(names) : null,
      variables: Object.fromEntries(given) as Record<string, unknown>,
    };
  }

  #likely = (share: number): boolean => this.#chance() < share;
  #whole = (from: number, to: number): number => from + Math.floor(this.#chance() * (to - from + 1));
  #pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#chance() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  #set(type: GraphQLCompositeType, depth: number): string {
    const parts = Array.from({ length: this.#whole(1, 4) }, () => this.#selection(type, depth));
    return `{ ${parts.join(' ')} }`;
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#chance();
    if (kind < 0.18) return `...${this.#fragmentFor(type, depth)}${this.#conditions()}`;
    if (kind < 0.32 || (isUnionType(type) && kind < 0.9)) {
      const within = this.#overlapping(type);
      return `... ${this.#likely(0.8) || within !== type ? `on ${within.name}` : ''}${this.#conditions()} ${this.#set(within, depth)}`;
    }
    if (kind < 0.36 || isUnionType(type)) return `__typename${this.#conditions()}`;
    return this.#field(type, depth);
  }

  #field(type: Exclude<GraphQLCompositeType, { getTypes: unknown }>, depth: number): string {
    const fields = Object.values(type.getFields()).filter((field) => depth > 0 || isLeafType(getNamedType(field.type)));
    const field = fields.length > 0 && this.#fields < 120 ? this.#pick(fields) : undefined;
    if (!field) return '__typename';
    this.#fields += 1;
    const named = getNamedType(field.type);
    const args = field.args.filter((argument) => isRequiredArgument(argument) || this.#likely(0.35)).map((argument) => `${argument.name}: ${this.#value(argument.type, 2)}`);
    const alias = this.#likely(0.2) ? `${this.#pick(aliases)}: ` : '';
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${this.#conditions()}${isCompositeType(named) ? ` ${this.#set(named, depth - 1)}` : ''}`;
  }

  #fragmentFor(type: GraphQLCompositeType, depth: number): string {
    const fitting = this.#fragments.filter((fragment) => fragment.text !== '' && this.#overlap(fragment.type, type));
    if (fitting.length > 0 && this.#likely(0.65)) return this.#pick(fitting).name;
    const made = { name: `f${this.#fragments.length}`, type: this.#overlapping(type), text: '' };
    this.#fragments.push(made);
    // Not to be spread while it is empty: so no fragment comes to hold itself.
    made.text = this.#set(made.type, Math.min(depth, 2));
    return made.name;
  }

  #possible = (type: GraphQLCompositeType): readonly GraphQLObjectType[] => (isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type]);
  #overlap = (one: GraphQLCompositeType, other: GraphQLCompositeType): boolean => this.#possible(one).some((type) => this.#possible(other).includes(type));

  /** The type itself, or one that some of its objects have. */
  #overlapping(type: GraphQLCompositeType): GraphQLCompositeType {
    const object = this.#pick(this.#possible(type));
    return this.#pick<GraphQLCompositeType>([type, object, object, ...object.getInterfaces()]);
  }

  #conditions(): string {
    return ['skip', 'include'].filter(() => this.#likely(0.18)).map((directive) => ` @${directive}(if: ${this.#condition()})`).join('');
  }

  #condition(): string {
    if (this.#likely(0.25)) return String(this.#likely(0.5));
    const name = `if${this.#whole(0, 3)}`;
    if (!this.#declared.has(name)) {
      // `Boolean = …` may be used for `Boolean!`; a null is then refused only where the condition is met.
      const required = this.#likely(0.5);
      const fallback = this.#likely(required ? 0.3 : 0.95) ? String(this.#likely(0.5)) : null;
      this.#declared.set(name, { type: required ? 'Boolean!' : 'Boolean', fallback, value: this.#likely(0.12) ? null : this.#likely(0.5), given: this.#likely(0.85) });
    }
    return `$${name}`;
  }

  #value(type: GraphQLInputType, depth: number): string {
    if (this.#likely(0.3)) return this.#variable(type);
    if (isNonNullType(type)) return this.#value(type.ofType, depth);
    if (this.#likely(0.08)) return 'null';
    if (isListType(type)) return this.#likely(0.15) ? this.#value(type.ofType, depth) : `[${Array.from({ length: this.#whole(0, 2) }, () => this.#value(type.ofType, depth)).join(', ')}]`;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => (isNonNullType(field.type) && field.defaultValue === undefined) || (depth > 0 && this.#likely(0.3)));
      return `{ ${fields.map((field) => `${field.name}: ${this.#value(field.type, depth - 1)}`).join(', ')} }`;
    }
    return this.#literal(type);
  }

  #literal(type: GraphQLNamedType): string {
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    switch (type.name) {
      case 'Int': return String(this.#whole(-3, 40));
      case 'Float': return this.#pick(['0', '-1.5', '3', '1e3']);
      case 'Boolean': return String(this.#likely(0.5));
      case 'ID': return this.#pick(['"one"', '7', '""']);
      case 'DateTime': return this.#pick(['"2026-11-21T09:30:00Z"', '"2026-11-21T09:30:00.5+02:00"']);
      case 'Date': return '"2026-11-21"';
      case 'JSON': case 'JSONObject': return this.#pick(['{ a: [1, null], __proto__: 2, constructor: "x" }', '{}', '{ b: { c: true } }']);
      default: return this.#pick(['"text"', '"\\u2028 \\"quoted\\""', '"""block\n  text"""', '"__MAGIC"']);
    }
  }

  #variable(type: GraphQLInputType): string {
    const text = String(type);
    const known = [...this.#declared].filter(([, each]) => each.type === text);
    if (known.length > 0 && this.#likely(0.5)) return `$${this.#pick(known)[0]}`;
    const name = `v${this.#declared.size}`;
    // `Int = 3` may be used for `Int!`, too.
    const open = isNonNullType(type) && this.#likely(0.3) ? type.ofType : type;
    const fallback = this.#likely(open === type ? 0.3 : 1) ? this.#plain(open) : null;
    this.#declared.set(name, { type: String(open), fallback, value: this.#likely(0.15) ? null : this.#json(type), given: this.#likely(isNonNullType(open) ? 0.95 : 0.75) });
    return `$${name}`;
  }

  /** A literal without variables. */
  #plain(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#plain(type.ofType);
    if (isListType(type)) return `[${this.#plain(type.ofType)}]`;
    if (!isInputObjectType(type)) return this.#literal(type);
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
    return `{ ${fields.map((field) => `${field.name}: ${this.#plain(field.type)}`).join(', ')} }`;
  }

  #json(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.#json(type.ofType);
    if (this.#likely(0.04)) return this.#pick<unknown>([null, 'wrong', 1.5, [], {}]);
    if (isListType(type)) return this.#likely(0.1) ? this.#json(type.ofType) : Array.from({ length: this.#whole(0, 2) }, () => this.#json(type.ofType));
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => (isNonNullType(field.type) && field.defaultValue === undefined) || this.#likely(0.25));
      return Object.fromEntries(fields.map((field) => [field.name, this.#json(field.type)]));
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    switch (type.name) {
      case 'Int': return this.#whole(-3, 40);
      case 'Float': return this.#chance() * 10;
      case 'Boolean': return this.#likely(0.5);
      case 'ID': return this.#pick<unknown>(['one', 7]);
      case 'DateTime': return '2026-11-21T09:30:00Z';
      case 'Date': return '2026-11-21';
      case 'JSON': case 'JSONObject': return { a: [1, null] };
      default: return 'text';
    }
  }
}

/** Whether a type is an object that a document can be about; used to list what was reached. */
export function objectTypes(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__')).map(({ name }) => name);
}
