import { buildSchema, getNamedType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import { canonicalJson } from '../../src/platform/canonical-json.ts';
import { dataOf } from '../accounts/arrange.ts';
import type { TestProgram } from '../harness/program.ts';

/** What differs by nature between two tenants that were told the same: ids, and when the system learned it. */
const unlike = new Set(['id', 'presentId', 'recordedAt', 'asOf', 'validAt', 'productId', 'executionId', 'consideredAt', 'since', 'policyVersion', 'cachedAt', 'expiresAt']);
/** What is not part of the current state: trails, pages of their own, and what is read below on purpose. */
const elsewhere = new Set(['account', 'document', 'actionDecisions', 'actions', 'auditEvents', 'consideration', 'health', 'intent', 'latestSnapshot', 'lineage', 'derivationChain', 'profile', 'signals', 'snapshots', 'mergedFrom', 'retirement', 'statement', 'statements']);

const schema: GraphQLSchema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'), { assumeValid: true });
const typeOf = (name: string): GraphQLObjectType => {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`there is no type ${name}`);
  return type;
};
const needs = ({ args }: GraphQLField<unknown, unknown>, name: string): boolean => args.some((arg) => arg.name === name);
const withoutRequired = ({ args }: GraphQLField<unknown, unknown>): boolean => args.every(({ type, defaultValue }) => !isNonNullType(type) || defaultValue !== undefined);

/** Every field of a type that is told by it alone: the fields that come to the schema later are compared of themselves. */
function selectionOf(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).filter((field) => withoutRequired(field) && !elsewhere.has(field.name) && (field.name === 'id' || !unlike.has(field.name)));
  return fields.flatMap((field) => {
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) return [field.name];
    if (!isObjectType(inner) || depth === 0) return [];
    if (inner.name.endsWith('Connection')) {
      const node = getNamedType(typeOf(inner.name.replace(/Connection$/, 'Edge')).getFields()['node']?.type);
      return isObjectType(node) && needs(field, 'first') ? [`${field.name}(first: 20) { edges { node { ${selectionOf(node, 1)} } } }`] : [];
    }
    if (inner.getInterfaces().some(({ name }) => name === 'Node') && !isListOf(field)) return [`${field.name} { id }`];
    return [`${field.name} { ${selectionOf(inner, isListOf(field) ? 1 : 0)} }`];
  }).join(' ');
}

function isListOf({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

const intent = `intent { __typename ... on NoScore { reason } ... on IntentScore { ${selectionOf(typeOf('IntentScore'), 0)} nextThresholdCrossing { at direction }
  contributions(first: 100) { points weight decayFactor capped signal { id } } } }`;
const health = `health { ${selectionOf(typeOf('AccountHealth'), 1)} }`;
const actions = 'actions(first: 100, filter: { statuses: [PENDING, CLAIMED, APPROVED] }) { edges { node { type status contact { id } draft { to } } } }';
const signals = 'signals(first: 100) { edges { node { id type source sourceEventId occurredAt payload withdrawnAt } } }';

const derived = `context { derived { dealHealth { value reasons { condition effect text evidence { id } } } daysSinceLastContact hasActiveBlocker blockerCount primaryBlocker { id } seAssigned { name availableNow observedAt }
  competitiveThreats { name firstSeenAt lastSeenAt evidence { id } } values { kind rule { name version } evidence { id } } } quality { value missing } } brief { text lines { kind text evidence { id } } }`;

const graphWith = (more: string): string => `query FinalGraph { accounts(first: 20) { edges { node {
  ${selectionOf(typeOf('Account'), 1)} ${intent} ${health} ${derived} ${actions} ${signals} consideration { reason retryAt explanation } ${more}
} } } }`;
/** The operation that reads everything that must be the same, but for documents, which say when they were read. */
export const finalGraph = graphWith('');
const graphWithDocuments = graphWith('context { document }');

/** The graph of a tenant in its one form: ids replaced by external references, lists in the order of their content. */
export async function readGraph(program: TestProgram, token: string): Promise<unknown> {
  const data = dataOf(await program.query<unknown, Record<string, unknown>>(graphWithDocuments, {}, { token }));
  return canonical(data, labelsOf(data));
}

type Json = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value);

/** A signal that follows from a deal's stages is named by the deal's id and a digest that holds the account's. */
const isDerived = (sourceEventId: unknown): sourceEventId is string => typeof sourceEventId === 'string' && /^[0-9a-f-]{36}:[0-9a-f]{32}$/.test(sourceEventId);

/** What each id stands for: the references of its node, or the content of what has none. */
function labelsOf(data: unknown, labels = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(data)) for (const member of data) labelsOf(member, labels);
  if (!isObject(data)) return labels;
  const { id, externalRefs, sourceEventId, type, source, payload, occurredAt } = data;
  if (typeof id === 'string' && Array.isArray(externalRefs)) labels.set(id, (externalRefs as { system: string; id: string }[]).map((ref) => `${ref.system}:${ref.id}`).sort().join('='));
  else if (typeof id === 'string' && sourceEventId !== undefined) {
    labels.set(id, `signal ${canonicalJson([type, source, isDerived(sourceEventId) ? occurredAt : sourceEventId, payload])}`);
    if (isDerived(sourceEventId)) labels.set(sourceEventId, 'derived');
  }
  for (const member of Object.values(data)) labelsOf(member, labels);
  return labels;
}

const isWithdrawn = (member: unknown): boolean => isObject(member) && isObject(member['node']) && typeof member['node']['withdrawnAt'] === 'string';

function canonical(value: unknown, labels: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return labels.get(value) ?? value;
  if (Array.isArray(value)) {
    // A signal that no longer follows from what sources say stays in the trail, and counts for nothing.
    const members = value.filter((member) => !isWithdrawn(member)).map((member) => canonical(member, labels));
    return members.every(isObject) ? members.map((member) => [canonicalJson(member), member] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, member]) => member) : members;
  }
  if (!isObject(value)) return value;
  const stub = value['isStub'] === true ? new Set(['occurredAt']) : null;
  // An id says nothing beside references, and nothing where it stands for no content.
  const shown = Object.entries(value).filter(([key, member]) => !(key === 'id' && !('system' in value) && ('externalRefs' in value || !labels.has(String(member)))) && !stub?.has(key) && key !== 'cached_at');
  return Object.fromEntries(shown.map(([key, member]) => [key, canonical(member, labels)]));
}
