import { Conflict, InvalidInput, LimitExceeded, NotFound } from '../../platform/errors.ts';
import { parseGlobalId, toGlobalId, type Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { manualSource, type StatementMode, type Verdict } from '../sources/index.ts';
import { accountKind } from './account-fields.ts';
import { checkExternalRef, type ExternalRefInput } from './account-selector.ts';
import { checkOrigin, checkSource, type StatementOrigin } from './check-statement.ts';
import { claimAccounts } from './claim-accounts.ts';
import { checkText } from './columns.ts';
import { newlyDisputed } from './contradictions.ts';
import { claimExternalRefs, lockNodes } from './external-refs.ts';
import { lockAccounts } from './lock-accounts.ts';
import { projectAccounts } from './project-accounts.ts';
import { projectRecords } from './project-records.ts';
import { accountRecords } from './records.ts';
import { followStatements } from './statement-reactions.ts';
import { addStatements, loadStates, type GivenStatement, type NodeState, type Stated } from './state-nodes.ts';
import type { StatedKind } from './stated-kind.ts';
import { channelOrigin } from '../trust/index.ts';

/** What a call retires, and why. */
export interface Retiring {
  readonly ids: readonly string[];
  readonly reason: string;
  readonly source?: string | null;
  readonly occurredAt?: string | null;
}

/** The most records of one call. */
const mostIds = 100;

/** What became of records that a call retires, by their ids. */
export interface Retired {
  readonly retired: readonly string[];
  /** Those that go on, though the source said that they ended, with why. */
  readonly kept: readonly { readonly id: string; readonly reason: KeptReason }[];
}

/** Why a record goes on: its source stated it later, or a source goes before that says that it exists. */
export type KeptReason = 'OLDER_THAN_CURRENT' | 'OUTRANKED';

/** Retires accounts and records of any kind by their ids: each is stated, or none and the error says which one cannot be. */
export async function retireRecords(work: Work, seal: Seal, { ids, reason, source, occurredAt }: Retiring): Promise<Retired> {
  const why = checkText(reason, ['input', 'reason'], 1_000);
  if (why.trim() === '') throw new InvalidInput('reason must not be empty.', ['input', 'reason']);
  if (!source && work.actor.kind === 'machine') throw new InvalidInput('source is required for a machine: name the system in which the records ended.', ['input', 'source']);
  const origin = checkOrigin(work, null, { externalRef: { system: manualSource, id: '-' }, source: checkSource(work, source ?? manualSource, ['input', 'source']), ...(occurredAt ? { occurredAt } : {}) }, ['input']);
  const decided = await decide(work, seal, { ids, mode: 'RETIRE', origin, fields: { reason: why } });
  return { retired: decided.flatMap(({ id, retired }) => (retired ? [id] : [])), kept: decided.flatMap(({ id, retired, verdict }) => (retired ? [] : [{ id, reason: verdict === 'OLDER' ? 'OLDER_THAN_CURRENT' : 'OUTRANKED' }])) };
}

/** Takes back what persons retired: the sources decide again. Returns their ids. */
export async function restoreRecords(work: Work, seal: Seal, ids: readonly string[]): Promise<string[]> {
  const decided = await decide(work, seal, { ids, mode: 'PATCH', origin: { source: checkSource(work, manualSource, ['input', 'ids']), occurredAt: null, modifiedAt: null, origin: channelOrigin(work) }, fields: {} });
  return decided.map(({ id }) => id);
}

interface Decision {
  readonly ids: readonly string[];
  readonly mode: Exclude<StatementMode, 'REPLACE'>;
  readonly origin: StatementOrigin;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Named {
  readonly place: number;
  readonly type: string;
  readonly id: string;
}

/** A record after a decision about it. */
interface Decided {
  readonly id: string;
  readonly retired: boolean;
  readonly verdict: Verdict;
}

async function decide(work: Work, seal: Seal, { ids, ...decision }: Decision): Promise<Decided[]> {
  if (ids.length === 0) throw new InvalidInput('ids must not be empty.', ['input', 'ids']);
  if (ids.length > mostIds) throw new LimitExceeded(`At most ${mostIds} ids in one call; these are ${ids.length}.`);
  const named = ids.map((id, place): Named => {
    const parsed = parseGlobalId(id, ['input', 'ids', String(place)]);
    if (!parsed || (parsed.type !== 'Account' && !accountRecords.some(({ type }) => type === parsed.type))) throw noSuchRecord(place);
    return { place, type: parsed.type, id: parsed.id };
  });
  const byType = Map.groupBy(named, ({ type }) => type);
  const decided: Decided[] = [];
  // Accounts last: their records follow them.
  for (const kind of [...accountRecords, accountKind]) {
    const own = byType.get(kind.type);
    if (!own) continue;
    const states = await stateOf(work, seal, kind, own);
    for (const each of own) checkTarget(states, each, decision);
    const stated = await apply(work, seal, kind, { states, given: own.map(({ place, id }) => toGiven(work, place, rootOf(states, id)?.rootId ?? id, decision)) });
    for (const { place } of own) {
      const { rootId, verdict } = stated.outcomes.get(place) ?? { rootId: '', verdict: 'KNOWN' as const };
      decided[place] = { id: toGlobalId(kind.type, rootId), retired: (stated.states.get(rootId)?.folded.retired ?? null) !== null, verdict };
    }
  }
  return decided;
}

const noSuchRecord = (place: number): NotFound => new NotFound('There is no such account or record. Check the id.', ['input', 'ids', String(place)]);
const rootOf = (states: ReadonlyMap<string, NodeState>, id: string): NodeState | undefined => [...states.values()].find(({ memberIds }) => memberIds.includes(id));

/** The states of nodes with every account locked that they belong to. */
async function stateOf(work: Work, seal: Seal, kind: StatedKind, nodes: readonly { readonly id: string }[]): Promise<Map<string, NodeState>> {
  const ids = nodes.map(({ id }) => id);
  if (kind === accountKind) {
    const standings = await lockAccounts(work, ids as Id<'Account'>[]);
    return loadStates(work, seal, kind, [...standings.keys()]);
  }
  const states = await loadStates(work, seal, kind, ids);
  const accounts = [...states.values()].flatMap(({ statements }) => statements.flatMap(({ accountId }) => accountId ?? []));
  await lockNodes(work, [...states.values()].flatMap(({ statements, memberIds }) => (statements.length === 0 ? memberIds : [])));
  await lockAccounts(work, accounts as Id<'Account'>[]);
  return loadStates(work, seal, kind, ids);
}

function checkTarget(states: ReadonlyMap<string, NodeState>, { id, type, place }: Named, { mode, origin: { source } }: Omit<Decision, 'ids'>): void {
  const state = rootOf(states, id);
  if (!state || (type !== 'Account' && state.statements.length === 0)) throw noSuchRecord(place);
  const retired = state.folded.retired !== null;
  // What its source ended a person can retire, too: then it stays retired when its source brings it back.
  if (mode === 'RETIRE' && source === manualSource && state.folded.retired?.source === manualSource) throw new Conflict('This is retired already.', ['input', 'ids', String(place)]);
  if (mode === 'PATCH' && state.folded.retired?.source !== manualSource) {
    throw new Conflict(retired ? 'Its source ended this, not a person. It comes back when the source states it again.' : 'This is not retired.', ['input', 'ids', String(place)]);
  }
}

function toGiven(work: Work, place: number, nodeId: string, { mode, origin, fields }: Omit<Decision, 'ids'>): GivenStatement {
  return { place, nodeId, accountId: null, source: origin.source, mode, occurredAt: origin.occurredAt ?? work.now, modifiedAt: null, timed: origin.occurredAt !== null, origin: origin.origin, fields, subject: null };
}

async function apply(work: Work, seal: Seal, kind: StatedKind, delivered: { readonly states: ReadonlyMap<string, NodeState>; readonly given: readonly GivenStatement[] }): Promise<Stated> {
  const stated = await addStatements(work, seal, kind, delivered);
  const { states } = stated;
  const record = accountRecords.find(({ type }) => type === kind.type);
  if (record) {
    await projectRecords(work, seal, record, states, newlyDisputed(delivered.states, states));
    await followStatements(work, record.type, [...states.keys()]);
  } else await projectAccounts(work, seal, states, await lockAccounts(work, [...states.keys()] as Id<'Account'>[]));
  return stated;
}

/** A deletion as a source delivers it: of something that may not have been described yet. */
export interface Deletion {
  /** The GraphQL type of what was deleted: `Account`, `Opportunity`, …. */
  readonly type: string;
  readonly externalRef: ExternalRefInput;
  readonly source?: string | null;
  readonly occurredAt?: string | null;
  readonly reason?: string | null;
}

/** Takes in deletions that sources deliver. One that comes before what it deletes is kept. Returns the ids, in order. */
export async function retireByReference(work: Work, seal: Seal, deletions: readonly Deletion[]): Promise<string[]> {
  const checked = deletions.map((deletion, place) => {
    const path = ['deletions', String(place)];
    const kind = [...accountRecords, accountKind].find(({ type }) => type === deletion.type);
    if (!kind) throw new InvalidInput(`type must be Account or a kind of record, such as Opportunity; it is ${deletion.type}.`, [...path, 'type']);
    const ref = checkExternalRef(deletion.externalRef, [...path, 'externalRef']);
    return { place, kind, ref, decision: { mode: 'RETIRE' as const, origin: checkOrigin(work, null, { ...deletion, externalRef: ref }, path), fields: deletion.reason ? { reason: checkText(deletion.reason, [...path, 'reason'], 1_000) } : {} } };
  });
  const retired: string[] = [];
  for (const [kind, own] of Map.groupBy(checked, (each) => each.kind)) {
    const refs = own.map(({ ref }) => ref);
    const ids: readonly string[] = kind === accountKind ? (await claimAccounts(work, refs)).ids : await claimExternalRefs(work, kind.type, refs);
    const states = await stateOf(work, seal, kind, ids.map((id) => ({ id })));
    const given = own.map(({ place, decision }, index) => toGiven(work, place, ids[index] ?? '', decision));
    await apply(work, seal, kind, { states, given });
    for (const [index, { place }] of own.entries()) retired[place] = toGlobalId(kind.type, rootOf(states, ids[index] ?? '')?.rootId ?? ids[index] ?? '');
  }
  return retired;
}
