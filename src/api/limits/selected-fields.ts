import { getNamedType, isInterfaceType, isObjectType, Kind, typeFromAST, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLNamedType, type GraphQLOutputType, type GraphQLSchema, type NamedTypeNode, type SelectionSetNode } from 'graphql';

/** A field as it is written in a document, with what the schema says of it. */
export interface SelectedField {
  readonly node: FieldNode;
  /** The type that it is selected on. */
  readonly parent: GraphQLNamedType | undefined;
  /** Undefined when the schema has no such field, and for `__typename`, as in graphql-js. */
  readonly type: GraphQLOutputType | undefined;
  /** The number of the selection set below it; null for a leaf. */
  readonly selection: number | null;
}

interface ReadSelection {
  readonly fields: readonly SelectedField[];
  readonly spreads: readonly string[];
}

/** Numbers the selection sets of a document and lists their fields, each read once; fragments are entered when asked for. */
export class SelectionReader {
  readonly #schema: GraphQLSchema;
  readonly #document: DocumentNode;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #numberOfFragment = new Map<string, number>();
  readonly #sets: { readonly set: SelectionSetNode; readonly parent: GraphQLNamedType | undefined }[] = [];
  readonly #read: ReadSelection[] = [];

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.#schema = schema;
    this.#document = document;
    for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
  }

  /** The selection set of each operation and each fragment, alone. */
  *roots(): Generator<readonly number[]> {
    for (const definition of this.#document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) yield [this.#number(definition.selectionSet, this.#schema.getRootType(definition.operation) ?? undefined)];
      const fragment = definition.kind === Kind.FRAGMENT_DEFINITION ? this.#numberOf(definition.name.value) : null;
      if (fragment !== null) yield [fragment];
    }
  }

  /** The fields of some selection sets together, with those of the fragments that they spread; each once. */
  *fieldsOf(selections: readonly number[]): Generator<SelectedField> {
    const entered = new Set<string>();
    const waiting = [...selections];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { fields, spreads } = this.#selection(next);
      yield* fields;
      for (const name of spreads) {
        if (entered.has(name)) continue;
        entered.add(name);
        const fragment = this.#numberOf(name);
        if (fragment !== null) waiting.push(fragment);
      }
    }
  }

  #numberOf(fragment: string): number | null {
    const known = this.#numberOfFragment.get(fragment);
    if (known !== undefined) return known;
    const definition = this.#fragments.get(fragment);
    if (!definition) return null;
    const number = this.#number(definition.selectionSet, this.#typeOf(definition.typeCondition));
    this.#numberOfFragment.set(fragment, number);
    return number;
  }

  #number(set: SelectionSetNode, parent: GraphQLNamedType | undefined): number {
    return this.#sets.push({ set, parent }) - 1;
  }

  #selection(number: number): ReadSelection {
    const known = this.#read[number];
    if (known) return known;
    const fields: SelectedField[] = [];
    const spreads: string[] = [];
    const waiting = this.#sets.slice(number, number + 1);
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const node of next.set.selections) {
        if (node.kind === Kind.FIELD) fields.push(this.#field(node, next.parent));
        else if (node.kind === Kind.FRAGMENT_SPREAD) spreads.push(node.name.value);
        else waiting.push({ set: node.selectionSet, parent: node.typeCondition ? this.#typeOf(node.typeCondition) : next.parent });
      }
    }
    return (this.#read[number] = { fields, spreads });
  }

  #field(node: FieldNode, parent: GraphQLNamedType | undefined): SelectedField {
    const type = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value]?.type : undefined;
    return { node, parent, type, selection: node.selectionSet ? this.#number(node.selectionSet, type && getNamedType(type)) : null };
  }

  #typeOf(condition: NamedTypeNode): GraphQLNamedType | undefined {
    return typeFromAST(this.#schema, condition);
  }
}
