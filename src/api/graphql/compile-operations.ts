import {
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  GraphQLSchema,
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { CoercedArgument, unfoldOperation, type ArgumentSite } from './unfold-operation.ts';

/** How many operations are kept compiled. */
const mostCompiled = 1_000;
/** How many combinations of conditions of one operation may be compiled; further ones stay interpreted. */
const mostVariants = 64;

/** One execution of an operation. */
export interface Execution {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  /** Raw, as the caller sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly contextValue: unknown;
}

/** Runs an operation compiled. Returns its data, or null when it has to be interpreted. */
export type RunCompiled = (execution: Execution) => Promise<NonNullable<ExecutionResult['data']> | null>;

/** A query as it is prepared once. */
interface Plan {
  readonly number: number;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The variables that its conditions use. */
  readonly conditions: readonly string[];
  /** The combinations of their values that were asked for. */
  readonly seen: Set<string>;
}

interface Compiled {
  readonly query: CompiledQuery['query'];
  readonly constants: Readonly<Record<string, unknown>>;
  readonly sites: readonly ArgumentSite[];
}

/**
 * Compiles queries that are asked again (graphql-jit: about a tenth of the CPU). A query is compiled when it is seen for
 * the second time, so that one-off queries cost no compilation; mutations run once and stay interpreted.
 *
 * Compiled and interpreted execution give the same result because graphql-jit is left only what it does as graphql-js
 * does. Variables and arguments are coerced by graphql-js. Conditions are decided before compiling, so each combination
 * of their values is an operation of its own. Fragments are unfolded. A result with an error is discarded, and the
 * operation interpreted. `test/api/execution-equality.test.ts` compares both on generated documents.
 */
export function createRunCompiled(schema: GraphQLSchema): RunCompiled {
  const config = schema.toConfig();
  const compilable = new GraphQLSchema({ ...config, types: [...config.types, CoercedArgument], assumeValid: true });
  // Apollo keeps one parsed document per text, so the document itself is the key.
  const plans = new WeakMap<DocumentNode, Map<string, Plan | null>>();
  const compiled = new LRUCache<string, { readonly made: Compiled | null }>({ max: mostCompiled });
  let lastNumber = 0;

  const planOf = (document: DocumentNode, operationName: string): Plan | null => {
    let byName = plans.get(document);
    if (!byName) plans.set(document, (byName = new Map()));
    const known = byName.get(operationName);
    if (known !== undefined) return known;
    const plan = makePlan(document, operationName, (lastNumber += 1));
    byName.set(operationName, plan);
    return plan;
  };

  const compile = (plan: Plan, variables: Readonly<Record<string, unknown>>): Compiled | null => {
    const unfolded = unfoldOperation({ schema, ...plan, variables });
    if (!unfolded) return null;
    const made = compileQuery(compilable, unfolded.document);
    if (!isCompiledQuery(made)) return null;
    const constant = unfolded.sites.filter((site) => site.constant);
    return { query: made.query, constants: argumentsOf(constant, variables, {}), sites: unfolded.sites.filter((site) => !site.constant) };
  };

  return async ({ document, operationName, variables, contextValue }) => {
    const plan = planOf(document, operationName ?? '');
    if (!plan) return null;
    const { coerced, errors } = getVariableValues(schema, plan.operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: 1 });
    if (errors) return null;
    const variant = plan.conditions.map((name) => String(coerced[name])).join();
    if (!plan.seen.has(variant)) {
      if (plan.seen.size < mostVariants) plan.seen.add(variant);
      return null;
    }
    try {
      const key = `${plan.number}:${variant}`;
      let kept = compiled.get(key);
      if (!kept) compiled.set(key, (kept = { made: compile(plan, coerced) }));
      if (!kept.made) return null;
      const { query, constants, sites } = kept.made;
      const result = await query(undefined, contextValue, argumentsOf(sites, coerced, constants));
      return result.errors ? null : (result.data ?? null);
    } catch {
      // An argument or a condition without a value. The interpreter says so in its place, if that is reached at all.
      return null;
    }
  };
}

function makePlan(document: DocumentNode, operationName: string, number: number): Plan | null {
  const operation = getOperationAST(document, operationName === '' ? null : operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return null;
  const fragments = new Map(document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));
  const conditions = new Set<string>();
  visit(document, {
    Directive(directive) {
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) conditions.add(value.name.value);
    },
  });
  return { number, operation, fragments, conditions: [...conditions], seen: new Set() };
}

/** The values of the arguments, each under the name of its variable; throws what graphql-js throws for one that is refused. */
function argumentsOf(sites: readonly ArgumentSite[], variables: Readonly<Record<string, unknown>>, known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values = { ...known };
  for (const { field, node, prefix } of sites) {
    for (const [name, value] of Object.entries(getArgumentValues(field, node, variables))) values[prefix + name] = value;
  }
  return values;
}
