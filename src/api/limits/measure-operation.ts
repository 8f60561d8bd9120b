import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { costOfField, nothing, plus, type Cost } from './cost.ts';
import type { AssumedSizes } from './policy.ts';

/** An operation as its limits see it. */
export interface Measures {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly rootFields: number;
  readonly aliases: number;
  /** The most directives on any one place. */
  readonly directives: number;
  readonly cost: number;
  /** Whether the cost depends on variables. */
  readonly variable: boolean;
  /** Whether it asks for `__schema` or `__type`. */
  readonly introspects: boolean;
  /** A fragment that refers to itself, by name; null when there is none. */
  readonly circularFragment: string | null;
}

/** What is measured, and against what. */
export interface Measured {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly sizes: AssumedSizes;
}

/**
 * Measures an operation before it runs, without asking whether it is valid: what the schema does not know counts as one
 * object. Each fragment is measured once and its figures are used wherever it is spread, so the work grows with the
 * length of the document and not with what it unfolds to. Nothing is left out for `@skip` or `@include`.
 */
export function measureOperation(measured: Measured): Measures {
  return new Measurement(measured).take();
}

/** Selection sets below each other, beyond which a document is taken to be endless; no honest one has a tenth. */
const endless = 500;

interface Part {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly fields: number;
  readonly cost: Cost;
}

const empty: Part = { depth: 0, introspectionDepth: 0, fields: 0, cost: nothing };

class Measurement {
  readonly #measured: Measured;
  readonly #definitions = new Map<string, FragmentDefinitionNode>();
  /** Null while the fragment is being measured: who meets that has come round in a circle. */
  readonly #fragments = new Map<string, Part | null>();
  #aliases = 0;
  #directives = 0;
  #variable = false;
  #introspects = false;
  #circularFragment: string | null = null;

  constructor(measured: Measured) {
    this.#measured = measured;
    for (const definition of measured.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#definitions.set(definition.name.value, definition);
    }
  }

  take(): Measures {
    const { schema, operation, sizes } = this.#measured;
    this.#countDirectives(operation);
    for (const variable of operation.variableDefinitions ?? []) this.#countDirectives(variable);
    const whole = this.#selection(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, 1);
    return {
      depth: whole.depth,
      introspectionDepth: whole.introspectionDepth,
      rootFields: whole.fields,
      aliases: this.#aliases,
      directives: this.#directives,
      cost: plus(whole.cost.once, whole.cost.perItem * sizes.list),
      variable: this.#variable,
      introspects: this.#introspects,
      circularFragment: this.#circularFragment,
    };
  }

  #selection({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined, level: number): Part {
    if (level > endless) return { ...empty, depth: Number.POSITIVE_INFINITY };
    let sum = empty;
    for (const selection of selections) {
      this.#countDirectives(selection);
      if (selection.kind === Kind.FIELD) sum = together(sum, this.#field(selection, parent, level));
      else if (selection.kind === Kind.FRAGMENT_SPREAD) sum = together(sum, this.#fragment(selection.name.value, level));
      else sum = together(sum, this.#selection(selection.selectionSet, this.#condition(selection, parent), level + 1));
    }
    return sum;
  }

  #condition(fragment: { readonly typeCondition?: { readonly name: { readonly value: string } } | undefined }, parent?: GraphQLNamedType) {
    return fragment.typeCondition ? this.#measured.schema.getType(fragment.typeCondition.name.value) : parent;
  }

  #fragment(name: string, level: number): Part {
    const known = this.#fragments.get(name);
    if (known) return known;
    if (known === null) this.#circularFragment ??= name;
    const definition = this.#definitions.get(name);
    if (known === null || !definition) return empty;
    this.#fragments.set(name, null);
    this.#countDirectives(definition);
    const part = this.#selection(definition.selectionSet, this.#condition(definition), level + 1);
    this.#fragments.set(name, part);
    return part;
  }

  #field(node: FieldNode, parent: GraphQLNamedType | undefined, level: number): Part {
    if (node.alias) this.#aliases += 1;
    const field = findField(parent, node.name.value);
    const below = node.selectionSet ? this.#selection(node.selectionSet, field && getNamedType(field.type), level + 1) : empty;
    const { cost, variable } = costOfField({ node, field, below: below.cost, ...this.#measured });
    if (variable) this.#variable = true;
    const introspection = node.name.value === '__schema' || node.name.value === '__type';
    if (introspection) this.#introspects = true;
    return {
      depth: introspection ? 1 : below.depth + 1,
      introspectionDepth: introspection ? below.depth + 1 : below.introspectionDepth,
      fields: 1,
      cost,
    };
  }

  #countDirectives({ directives }: { readonly directives?: readonly unknown[] | undefined }): void {
    if (directives && directives.length > this.#directives) this.#directives = directives.length;
  }
}

function together(a: Part, b: Part): Part {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    fields: plus(a.fields, b.fields),
    cost: { once: plus(a.cost.once, b.cost.once), perItem: plus(a.cost.perItem, b.cost.perItem) },
  };
}

function findField(parent: GraphQLNamedType | undefined, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === '__schema') return SchemaMetaFieldDef;
  if (name === '__type') return TypeMetaFieldDef;
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}
