import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountKind, loadStates, statementLineage } from '../accounts/index.ts';
import type { Derivation, LineageRef } from '../lineage/index.ts';
import type { ContextRules } from './context-rules.ts';
import { derivedValueId, derivedValueLineage, evidenceLineage } from './derived-lineage.ts';
import { derivedValueKinds, deriveValues, type DerivedRule, type DerivedValueDeclaration } from './derived-values.ts';
import type { DealHealthValue, DerivedValueKind } from './enums.ts';
import type { ContextFacts } from './facts.ts';
import { nextMove } from './next-move.ts';

/** How derived values come from records, from statements about the account, and from each other. */
type Relation = 'DERIVED' | 'STATED' | 'COMBINED';
const relations: readonly Relation[] = ['DERIVED', 'STATED', 'COMBINED'];

/** What was last derived of one kind: its rule, a digest of what it says, and one of where it comes from. */
export interface Said {
  readonly rule: string;
  readonly says: string;
  readonly from: string;
}

/** What was derived of an account, by kind; kinds that derive from nothing are left out. */
export interface SaidOfAccount {
  readonly dealHealth: DealHealthValue;
  readonly kinds: Readonly<Partial<Record<DerivedValueKind, Said>>>;
}

/** A derived value with its sources, by relation. */
export interface SourcedValue {
  readonly kind: DerivedValueKind;
  readonly rule: DerivedRule;
  readonly sources: Readonly<Record<Relation, readonly LineageRef[]>>;
}

/** What derives from an account, ready to be stored. */
export interface DerivedAccount {
  readonly accountId: string;
  readonly said: SaidOfAccount;
  readonly sourced: ReadonlyMap<DerivedValueKind, SourcedValue>;
  readonly movesAt: string | null;
  /** Context quality, 0 to 100. */
  readonly quality: number;
}

/** The statements that win the fields of accounts, by account and field. Two statements however many accounts. */
export async function winningStatements(work: Work, seal: Seal, accountIds: readonly string[]): Promise<Map<string, ReadonlyMap<string, string>>> {
  const states = await loadStates(work, seal, accountKind, accountIds);
  return new Map([...states].map(([id, { folded }]) => [id, new Map([...folded.fields].flatMap(([field, { winner }]) => (winner ? [[field, winner.statement.id] as const] : [])))]));
}

const hash = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32);
const uniqueRefs = (refs: readonly (LineageRef | null)[]): LineageRef[] => [...new Map(refs.flatMap((ref) => (ref ? [[ref.id, ref] as const] : []))).values()];

/** What is known when an account is derived. */
export interface Known {
  readonly rules: ContextRules;
  readonly now: string;
  /** The statements that win the account's fields, by field. */
  readonly statements: ReadonlyMap<string, string>;
}

/** Computes the derived values of one account with their sources. */
export function deriveAccount(facts: ContextFacts, { rules, now, statements }: Known): DerivedAccount {
  const accountId = facts.account.id;
  const values = deriveValues(facts, rules, now);
  const own = (declaration: DerivedValueDeclaration): SourcedValue['sources'] => ({
    DERIVED: uniqueRefs(declaration.inputs(values).map(evidenceLineage)),
    STATED: uniqueRefs(declaration.accountFields.map((field) => { const id = statements.get(field); return id === undefined ? null : statementLineage.ref(id); })),
    COMBINED: [],
  });
  const direct = new Map(derivedValueKinds.map((declaration) => [declaration.kind, own(declaration)]));
  const isSourced = (kind: DerivedValueKind): boolean => { const sources = direct.get(kind); return sources !== undefined && sources.DERIVED.length + sources.STATED.length > 0; };
  const sourced = new Map(derivedValueKinds.flatMap((declaration): [DerivedValueKind, SourcedValue][] => {
    const { kind, from } = declaration;
    const sources = direct.get(kind);
    const combined = from.filter(isSourced).map((each) => derivedValueLineage.ref(derivedValueId(each, accountId)));
    if (!sources || (!isSourced(kind) && combined.length === 0)) return [];
    return [[kind, { kind, rule: declaration.rule(rules), sources: { ...sources, COMBINED: combined } }]];
  }));
  const kinds = Object.fromEntries(derivedValueKinds.flatMap((declaration) => {
    const value = sourced.get(declaration.kind);
    if (!value) return [];
    const from = relations.map((relation) => value.sources[relation].map(({ id }) => id).toSorted());
    return [[declaration.kind, { rule: `${value.rule.name} ${value.rule.version}`, says: hash(declaration.says(values)), from: hash(from) } satisfies Said]];
  }));
  return { accountId, said: { dealHealth: values.dealHealth.value, kinds }, sourced, movesAt: nextMove(facts, rules, values, now), quality: values.quality.value };
}

/** The edges to a derived value; they replace those it had. */
export function edgesTo(accountId: string, { kind, rule, sources }: SourcedValue): Derivation[] {
  const to = derivedValueLineage.ref(derivedValueId(kind, accountId));
  return relations.map((relation) => ({ to, from: sources[relation], relation, rule, replaces: true }));
}

/** Ends every edge to a derived value. */
export function endsOf(accountId: string, kind: DerivedValueKind): Derivation[] {
  const to = derivedValueLineage.ref(derivedValueId(kind, accountId));
  return relations.map((relation) => ({ to, from: [], relation, rule: { name: 'ended', version: '0' }, replaces: true }));
}
