import { GraphQLError, isLeafType, isListType, isNonNullType, isObjectType, Kind, print, type FieldNode, type GraphQLOutputType } from 'graphql';
import { LimitExceeded } from '../../platform/errors.ts';
import type { SelectedField, SelectionReader } from './selected-fields.ts';

/** Conflicts reported at most: a client mends the first few and asks again. */
const mostConflicts = 5;

/**
 * The specification's rule "fields in set can merge" in time proportional to the fields it visits. graphql-js compares
 * every pair of fields of one response name, so that 550 repeated fields in 16 KB cost it 650 ms. Here fields of one name
 * are grouped, every field is compared with the first of its group only (both relations are equivalences), and each
 * distinct merged set of selections is looked at once.
 *
 * Stops with `LimitExceeded` after `mostVisits` fields: fragments can unfold a short document into many distinct sets.
 */
export class OverlapCheck {
  readonly #reader: SelectionReader;
  readonly #conflicts: GraphQLError[] = [];
  readonly #looked = { shape: new Set<string>(), fields: new Set<string>() };
  readonly #printed = new Map<FieldNode, string>();
  readonly #mostVisits: number;
  #visits = 0;

  constructor(reader: SelectionReader, mostVisits: number) {
    this.#reader = reader;
    this.#mostVisits = mostVisits;
  }

  /** The conflicts of every operation of the document; empty when there are none. */
  conflicts(): readonly GraphQLError[] {
    for (const root of this.#reader.roots()) {
      this.#sameFields(root);
      this.#sameShape(root);
    }
    return this.#conflicts;
  }

  /** Everything under one response name must have one shape, also on types that exclude each other. */
  #sameShape(selections: readonly number[]): void {
    if (this.#done('shape', selections)) return;
    for (const [name, group] of this.#byName(selections)) {
      const typed = group.find(({ type }) => type !== undefined);
      const shape = typed?.type;
      const other = shape && group.find(({ type }) => type !== undefined && !sameWrapping(shape, type));
      if (typed && other) this.#report(name, `they return conflicting types "${String(typed.type)}" and "${String(other.type)}"`, typed, other);
      else this.#sameShape(below(group));
    }
  }

  /** Fields that one object may have to serve under one response name must be the same field with the same arguments. */
  #sameFields(selections: readonly number[]): void {
    if (this.#done('fields', selections)) return;
    for (const [name, group] of this.#byName(selections)) {
      for (const together of concreteGroups(group)) {
        const [first] = together;
        const renamed = first && together.find(({ node }) => node.name.value !== first.node.name.value);
        const differing = first && together.find(({ node }) => node !== first.node && this.#argumentsOf(node) !== this.#argumentsOf(first.node));
        if (first && renamed) this.#report(name, `"${first.node.name.value}" and "${renamed.node.name.value}" are different fields`, first, renamed);
        else if (first && differing) this.#report(name, 'they have differing arguments', first, differing);
        else this.#sameFields(below(together));
      }
    }
  }

  #byName(selections: readonly number[]): Map<string, SelectedField[]> {
    const groups = new Map<string, SelectedField[]>();
    for (const field of this.#reader.fieldsOf(selections)) {
      this.#visits += 1;
      if (this.#visits > this.#mostVisits) throw new LimitExceeded('The document is too complex to validate: its fragments unfold into too many different selections. Repeat fewer fields, or send several requests.');
      const name = field.node.alias?.value ?? field.node.name.value;
      const group = groups.get(name);
      if (group) group.push(field);
      else groups.set(name, [field]);
    }
    return groups;
  }

  #done(kind: 'shape' | 'fields', selections: readonly number[]): boolean {
    if (selections.length === 0 || this.#conflicts.length >= mostConflicts) return true;
    const key = selections.join();
    if (this.#looked[kind].has(key)) return true;
    this.#looked[kind].add(key);
    return false;
  }

  #argumentsOf(node: FieldNode): string {
    let text = this.#printed.get(node);
    if (text === undefined) this.#printed.set(node, (text = printArguments(node)));
    return text;
  }

  #report(name: string, reason: string, one: SelectedField, other: SelectedField): void {
    // Fields that differ often return different types, too; once is enough.
    if (this.#conflicts.length >= mostConflicts || this.#conflicts.some(({ nodes }) => nodes?.includes(other.node))) return;
    this.#conflicts.push(new GraphQLError(`Fields "${name}" conflict because ${reason}. Use different aliases on the fields to fetch both if this was intentional.`, { nodes: [one.node, other.node] }));
  }
}

/** The selection sets below fields that merge, each once. */
function below(group: readonly SelectedField[]): readonly number[] {
  const ids = new Set<number>();
  for (const { selection } of group) if (selection !== null) ids.add(selection);
  return ids.size > 1 ? [...ids].sort((a, b) => a - b) : [...ids];
}

/** The fields that one object may serve together: those of each object type, with those of interfaces and unions. */
function concreteGroups(group: readonly SelectedField[]): readonly (readonly SelectedField[])[] {
  if (group.length < 2) return [group];
  const abstract = group.filter(({ parent }) => !isObjectType(parent));
  if (abstract.length === group.length) return [group];
  return [...Map.groupBy(group.filter(({ parent }) => isObjectType(parent)), ({ parent }) => parent).values()].map((own) => (abstract.length > 0 ? [...own, ...abstract] : own));
}

function sameWrapping(one: GraphQLOutputType, other: GraphQLOutputType): boolean {
  if (isNonNullType(one) || isNonNullType(other)) return isNonNullType(one) && isNonNullType(other) && sameWrapping(one.ofType, other.ofType);
  if (isListType(one) || isListType(other)) return isListType(one) && isListType(other) && sameWrapping(one.ofType, other.ofType);
  return isLeafType(one) || isLeafType(other) ? one === other : true;
}

function printArguments({ arguments: given = [] }: FieldNode): string {
  if (given.length === 0) return '';
  return given.map(({ name, value }) => `${name.value}:${print(sorted(value))}`).sort().join();
}

type Value = NonNullable<FieldNode['arguments']>[number]['value'];

/** Members of an object mean the same in any order. */
function sorted(value: Value): Value {
  if (value.kind === Kind.OBJECT) {
    const fields = value.fields.map((field) => ({ ...field, value: sorted(field.value) }));
    return { ...value, fields: fields.sort((a, b) => (a.name.value < b.name.value ? -1 : 1)) };
  }
  return value.kind === Kind.LIST ? { ...value, values: value.values.map(sorted) } : value;
}
