import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode, type NodeRow } from '../../platform/graphql/node.ts';
import { accountById, type AccountRow } from '../accounts/index.ts';
import { contextOfAccount } from './context.queries.ts';
import { currentContextRules } from './context-rules.queries.ts';
import type { ContextRules } from './context-rules.ts';
import { derivedValueId, ofDerivedValue } from './derived-lineage.ts';
import { derivedValueKinds, deriveValues, type DerivedRule, type DerivedValueDeclaration, type DerivedValues } from './derived-values.ts';
import type { DerivedValueKind } from './enums.ts';
import type { ContextFacts, EvidenceRef } from './facts.ts';

/** The facts of an account's context at the instant read for; null where the tenant has no such account, or it is not in use. */
export const contextFactsOf: Question<string, ContextFacts | null> = {
  name: 'context_facts',
  load: (call, accountIds, asOf) => Promise.all(accountIds.map(async (id) => (await ask(call, contextOfAccount, asOf, id)).facts)),
};

/** The instant that values are derived for. RFC 3339. */
export function instantOf(call: Pick<Call, 'clock'>, asOf: AsOf): string {
  return asOf?.at ?? call.clock.now().toISOString();
}

/** The derived values of an account with what they were computed from. */
export interface DerivedContext {
  readonly accountId: string;
  readonly values: DerivedValues;
  readonly rules: ContextRules;
  readonly asOf: AsOf;
}

/** What an account's context says at the instant read for, derived once for all fields of an operation that show it. */
const derivedContexts: Question<string, DerivedContext> = {
  name: 'derived_contexts',
  load: (call, accountIds, asOf) => Promise.all(accountIds.map(async (accountId) => {
    const [found, rules] = await Promise.all([ask(call, contextFactsOf, asOf, accountId), ask(call, currentContextRules, asOf, 'in_force')]);
    const facts = found ?? factsWithoutRecords(accountId, await ask(call, accountById, asOf, accountId));
    return { accountId, values: deriveValues(facts, rules, instantOf(call, asOf)), rules, asOf };
  })),
};

/** Derives what an account's context says at the instant read for. */
export function derivedContextOf(call: Call, accountId: string, asOf: AsOf): Promise<DerivedContext> {
  return ask(call, derivedContexts, asOf, accountId);
}

/** An account that was retired has no records any more. */
function factsWithoutRecords(id: string, account: AccountRow | null): ContextFacts {
  const { name = '', isStub = false, status = 'INACTIVE', industry = null, employeeCount = null, website = null, owner = null } = account ?? {};
  const own = { id, name, isStub, status, hasIndustry: industry !== null, hasEmployeeCount: employeeCount !== null, hasWebsite: website !== null, hasOwner: owner !== null };
  return { account: own, deals: [], tickets: [], texts: [], contacts: [], presences: [], people: [] };
}

/** A derived value as GraphQL is given it. */
export interface DerivedValueRow extends NodeRow {
  readonly kind: DerivedValueKind;
  readonly accountId: string;
  readonly rule: DerivedRule;
  readonly evidenceRefs: readonly EvidenceRef[];
  /** What it was derived with. */
  readonly derived: DerivedContext;
}

/** One derived value of a context as a node. */
export function derivedValueRow(derived: DerivedContext, declaration: DerivedValueDeclaration): DerivedValueRow {
  const { accountId, values, rules, asOf } = derived;
  const { kind } = declaration;
  const refs = new Map(declaration.inputs(values).map((ref) => [ref.id, ref]));
  return asNode('DerivedValue', { uuid: derivedValueId(kind, accountId), kind, accountId, rule: declaration.rule(rules), evidenceRefs: [...refs.values()], derived }, asOf);
}

/** The declaration of a kind of derived value. */
export function declarationOf(kind: DerivedValueKind): DerivedValueDeclaration {
  const found = derivedValueKinds.find((each) => each.kind === kind);
  if (!found) throw new Error(`the derived value ${kind} is not registered`);
  return found;
}

/** The derived value of an id; null where the tenant has no such account. */
export async function derivedValueById(call: Call, uuid: string, asOf: AsOf): Promise<DerivedValueRow | null> {
  const named = ofDerivedValue(uuid);
  const account = named && (await ask(call, accountById, asOf, named.accountId));
  const derived = account && (await derivedContextOf(call, account.uuid, asOf));
  return named && derived ? derivedValueRow(derived, declarationOf(named.kind)) : null;
}
