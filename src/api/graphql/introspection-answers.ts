import { execute, getOperationAST, Kind, OperationTypeNode, type DocumentNode, type ExecutionResult, type GraphQLSchema, type SelectionSetNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';

/** An operation that may be about the schema only. */
export interface AskedAnswer {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/** Answers operations that ask about the schema and nothing else. */
export interface IntrospectionAnswers {
  /**
   * Returns the answer, and how long it took to make; null when the operation asks for data, too. The schema does not
   * change while the process runs, so that the same operation has the same answer: it is made once.
   */
  answer(asked: AskedAnswer): { readonly result: ExecutionResult; readonly milliseconds: number } | null;
}

const mostAnswers = 100;

/** Answers kept by document, operation and variables. */
export function createIntrospectionAnswers(schema: GraphQLSchema): IntrospectionAnswers {
  const kept = new LRUCache<string, ExecutionResult>({ max: mostAnswers });
  return {
    answer({ document, operationName, variables }) {
      const operation = getOperationAST(document, operationName);
      if (operation?.operation !== OperationTypeNode.QUERY || !asksSchemaOnly(document, operation.selectionSet)) return null;
      const source = document.loc?.source.body;
      const key = source === undefined ? null : canonicalJson([source, operationName ?? null, variables ?? {}]);
      const known = key === null ? undefined : kept.get(key);
      if (known) return { result: known, milliseconds: 0 };
      const began = cpuMilliseconds();
      const result = execute({ schema, document, operationName: operationName ?? null, variableValues: variables ?? {} });
      if (result instanceof Promise) throw new Error('introspection does not wait for anything');
      if (key !== null && !result.errors && key.length < 50_000) kept.set(key, result);
      return { result, milliseconds: cpuMilliseconds() - began };
    },
  };
}

/** Whether a selection at the root names nothing but `__schema`, `__type` and `__typename`, and the first two at least once. */
function asksSchemaOnly(document: DocumentNode, root: SelectionSetNode): boolean {
  const entered = new Set<string>();
  let schema = false;
  const only = ({ selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value !== '__typename') schema = true;
        return selection.name.value.startsWith('__');
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) return only(selection.selectionSet);
      if (entered.has(selection.name.value)) return true;
      entered.add(selection.name.value);
      const fragment = document.definitions.find((definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value);
      return fragment?.kind === Kind.FRAGMENT_DEFINITION && only(fragment.selectionSet);
    });
  return only(root) && schema;
}
