import { canonicalJson } from '../../platform/canonical-json.ts';
import { rankSource, type Precedence } from './precedence.ts';
import { accountField, manualSource, occurredField, retiredField, type SourceStatement } from './source-statement.ts';

/** What one source says a field of one of the merged nodes holds now. */
export interface Claim {
  readonly source: string;
  /** Null: the source says that there is no value. */
  readonly value: unknown;
  readonly statement: SourceStatement;
  /** Whether the value is the account that a record belongs to. */
  readonly isAccount?: boolean;
}

/** A field with what its sources say. */
export interface FoldedField {
  /** The claim that the projection shows; null where no source gives a value. */
  readonly winner: Claim | null;
  /** The latest claim of each source that gives a value, about each of the merged nodes; the winner first. */
  readonly claims: readonly Claim[];
  /** The claims of sources that say there is no value. */
  readonly cleared: readonly Claim[];
}

/** The state of a node that its statements imply. */
export interface Folded {
  readonly fields: ReadonlyMap<string, FoldedField>;
  /** The claim that the node has ended, where it prevails. */
  readonly retired: Claim | null;
  /** The account that a record belongs to, before merges. */
  readonly accountId: string | null;
  /** The latest instant of what the projection shows; null where nothing was stated. */
  readonly occurredAt: string | null;
  /** The statements in which something is the latest of its source. */
  readonly holding: ReadonlySet<string>;
}

/** What is folded: the fields that nodes of the kind have, by the rules in force. */
export interface FoldRules {
  readonly nodeType: string;
  readonly fields: readonly string[];
  readonly precedence: Precedence;
  /** Whether `occurredAt` is when the thing itself took place, and not since when its state holds. */
  readonly ownTime: boolean;
}

/**
 * The state that statements imply. The result depends on the set of statements only: not on their order, their number of
 * deliveries or how they were batched. Per node, source and field the latest statement holds (`isLater`): two merged nodes that
 * one source knows are two things to it, and what it says of one does not take back what it says of the other. A person's
 * statements are about the merged node as a whole. Between claims the precedence policy decides, then the later one, then the
 * source's name. A source that says a field has no value does not compete for it. A source has ended a merged node when it has
 * ended each of those that it stated. Costs O(statements · fields).
 */
export function foldStatements(statements: readonly SourceStatement[], { nodeType, fields, precedence, ownTime }: FoldRules): Folded {
  const latest = latestClaims(statements, fields);
  const holding = new Set<string>();
  const folded = new Map<string, FoldedField>();
  for (const [field, byOrigin] of latest) {
    const every = [...byOrigin.values()];
    for (const { statement } of every) holding.add(statement.id);
    const rank = rankSource(precedence, nodeType, field);
    const competing = field === retiredField ? withoutPartialEnds(every) : every;
    const stating = competing.filter(({ value }) => value !== null).toSorted((one, other) => rank(one.source) - rank(other.source) || compareClaims(other, one));
    folded.set(field, { winner: stating[0] ?? null, claims: stating, cleared: every.filter(({ value }) => value === null) });
  }
  const own = fields.map((field) => [field, folded.get(field) ?? nothing] as const);
  const account = folded.get(accountField)?.winner ?? null;
  const ended = folded.get(retiredField)?.winner ?? null;
  const shown = [...own.map(([, { winner }]) => winner), account].flatMap((claim) => claim ?? []);
  return {
    fields: new Map(own),
    retired: ended?.value === true ? ended : null,
    accountId: (account?.value as string | undefined) ?? null,
    occurredAt: ownTime ? ((folded.get(occurredField)?.winner?.value as string | undefined) ?? null) : latestInstant((shown.length > 0 ? shown.map(({ statement }) => statement) : statements).map(({ occurredAt }) => occurredAt)),
    holding,
  };
}

const nothing: FoldedField = Object.freeze({ winner: null, claims: [], cleared: [] });

/** A source that ended one of its nodes and still has another has not ended what they are together. */
function withoutPartialEnds(claims: readonly Claim[]): readonly Claim[] {
  const living = new Set(claims.flatMap(({ source, value }) => (value === false ? [source] : [])));
  return claims.filter(({ source, value }) => value !== true || !living.has(source));
}

function latestInstant(instants: readonly string[]): string | null {
  return instants.reduce<string | null>((latest, instant) => (latest === null || instant > latest ? instant : latest), null);
}

/** The latest claims, by field and by `originOf`; the pseudo fields included. */
export function latestClaims(statements: readonly SourceStatement[], fields: readonly string[]): Map<string, Map<string, Claim>> {
  const latest = new Map<string, Map<string, Claim>>();
  for (const statement of statements) {
    const origin = originOf(statement);
    for (const field of fieldsSpokenOf(statement, fields)) {
      const byOrigin = latest.get(field) ?? new Map<string, Claim>();
      if (byOrigin.size === 0) latest.set(field, byOrigin);
      const claim: Claim = { source: statement.source, value: valueIn(statement, field), statement, isAccount: field === accountField };
      const known = byOrigin.get(origin);
      if (!known || compareClaims(claim, known) > 0) byOrigin.set(origin, claim);
    }
  }
  return latest;
}

/** What statements must share for a later one to take the place of an earlier one: source and node; for a person's, the source alone. */
export function originOf({ source, nodeId }: Pick<SourceStatement, 'source' | 'nodeId'>): string {
  return source === manualSource ? source : `${source} ${nodeId}`;
}

/** The fields that a statement speaks of, the pseudo fields included. */
export function fieldsSpokenOf(statement: Pick<SourceStatement, 'mode' | 'fields' | 'accountId' | 'source'>, every: readonly string[]): readonly string[] {
  const { mode, fields, accountId } = statement;
  if (mode === 'RETIRE') return [retiredField];
  const own = mode === 'REPLACE' ? every : every.filter((field) => fields[field] !== undefined);
  const exists = saysWhetherItExists(statement) ? [retiredField] : [];
  return accountId === null ? [...own, ...exists] : [...own, ...exists, accountField, occurredField];
}

/** A source that states a node says that it exists. A person who states fields by hand does not: only a statement without fields takes back what a person retired. */
function saysWhetherItExists({ source, fields, accountId }: Pick<SourceStatement, 'source' | 'fields' | 'accountId'>): boolean {
  return source !== manualSource || (accountId === null && Object.keys(fields).length === 0);
}

/** What a statement says of a field that it speaks of; null: that there is no value. */
export function valueIn(statement: Pick<SourceStatement, 'mode' | 'fields' | 'accountId' | 'source' | 'occurredAt'>, field: string): unknown {
  if (field === accountField) return statement.accountId;
  if (field === occurredField) return statement.occurredAt;
  if (field !== retiredField) return statement.fields[field] ?? null;
  if (statement.mode === 'RETIRE') return true;
  return statement.source === manualSource ? null : false;
}

/**
 * Which of two claims about a field is later: by the instant at which the source changed it, or at which it was true; at one instant, a statement without a
 * stated time after one with it; two without, by arrival, since that is all the time that is known of them. Of two sources
 * at one instant, by their names; of two statements of one source, by content: the value, then all that the statement says.
 * So the order of delivery decides nothing that has a time. Positive where `one` is later.
 */
function compareClaims(one: Claim, other: Claim): number {
  const [a, b] = [one.statement, other.statement];
  const byTime = compareTexts(a.modifiedAt ?? a.occurredAt, b.modifiedAt ?? b.occurredAt);
  if (byTime !== 0) return byTime;
  if (a.timed !== b.timed) return a.timed ? -1 : 1;
  if (!a.timed && a.recordedAt !== b.recordedAt) return a.recordedAt > b.recordedAt ? 1 : -1;
  if (one.source !== other.source) return one.source > other.source ? 1 : -1;
  if (!a.timed) return compareTexts(a.id, b.id);
  return compareContent(one, other) || compareTexts(a.occurredAt, b.occurredAt) || compareTexts(a.modifiedAt ?? '', b.modifiedAt ?? '') || compareValues(one.value, other.value);
}

/** The account that a record belongs to is an id, which is no content: there, what else is said decides first. */
function compareContent(one: Claim, other: Claim): number {
  const byFields = (): number => compareTexts(canonicalJson(one.statement.fields), canonicalJson(other.statement.fields));
  const isId = one.value === one.statement.accountId && other.value === other.statement.accountId;
  return isId ? compareTexts(orderOf(one), orderOf(other)) || byFields() : compareValues(one.value, other.value) || byFields();
}

function compareValues(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return compareTexts(canonicalJson(one), canonicalJson(other));
}

/** Of accounts not the id alone: which is smaller depends on which was named first. */
const orderOf = ({ statement: { accountOrder } }: Claim): string => (accountOrder === null || accountOrder === undefined ? '' : String(accountOrder).padStart(5, '0'));

const compareTexts = (one: string, other: string): number => (one > other ? 1 : one < other ? -1 : 0);
