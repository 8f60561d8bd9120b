import type { Id } from '../../platform/ids.ts';
import { subjectsById, type Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { OriginClass } from '../trust/index.ts';
import { accountKind } from './account-fields.ts';
import { checkFields, checkSource } from './check-statement.ts';
import { contacts } from './contact.ts';
import { lockAccounts } from './lock-accounts.ts';
import { projectAccounts } from './project-accounts.ts';
import { projectRecords } from './project-records.ts';
import { addStatements, loadStates, type GivenStatement, type NodeState } from './state-nodes.ts';
import type { StatedKind } from './stated-kind.ts';

/** What a part of the program learned about an account and its contacts, as inputs of upserts have it. */
export interface LearnedValues {
  readonly accountId: Id<'Account'>;
  readonly source: string;
  readonly origin: OriginClass;
  /** Fields of the account; empty where nothing was learned. */
  readonly account: Readonly<Record<string, unknown>>;
  /** Fields of contacts that hold no personal name or address. */
  readonly contacts: readonly { readonly id: string; readonly subjectId: Id<'Subject'>; readonly values: Readonly<Record<string, unknown>> }[];
}

/**
 * Takes in what a part of the program learned about an account and its contacts, which are named by id, as statements of a
 * source; the precedence policy decides what shows. Contacts must be the account's, and their consent held. Returns the ids of the statements.
 */
export async function stateValues(work: Work, seal: Seal, { accountId, source, origin, account, contacts: people }: LearnedValues): Promise<string[]> {
  const standings = await lockAccounts(work, [accountId]);
  const rootId = standings.get(accountId)?.survivorId ?? accountId;
  const from = checkSource(work, source, []);
  const given = { accountId: null, source: from, mode: 'PATCH' as const, occurredAt: work.now, modifiedAt: null, timed: true, origin, subject: null };
  const ids: string[] = [];
  if (Object.keys(account).length > 0) {
    const own: GivenStatement = { ...given, place: 0, nodeId: rootId, fields: checkFields(accountKind, account, { mode: 'PATCH', path: [] }).fields };
    const { states } = await add(work, seal, accountKind, [own]);
    ids.push(...statedNow(states, own));
    await projectAccounts(work, seal, states, standings);
  }
  if (people.length > 0) {
    const subjects = await subjectsById(work, seal, people.map(({ subjectId }) => subjectId));
    const own = people.flatMap(({ id, subjectId, values }, place): GivenStatement[] => {
      const subject = subjects.get(subjectId);
      return subject ? [{ ...given, place, nodeId: id, accountId: rootId, fields: checkFields(contacts, values, { mode: 'PATCH', path: [] }).fields, subject }] : [];
    });
    const { states } = await add(work, seal, contacts, own);
    ids.push(...own.flatMap((each) => statedNow(states, each)));
    await projectRecords(work, seal, contacts, states);
  }
  return ids;
}

async function add(work: Work, seal: Seal, kind: StatedKind, given: readonly GivenStatement[]): Promise<{ readonly states: ReadonlyMap<string, NodeState> }> {
  return addStatements(work, seal, kind, { states: await loadStates(work, seal, kind, given.map(({ nodeId }) => nodeId)), given });
}

/** The statements of this transaction about a node by the source. */
function statedNow(states: ReadonlyMap<string, NodeState>, { nodeId, source, occurredAt }: GivenStatement): string[] {
  return [...states.values()].flatMap(({ statements }) => statements.filter((each) => each.nodeId === nodeId && each.source === source && each.occurredAt === occurredAt).map(({ id }) => id));
}
