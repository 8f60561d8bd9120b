import type { Seal, Subject, SubjectKey } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { currentStatements, formerStatements, foldStatements, isSame, judgeStatements, precedenceInForce, precedenceOfVersion, statedBy, storeStatements, withoutErased, type Folded, type FoldRules, type Precedence, type SourceStatement, type StatementMode, type Verdict } from '../sources/index.ts';
import { rankOf, type OriginClass } from '../trust/index.ts';
import { openStatement, sealStatement, type StatedKind } from './stated-kind.ts';

/** A statement that was just delivered, with personal data in the clear. */
export interface GivenStatement {
  /** Where it stands in the caller's input. */
  readonly place: number;
  readonly nodeId: string;
  /** The account that a record belongs to, before merges; null for accounts. */
  readonly accountId: string | null;
  /** By which accounts that are named for one instant are ordered; see `SourceStatement`. */
  readonly accountOrder?: number | null;
  readonly source: string;
  readonly mode: StatementMode;
  readonly occurredAt: string;
  readonly modifiedAt: string | null;
  readonly timed: boolean;
  /** Its origin class. */
  readonly origin: OriginClass;
  /** As they are stored: without addresses of people who were erased. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** As the source said them, where that differs. */
  readonly said?: Readonly<Record<string, unknown>>;
  readonly subject: Subject | null;
}

/** What is known of a node and of those merged into it. */
export interface NodeState {
  /** The node that survived its merges. */
  readonly rootId: string;
  readonly memberIds: readonly string[];
  /** What each source last said, in the clear. */
  readonly statements: readonly SourceStatement[];
  readonly folded: Folded;
  /** The keys of the people whose data the statements hold, by subject. */
  readonly keys: ReadonlyMap<string, SubjectKey>;
  /** By which it was folded. */
  readonly rules: FoldRules;
}

/** Kinds of nodes that can be merged. */
const merging: ReadonlySet<string> = new Set(['Account', 'Contact']);

/** The states of nodes, by the node that survived; statements of a constant number. */
export async function loadStates(work: Work, seal: Seal, kind: StatedKind, nodeIds: readonly string[]): Promise<Map<string, NodeState>> {
  if (nodeIds.length === 0) return new Map();
  const { groups, policyVersion } = await currentStatements(work, work.tenantId, nodeIds, { merged: merging.has(kind.type) });
  const rules = rulesOf(kind, await precedenceOfVersion(work, work.tenantId, policyVersion));
  return new Map([...groups].map(([rootId, { memberIds, statements }]) => {
    const opened = statements.map((stored) => openStatement(kind, stored, seal));
    const keys = new Map(statements.flatMap(({ subjectId, wrappedKey }) => (subjectId && wrappedKey ? [[subjectId, seal.unwrap(wrappedKey)] as const] : [])));
    return [rootId, { rootId, memberIds, statements: opened, folded: foldStatements(opened, rules), keys, rules }];
  }));
}

const fieldsOf = new WeakMap<StatedKind, readonly string[]>();

/** The rules by which nodes of a kind are folded under a policy. */
export function rulesOf(kind: StatedKind, precedence: Precedence): FoldRules {
  let fields = fieldsOf.get(kind);
  if (!fields) fieldsOf.set(kind, (fields = [...kind.fields.keys()]));
  return { nodeType: kind.type, fields, precedence, ownTime: kind.occurredAt?.required ?? false };
}

/** What delivering statements came to. */
export interface Stated {
  readonly states: ReadonlyMap<string, NodeState>;
  /** By place: the node that the statement counts for, and what became of it. */
  readonly outcomes: ReadonlyMap<number, { readonly rootId: string; readonly verdict: Verdict }>;
}

/**
 * Adds delivered statements to the states of their nodes and stores those that are new: also older ones, as history. What
 * was delivered before is not stored again. The nodes' accounts must be locked.
 */
export async function addStatements(work: Work, seal: Seal, kind: StatedKind, { states, given }: { readonly states: ReadonlyMap<string, NodeState>; readonly given: readonly GivenStatement[] }): Promise<Stated> {
  if (given.length === 0) return { states, outcomes: new Map() };
  const [anyState] = states.values();
  const rules = anyState?.rules ?? rulesOf(kind, await precedenceInForce(work, work.tenantId));
  const rootOf = new Map([...states.values()].flatMap(({ rootId, memberIds }) => memberIds.map((id) => [id, rootId] as const)));
  const made = given.map((each) => {
    const rootId = rootOf.get(each.nodeId) ?? each.nodeId;
    return { ...each, rootId, statement: toStatement(work, seal, each, states.get(rootId)?.statements ?? []) };
  });
  const next = new Map(states);
  const outcomes = new Map<number, { readonly rootId: string; readonly verdict: Verdict }>();
  const stored: { readonly statement: SourceStatement; readonly subject: Subject | null; readonly current: boolean }[] = [];
  const late: (typeof made)[number][] = [];
  const ended: string[] = [];
  for (const [rootId, own] of Map.groupBy(made, (each) => each.rootId)) {
    const state = states.get(rootId) ?? { rootId, memberIds: [rootId], statements: [], folded: foldStatements([], rules), keys: new Map<string, SubjectKey>(), rules };
    const judged = judgeStatements(state.statements, own.map(({ statement }) => statement), rules);
    const holding = judged.folded.holding;
    ended.push(...judged.ended);
    for (const each of own) {
      const verdict = judged.verdicts.get(each.statement) ?? 'KNOWN';
      outcomes.set(each.place, { rootId, verdict });
      if (verdict === 'APPLIED') stored.push({ ...each, current: holding.has(each.statement.id) });
      else if (verdict === 'OLDER') late.push(each);
    }
    const keys = new Map([...state.keys, ...own.flatMap(({ subject }) => (subject ? [[subject.id as string, subject.key] as const] : []))]);
    next.set(rootId, { ...state, statements: judged.current, folded: judged.folded, keys });
  }
  for (const each of await withoutKnown(work, seal, kind, late)) stored.push({ ...each, current: false });
  await storeStatements(work, kind.type, stored.map(({ statement, subject, current }) => ({ ...sealStatement(kind, statement, seal, subject?.key ?? null), current })), ended);
  return { states: next, outcomes };
}

function toStatement(work: Work, seal: Seal, { nodeId, accountId, accountOrder = null, source, mode, occurredAt, modifiedAt, timed, origin, fields, said, subject }: GivenStatement, known: readonly SourceStatement[]): SourceStatement {
  return { id: work.newId<'SourceStatement'>(), nodeId, accountId, accountOrder, source, mode, occurredAt, modifiedAt, timed, origin: rankOf(origin), recordedAt: work.now, ...withoutErased(seal, known, { nodeId, fields, said: said ?? fields }), subjectId: subject?.id ?? null, statedBy: statedBy(work) };
}

/** Late statements that were not delivered before, each once. */
async function withoutKnown<Late extends { readonly statement: SourceStatement; readonly fields: GivenStatement['fields']; readonly said?: GivenStatement['said'] }>(work: Work, seal: Seal, kind: StatedKind, late: readonly Late[]): Promise<Late[]> {
  if (late.length === 0) return [];
  const former = await formerStatements(work, late.map(({ statement }) => statement.nodeId), late.map(({ statement }) => statement.occurredAt));
  const known = former.map((stored) => openStatement(kind, stored, seal));
  const isKnown = ({ statement, fields, said = fields }: Late): boolean => known.some((each) => isSame(each, { ...statement, ...withoutErased(seal, [each], { nodeId: statement.nodeId, fields: statement.fields, said }) }));
  return late.filter((each) => !isKnown(each)).filter(({ statement }, index, fresh) => !fresh.slice(0, index).some((each) => isSame(each.statement, statement)));
}
