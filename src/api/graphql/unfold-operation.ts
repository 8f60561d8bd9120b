import {
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  visit,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A field with arguments. */
export interface ArgumentSite {
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  /** Whether no argument depends on a variable. */
  readonly constant: boolean;
}

/** An operation without fragment spreads, conditions and arguments. */
export interface UnfoldedOperation {
  readonly operation: OperationDefinitionNode;
  readonly sites: readonly ArgumentSite[];
  /** The sites by the fields of the unfolded operation. */
  readonly siteOf: ReadonlyMap<FieldNode, ArgumentSite>;
}

/** What is unfolded: an operation for given values of the variables that its conditions use. */
export interface Unfoldable {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** As coerced by graphql-js. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Selections after unfolding, beyond which an operation stays interpreted: fragments that spread fragments multiply. */
const mostSelections = 5_000;

/**
 * Unfolds an operation: decides every `@skip` and `@include` as graphql-js does, replaces each fragment spread by an
 * inline fragment, and puts the arguments apart. Returns null for an operation that must stay interpreted: with a
 * response key `__proto__`, introspection, arguments on a field of an interface, or too many selections. Throws what
 * graphql-js throws for a condition without a value.
 */
export function unfoldOperation(unfoldable: Unfoldable): UnfoldedOperation | null {
  return new Unfolding(unfoldable).unfold();
}

class Unfolding {
  readonly #of: Unfoldable;
  readonly #sites = new Map<FieldNode, ArgumentSite>();
  readonly #siteOf = new Map<FieldNode, ArgumentSite>();
  #selections = 0;
  #refused = false;

  constructor(unfoldable: Unfoldable) {
    this.#of = unfoldable;
  }

  unfold(): UnfoldedOperation | null {
    const { schema, operation } = this.#of;
    const root = schema.getRootType(operation.operation);
    if (!root) return null;
    const selectionSet = this.#set(operation.selectionSet, root);
    if (this.#refused) return null;
    return { operation: { ...operation, directives: [], variableDefinitions: [], selectionSet }, sites: [...this.#sites.values()], siteOf: this.#siteOf };
  }

  #set({ selections }: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode {
    const unfolded = selections.flatMap((selection) => (this.#refused || !this.#isIncluded(selection) ? [] : this.#selection(selection, parent)));
    return { kind: Kind.SELECTION_SET, selections: unfolded };
  }

  #isIncluded(node: SelectionNode): boolean {
    const { variables } = this.#of;
    if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false;
  }

  #selection(node: SelectionNode, parent: GraphQLCompositeType): SelectionNode[] {
    this.#selections += 1;
    if (this.#selections > mostSelections) return this.#refuse();
    if (node.kind === Kind.FIELD) return this.#field(node, parent);
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? this.#of.fragments.get(node.name.value) : node;
    if (!fragment) return this.#refuse();
    const { typeCondition, selectionSet } = fragment;
    const type = typeCondition ? this.#of.schema.getType(typeCondition.name.value) : parent;
    if (!isCompositeType(type)) return this.#refuse();
    return [{ kind: Kind.INLINE_FRAGMENT, ...(typeCondition ? { typeCondition } : {}), selectionSet: this.#set(selectionSet, type) }];
  }

  #field(node: FieldNode, parent: GraphQLCompositeType): SelectionNode[] {
    const name = node.name.value;
    // An object literal with this key sets the prototype instead.
    if ((node.alias ?? node.name).value === '__proto__') return this.#refuse();
    const bare: FieldNode = { ...node, directives: [], arguments: [] };
    if (name === '__typename') return [bare];
    const field = isUnionType(parent) ? undefined : parent.getFields()[name];
    if (!field) return this.#refuse();
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return this.#withArguments(bare, { node, field, parent });
    return this.#withArguments({ ...bare, selectionSet: this.#set(node.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] }, type) }, { node, field, parent });
  }

  #withArguments(bare: FieldNode, { node, field, parent }: { node: FieldNode; field: GraphQLField<unknown, unknown>; parent: GraphQLCompositeType }): SelectionNode[] {
    // Which arguments and defaults hold is decided by the object that is met, which is not known here.
    const met = isAbstractType(parent) ? this.#of.schema.getPossibleTypes(parent) : [];
    if (met.some((type) => (type.getFields()[field.name]?.args.length ?? 0) > 0)) return this.#refuse();
    if (field.args.length === 0 || !isObjectType(parent)) return [bare];
    const known = this.#sites.get(node);
    if (known && known.field !== field) return this.#refuse();
    const site = known ?? { node, field, constant: !usesVariables(node) };
    this.#sites.set(node, site);
    this.#siteOf.set(bare, site);
    return [bare];
  }

  #refuse(): [] {
    this.#refused = true;
    return [];
  }
}

function usesVariables({ arguments: given = [] }: FieldNode): boolean {
  let found = false;
  for (const argument of given) {
    visit(argument, {
      Variable() {
        found = true;
      },
    });
  }
  return found;
}
