import { LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import { toGlobalId, type Id } from '../../platform/ids.ts';
import { subjectsOf, type Seal, type Subject, type SubjectName } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkSuppression, countSuppressed, refuseErasedMeanwhile } from '../consent/index.ts';
import { checkExternalRef, checkSelector, noSuchAccount, selectNamedAccounts, selectorKey, type AccountSelector, type ExternalRefInput, type SelectedAccount } from './account-selector.ts';
import { checkFields, checkOrigin, type StatementOrigin, type UpsertMode } from './check-statement.ts';
import { accountsOrStubs } from './claim-accounts.ts';
import type { Written } from './columns.ts';
import { newlyDisputed } from './contradictions.ts';
import { claimNodes, lockNodes } from './external-refs.ts';
import { lockAccounts } from './lock-accounts.ts';
import { spellingsOf } from './normalise-reference.ts';
import { projectRecords } from './project-records.ts';
import type { AccountRecord } from './record.ts';
import { refuseForeignIds, resolveReferences, statedReferences, type StatedReference } from './resolve-references.ts';
import { accountOrderOf } from '../sources/index.ts';
import { followStatements } from './statement-reactions.ts';
import { addStatements, loadStates, type GivenStatement, type NodeState } from './state-nodes.ts';
import type { OriginClass } from '../trust/index.ts';

/** A record as a caller states it; the declared fields beside those that every record has. */
export interface RecordInput extends Record<string, unknown> {
  readonly account: AccountSelector;
  readonly externalRef: ExternalRefInput;
  readonly occurredAt?: string | null;
  readonly modifiedAt?: string | null;
  readonly source?: string | null;
  readonly mode?: UpsertMode;
  readonly origin?: OriginClass | null;
}

/** Why a statement that was taken in does not show. */
export type NotAppliedReason = 'OLDER_THAN_CURRENT' | 'INCOMPLETE' | 'RETIRED';

/** What became of one record. `reason`: why it does not show; null where it does. */
export type UpsertResult = { readonly globalId: string; readonly change: 'CREATED' | 'UPDATED' | 'UNCHANGED'; readonly suppressed: boolean; readonly reason: NotAppliedReason | null } | ProductError;

interface Checked {
  readonly place: number;
  readonly mode: UpsertMode;
  readonly account: SelectedAccount;
  readonly externalRef: ExternalRefInput;
  readonly origin: StatementOrigin;
  /** When it was true where its source does not say. */
  readonly occurredElse: string;
  readonly fields: Record<string, unknown>;
  /** The fields as the source said them. */
  readonly said: Record<string, unknown>;
  readonly written: Written;
  readonly subject: SubjectName;
  readonly references: readonly StatedReference[];
  /** Whether addresses of erased people were taken out of it. */
  readonly suppressed: boolean;
}

interface Placed extends Checked {
  readonly id: string;
  /** The account that it names, before merges. */
  readonly accountId: Id<'Account'>;
  /** Whether nobody named it before. */
  readonly fresh: boolean;
}

/** The most records one call may bring. */
export const mostRecords = 1_000;

/**
 * Takes in what sources say about records of one kind, each found again by its external reference. A field that is left
 * out stays as it is; `mode: REPLACE` states them all. What is older than what the same source said before is kept as
 * history and does not become current; a record that lacks required fields is kept and shows once they are known. A record
 * that is refused does not hold up the others. Returns one result per input, in order.
 */
export async function upsertRecords(work: Work, seal: Seal, record: AccountRecord, inputs: readonly RecordInput[], mode: UpsertMode = 'PATCH'): Promise<UpsertResult[]> {
  if (inputs.length > mostRecords) throw new LimitExceeded(`At most ${mostRecords} records in one call; these are ${inputs.length}.`);
  const results: UpsertResult[] = [];
  const checked = inputs.flatMap((input, place) => {
    try {
      return [check(work, record, input, { place, mode: input.mode ?? mode })];
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      results[place] = error;
      return [];
    }
  });
  const placed = await place(work, record, await keepSuppressedOut(work, record, checked, results), results);
  await resolveReferences(work, placed);
  const subjects = await findSubjects(work, seal, record, placed);
  // After the accounts and the people are locked: whoever waited for them may have waited for an erasure.
  await refuseErasedMeanwhile(work, placed.map(({ fields }) => fields));
  const given = placed.map((item, index) => toGiven(item, subjects[index] ?? null));
  const before = await lockedStates(work, seal, record, placed);
  const { states, outcomes } = await addStatements(work, seal, record, { states: before, given });
  const { changes, absent } = await projectRecords(work, seal, record, states, newlyDisputed(before, states));
  await followStatements(work, record.type, [...outcomes.values()].flatMap(({ rootId, verdict }) => (verdict === 'KNOWN' ? [] : [rootId])));
  for (const { place: at, suppressed } of placed) {
    const { rootId, verdict } = outcomes.get(at) ?? { rootId: '', verdict: 'KNOWN' as const };
    const changed = changes.get(rootId);
    const reason = verdict === 'OLDER' ? 'OLDER_THAN_CURRENT' : (absent.get(rootId) ?? null);
    results[at] = { globalId: toGlobalId(record.type, rootId), change: changed === 'CREATED' ? 'CREATED' : changed ? 'UPDATED' : 'UNCHANGED', suppressed, reason };
  }
  return results;
}

function check(work: Work, record: AccountRecord, input: RecordInput, { place, mode }: { readonly place: number; readonly mode: UpsertMode }): Checked {
  const path = ['input', String(place)];
  const { fields, written } = checkFields(record, input, { mode, path });
  record.check?.(written, work.now, path);
  const email = record.subjectField ? input[record.subjectField] : null;
  const externalRef = checkExternalRef(input.externalRef, [...path, 'externalRef']);
  return {
    place,
    mode,
    account: checkSelector(input.account, [...path, 'account']),
    externalRef,
    origin: checkOrigin(work, record.type, input, path),
    occurredElse: record.occurredAt.leftOut?.of(written, work.now) ?? work.now,
    fields,
    said: fields,
    written,
    // A person without an e-mail is known by what the source calls them.
    subject: typeof email === 'string' ? { email } : { ...externalRef, formerIds: spellingsOf(externalRef).slice(1) },
    references: statedReferences(record, input, path),
    suppressed: false,
  };
}

function toGiven({ place: at, id, account, accountId, origin, occurredElse, mode, fields, said }: Placed, subject: Subject | null): GivenStatement {
  return { place: at, nodeId: id, accountId, accountOrder: 'externalRef' in account ? accountOrderOf(account.externalRef) : null, source: origin.source, mode, occurredAt: origin.occurredAt ?? (origin.modifiedAt ?? occurredElse), modifiedAt: origin.modifiedAt, timed: origin.occurredAt !== null || origin.modifiedAt !== null, origin: origin.origin, fields, said, subject };
}

/** The states of records, with every account locked that they belong to by what is known. */
async function lockedStates(work: Work, seal: Seal, record: AccountRecord, placed: readonly Placed[]): Promise<Map<string, NodeState>> {
  const ids = placed.map(({ id }) => id);
  const named = new Set(placed.map(({ accountId }) => accountId));
  const states = await loadStates(work, seal, record, ids);
  const others = [...states.values()].flatMap(({ statements }) => statements.flatMap(({ accountId }) => (accountId !== null && !named.has(accountId as Id<'Account'>) ? [accountId as Id<'Account'>] : [])));
  const unknown = placed.filter(({ id, fresh }) => !fresh && [...states.values()].some(({ memberIds, statements }) => statements.length === 0 && memberIds.includes(id)));
  if (others.length === 0 && unknown.length === 0) return states;
  await lockNodes(work, unknown.map(({ id }) => id));
  await lockAccounts(work, others);
  return loadStates(work, seal, record, ids);
}

/**
 * Keeps people who were erased out: a contact of theirs, and a record whose reference holds their address, is refused; of
 * other records the address is taken out. One statement, and none where no record holds an address or is about a person.
 */
async function keepSuppressedOut(work: Work, record: AccountRecord, checked: readonly Checked[], results: UpsertResult[]): Promise<readonly Checked[]> {
  const isAboutPerson = record.subjectField !== undefined;
  const ids = ({ externalRef, account }: Checked): unknown[] => [externalRef.id, 'externalRef' in account ? account.externalRef.id : null];
  const suppression = await checkSuppression(work, { values: checked.flatMap((item) => [item.fields, ids(item)]), contacts: isAboutPerson ? checked.flatMap(({ externalRef }) => everySpelling(externalRef)) : [] });
  const clean = (value: unknown): unknown => (typeof value === 'string' ? suppression.without(value) : Array.isArray(value) ? value.map(clean) : value);
  const kept = checked.flatMap((item): Checked[] => {
    const own = isAboutPerson && (everySpelling(item.externalRef).some(suppression.isContact) || ('email' in item.subject && suppression.holds(item.subject.email)));
    if (own || suppression.holds(ids(item))) {
      results[item.place] = new Suppressed(['input', String(item.place)]);
      return [];
    }
    if (!suppression.holds(item.fields)) return [item];
    return [{ ...item, suppressed: true, fields: Object.fromEntries(Object.entries(item.fields).map(([name, value]) => [name, clean(value)])) }];
  });
  countSuppressed(work, isAboutPerson ? 'contact' : 'record', checked.length - kept.length + kept.filter(({ suppressed }) => suppressed).length);
  return kept;
}

/** A reference in every spelling that the suppression list may know it by. */
const everySpelling = (ref: ExternalRefInput): ExternalRefInput[] => spellingsOf(ref).map((id) => ({ system: ref.system, id }));

async function place(work: Work, record: AccountRecord, checked: readonly Checked[], results: UpsertResult[]): Promise<Placed[]> {
  const accounts = await selectNamedAccounts(work, work.tenantId, checked.map((item) => item.account));
  const referring = await refuseForeignIds(work, checked, ({ account }) => accounts.get(selectorKey(account)), results);
  const unknown = new Map(referring.flatMap(({ account }) => ('externalRef' in account && !accounts.has(selectorKey(account)) ? [[selectorKey(account), account.externalRef] as const] : [])));
  for (const [index, id] of (await accountsOrStubs(work, [...unknown.values()])).entries()) accounts.set([...unknown.keys()][index] ?? '', id);
  const known = referring.flatMap((item) => {
    const accountId = accounts.get(selectorKey(item.account));
    if (!accountId) results[item.place] = noSuchAccount(['input', String(item.place), 'account']);
    return accountId ? [{ ...item, accountId }] : [];
  });
  await lockAccounts(work, known.map((item) => item.accountId));
  const { ids, fresh } = await claimNodes(work, record.type, known.map((item) => item.externalRef));
  return known.map((item, index) => ({ ...item, id: ids[index] ?? '', fresh: fresh.has(ids[index] ?? '') }));
}

async function findSubjects(work: Work, seal: Seal, record: AccountRecord, placed: readonly Placed[]): Promise<Subject[]> {
  return record.subjectField && placed.length > 0 ? subjectsOf(work, seal, placed.map((item) => item.subject)) : [];
}
