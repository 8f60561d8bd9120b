import { Kind, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { LimitExceeded, ProductError, Unauthenticated } from '../../platform/errors.ts';
import { textFault } from './check-texts.ts';
import { measureOperation, type Measures } from './measure-operation.ts';
import type { LimitPolicy } from './policy.ts';

/** An operation that a caller wants to run. */
export interface AskedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName: string | null | undefined;
}

/** What an operation is held against. */
export interface Allowance {
  readonly policy: LimitPolicy;
  /** Whether the caller may ask for `__schema` and `__type`: signed-in callers may. */
  readonly introspection: boolean;
}

/** What came of it. */
export interface CheckedOperation {
  /** Every limit that it exceeds, one error each; empty when it may run. */
  readonly errors: readonly ProductError[];
  /** What it costs; the rate limit is charged with this. */
  readonly cost: number;
}

/**
 * Holds an operation against the policy before anything of it runs. It never throws, whatever the document, and takes
 * time in proportion to the document's length. When the name fits no operation, all of them are checked.
 */
export function checkDocument(asked: AskedOperation, { policy, introspection }: Allowance): CheckedOperation {
  const errors: ProductError[] = [];
  const { tokenCount = 0 } = asked.document;
  if (tokenCount > policy.tokens) errors.push(tooMany(tokenCount, policy.tokens, 'tokens'));
  let cost = 0;
  for (const operation of chosen(asked.document, asked.operationName)) {
    const measures = measure(asked, operation, policy);
    cost = Math.max(cost, measures.cost);
    errors.push(...exceeded(measures, policy));
    const fault = textFault(asked.document, operation, asked.variables);
    if (fault) errors.push(fault);
    if (measures.introspects && !introspection) {
      errors.push(new Unauthenticated('Only signed-in callers may introspect the schema. Send a token or an API key.'));
    }
  }
  return { errors, cost };
}

function chosen({ definitions }: DocumentNode, name: string | null | undefined): readonly OperationDefinitionNode[] {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = name ? operations.find((operation) => operation.name?.value === name) : undefined;
  return named ? [named] : operations;
}

function exceeded(measures: Measures, policy: LimitPolicy): ProductError[] {
  const { depth, introspectionDepth, aliases, rootFields, directives, cost, circularFragment } = measures;
  const errors: ProductError[] = [];
  if (circularFragment !== null) {
    errors.push(new ProductError('GRAPHQL_VALIDATION_FAILED', `The fragment "${circularFragment}" refers to itself.`));
  }
  if (depth > policy.depth) errors.push(tooMany(depth, policy.depth, 'levels of fields'));
  if (introspectionDepth > policy.introspectionDepth) {
    errors.push(tooMany(introspectionDepth, policy.introspectionDepth, 'levels of introspection'));
  }
  if (aliases > policy.aliases) errors.push(tooMany(aliases, policy.aliases, 'aliases'));
  if (rootFields > policy.rootFields) errors.push(tooMany(rootFields, policy.rootFields, 'fields at the root'));
  if (directives > policy.directives) errors.push(tooMany(directives, policy.directives, 'directives in one place'));
  if (cost > policy.cost) errors.push(tooMany(cost, policy.cost, 'objects, by the estimate before it runs'));
  return errors;
}

function tooMany(found: number, allowed: number, what: string): LimitExceeded {
  const many = Number.isFinite(found) ? `${Math.ceil(found)}` : 'endlessly many';
  return new LimitExceeded(`The operation has ${many} ${what}; at most ${allowed} are allowed. Ask for less, or in several requests.`);
}

/** Operations whose figures do not depend on variables are measured once, as long as their document is kept. */
const remembered = new WeakMap<OperationDefinitionNode, { schema: GraphQLSchema; policy: LimitPolicy; measures: Measures }>();

function measure({ schema, document, variables }: AskedOperation, operation: OperationDefinitionNode, policy: LimitPolicy): Measures {
  const known = remembered.get(operation);
  if (known && known.schema === schema && known.policy === policy) return known.measures;
  const measures = measureOperation({ schema, document, operation, variables: variables ?? {}, sizes: policy.sizes });
  if (!measures.variable) remembered.set(operation, { schema, policy, measures });
  return measures;
}
