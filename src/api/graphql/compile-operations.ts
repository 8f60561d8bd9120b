import { getArgumentValues, getOperationAST, getVariableValues, Kind, OperationTypeNode, visit, type DocumentNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { compileAnswer, type RunAnswer } from './compile-answer.ts';
import { unfoldOperation, type ArgumentSite } from './unfold-operation.ts';

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

/** Runs an operation compiled. Returns its result as JSON with a line feed behind it, or null when it has to be interpreted. */
export type RunCompiled = (execution: Execution) => Promise<Buffer | null>;

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
  readonly run: RunAnswer;
  readonly sites: readonly ArgumentSite[];
  /** The arguments of sites that no variable changes, by the site's number. */
  readonly constants: readonly (Arguments | null)[];
}

type Arguments = Readonly<Record<string, unknown>>;

/**
 * Compiles queries that are asked again: their answers are written as text while they are resolved. A query is compiled when
 * it is seen for the second time, so that one-off queries cost no compilation; mutations run once and stay interpreted.
 *
 * Compiled and interpreted execution give the same result because only what graphql-js does without an error is compiled.
 * Variables and arguments are coerced by graphql-js. Conditions are decided before compiling, so each combination of their
 * values is an operation of its own. Fragments are unfolded. At the first error everything is discarded, and the operation
 * interpreted. `test/api/execution-equality.test.ts` compares both on generated documents.
 */
export function createRunCompiled(schema: GraphQLSchema): RunCompiled {
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
    const { sites } = unfolded;
    return { run: compileAnswer(schema, unfolded), sites, constants: sites.map((site) => (site.constant ? argumentsOf(site, variables) : null)) };
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
      const { run, constants, sites } = kept.made;
      return await run(contextValue, sites.map((site, number) => constants[number] ?? argumentsOf(site, coerced)));
    } catch {
      // The interpreter says what is wrong, in its place.
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

/** The arguments of a site; throws what graphql-js throws for one that is refused. */
const argumentsOf = ({ field, node }: ArgumentSite, variables: Readonly<Record<string, unknown>>): Arguments => getArgumentValues(field, node, variables);
