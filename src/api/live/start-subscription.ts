import { getOperationAST, getVariableValues, GraphQLError, Kind, visit, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { getArgumentValues } from 'graphql/execution/values.js';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { readLiveCursor, type LiveQuery } from '../../platform/graphql/live.ts';
import type { Id } from '../../platform/ids.ts';
import type { Timeline } from '../../platform/postgres/timeline.ts';
import type { OpenCall } from '../open-call.ts';

/** A subscription that was admitted: parsed, validated and within the limits. */
export interface LiveOperation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  /** Opens a call of the subscriber's own, for one execution. */
  openCall(): OpenCall;
}

/** A subscription that said what it wants. */
export interface StartedSubscription {
  readonly operation: LiveOperation;
  readonly tenantId: Id<'Tenant'>;
  readonly query: LiveQuery;
  /** Behind which place of the chain it goes on; null: from the present. */
  readonly after: number | null;
  /** Equal for subscriptions that are sent the same: same tenant, roles, document and variables, wherever they began. */
  readonly key: string;
}

/** Asks the subscription's field what it wants; throws what it refuses. */
export async function startSubscription(schema: GraphQLSchema, operation: LiveOperation, timeline?: Timeline): Promise<StartedSubscription> {
  const definition = getOperationAST(operation.document, operation.operationName);
  if (!definition) throw new InvalidInput('Name the operation to run in operationName.');
  const { coerced, errors } = getVariableValues(schema, definition.variableDefinitions ?? [], operation.variables);
  if (errors) throw errors[0] ?? new GraphQLError('The variables are not valid.');
  const node = rootField(schema, operation.document, definition, coerced);
  const field = schema.getSubscriptionType()?.getFields()[node.name.value];
  if (!field?.subscribe) throw new InvalidInput(`There is no subscription ${node.name.value}.`);
  const args = getArgumentValues(field, node, coerced);
  const call = operation.openCall();
  try {
    const { tenantId } = call;
    const after = typeof args['after'] === 'string' ? readLiveCursor(tenantId, args['after'], timeline) : null;
    const query = (await field.subscribe(null, args, call, null as never)) as LiveQuery;
    return { operation, tenantId, query, after, key: keyOf(operation, node, call) };
  } finally {
    await call.close();
  }
}

/** The one field of a subscription; it may be in a fragment, and under a condition. */
function rootField(schema: GraphQLSchema, document: DocumentNode, definition: OperationDefinitionNode, variables: { readonly [name: string]: unknown }): FieldNode {
  const type = schema.getSubscriptionType();
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const part of document.definitions) if (part.kind === Kind.FRAGMENT_DEFINITION) fragments[part.name.value] = part;
  const fields = type ? [...collectFields(schema, fragments, variables, type, definition.selectionSet).values()] : [];
  const [node] = fields[0] ?? [];
  if (fields.length !== 1 || !node) throw new InvalidInput('A subscription must select exactly one field.');
  return node;
}

/** No read depends on who asks, only on the tenant and the roles; so these two stand for the caller. */
function keyOf({ document, operationName, variables }: LiveOperation, node: FieldNode, { tenantId, roles }: OpenCall): string {
  const beginning = cursorVariable(document, node);
  const others = Object.fromEntries(Object.entries(variables).filter(([name]) => name !== beginning));
  return canonicalJson([tenantId, [...roles].sort(), document.loc?.source.body ?? '', operationName, others]);
}

/** The variable that says where the subscription begins, if it says nothing else: what is sent does not depend on it. */
function cursorVariable(document: DocumentNode, node: FieldNode): string | null {
  const given = node.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (given?.kind !== Kind.VARIABLE) return null;
  const name = given.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable(variable) {
      if (variable.name.value === name) uses += 1;
    },
  });
  return uses === 1 ? name : null;
}
