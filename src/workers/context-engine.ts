import { createCoalescer } from '../platform/coalesce.ts';
import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import { createTurns } from '../platform/events/turns.ts';
import type { Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Work } from '../platform/postgres/work.ts';
import { accountChanged, accountMerged, accountRestored, accountRetired, accountUnmerged, lockAccounts, survivorsOf } from '../features/accounts/index.ts';
import { consentGranted, consentRevoked } from '../features/consent/index.ts';
import { factTables, storeDerivedValues } from '../features/context/index.ts';
import { storeHealth } from '../features/health/index.ts';
import { contactMerged, contactUnmerged, peopleOfContacts } from '../features/identity/index.ts';
import { applySignals, recountAccounts, reconsiderSignals, refitAccounts, withoutObjections, type CountedSignal, type RecountCause } from '../features/scoring/index.ts';
import { signalIngested, signalRestored, signalWithdrawn } from '../features/signals/index.ts';

const group = 'context-engine';
const actor = { kind: 'system', id: group } as const;

/** What makes other signals and records count for an account, and the cause that its score then names. */
const recounting: readonly { readonly kind: string; readonly cause: RecountCause; readonly accounts: (event: Envelope) => readonly string[] }[] = [
  { kind: accountRetired.kind, cause: 'RETIREMENT', accounts: (event) => [accountRetired.parse(event).accountId] },
  { kind: accountRestored.kind, cause: 'RESTORATION', accounts: (event) => [accountRestored.parse(event).accountId] },
  { kind: accountMerged.kind, cause: 'MERGE', accounts: (event) => bothOf(accountMerged.parse(event)) },
  { kind: signalWithdrawn.kind, cause: 'SIGNAL', accounts: (event) => [signalWithdrawn.parse(event).accountId] },
  { kind: signalRestored.kind, cause: 'SIGNAL', accounts: (event) => [signalRestored.parse(event).accountId] },
  { kind: accountUnmerged.kind, cause: 'UNMERGE', accounts: (event) => bothOf(accountUnmerged.parse(event)) },
];

/** Kinds of records that the fit to the ICP depends on. */
const fitting: readonly string[] = ['account'];
/** Kinds of records that health depends on. */
const assessing: readonly string[] = ['kpi', 'health_trend'];
const concerning: ReadonlySet<string> = new Set([...fitting, ...assessing, ...factTables]);

/** Works under way at once, each of another tenant. */
const worksAtOnce = 4;
/** Batches of one tenant that share a Work. */
const mostTogether = 8;

/**
 * signal.ingested, signal.withdrawn, signal.restored, account.changed, accounts that are retired, restored, merged or unmerged, consent decisions about profiling → the intent score, health, and derived values. One Work per tenant at a time, for what all partitions have of it:
 * marks in the inbox, score, history, facts. An event delivered again is known by its mark in the inbox and does nothing.
 */
export function startContextEngine(bus: Bus, database: Database, seal: Seal): Promise<RunningConsumer> {
  const works = createTurns(worksAtOnce);
  const takeIn = createCoalescer<readonly Envelope[], void>(mostTogether, async (batches, tenantId) => {
    await works.take(() => score({ database, seal }, tenantId as Id<'Tenant'>, batches.flat()));
    return [];
  });
  return bus.consume({
    group,
    topics: [signalIngested.kind, accountChanged.kind, ...recounting.map(({ kind }) => kind), consentGranted.kind, consentRevoked.kind, contactMerged.kind, contactUnmerged.kind],
    batchSize: 500,
    gather: 5,
    atOnce: worksAtOnce * mostTogether,
    async handle(events) {
      const outcomes = await Promise.allSettled([...Map.groupBy(events.filter(isRelevant), (event) => event.tenantId)].map(([tenantId, own]) => takeIn(tenantId, own)));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
  });
}

async function score({ database, seal }: { readonly database: Database; readonly seal: Seal }, tenantId: Id<'Tenant'>, events: readonly Envelope[]): Promise<void> {
  // Several requests may share a batch; the facts that follow name the last one's.
  const requestId = events.at(-1)?.requestId ?? group;
  await database.transact({ tenantId, actor, requestId }, async (work) => {
    const unseen = await firstTime(work, group, events);
    const signals = unseen.filter((event) => event.kind === signalIngested.kind).map(toSignal);
    const changes = unseen.filter((event) => event.kind === accountChanged.kind).map((event) => accountChanged.parse(event));
    const recounted = await accountsToRecount(work, unseen);
    const [refitted, reassessed] = [accountsOf(changes, fitting), [...accountsOf(changes, assessing), ...recounted.keys()]];
    const derived = [...accountsOf(changes, factTables), ...recounted.keys()];
    // All at once and in one order: one after the other, two works could wait for each other.
    if (reassessed.length + derived.length > 0) await lockAccounts(work, [...signals.map(({ accountId }) => accountId), ...refitted, ...reassessed, ...derived]);
    // What does not count is known before anything is counted: a recount counts signals that are still on their way, too.
    const counting = await withoutObjections(work, seal, signals);
    await reconsiderSignals(work, seal, [...unseen.flatMap(profilingSubject), ...(await peopleOfContacts(work, unseen.flatMap(mergedContacts)))]);
    for (const [cause, accounts] of Map.groupBy(recounted.keys(), (id) => recounted.get(id))) if (cause) await recountAccounts(work, accounts, cause);
    if (counting.length > 0) await applySignals(work, counting);
    if (refitted.length > 0) await refitAccounts(work, refitted);
    await storeHealth(work, reassessed, 'RECORDS');
    await storeDerivedValues(work, seal, derived, 'RECORDS');
  });
}

/** The accounts that events name, and those that they count for now, with the cause of the latest event of each. */
async function accountsToRecount(work: Work, events: readonly Envelope[]): Promise<Map<Id<'Account'>, RecountCause>> {
  const named = new Map(events.flatMap((event) => recounting.filter(({ kind }) => kind === event.kind).flatMap(({ cause, accounts }) => accounts(event).map((id) => [id as Id<'Account'>, cause] as const))));
  const survivors = await survivorsOf(work, [...named.keys()]);
  return new Map([...[...named].map(([id, cause]) => [survivors.get(id) ?? id, cause] as const), ...named]);
}

function bothOf({ accountId, intoId, fromId }: { readonly accountId: string; readonly intoId: string; readonly fromId: string }): string[] {
  return [accountId, intoId, fromId];
}

/** Whose decision about profiling an event is, if it is one. */
function profilingSubject(event: Envelope): Id<'Subject'>[] {
  const decided = [consentGranted, consentRevoked].find(({ kind }) => kind === event.kind)?.parse(event);
  return decided?.purpose === 'PROFILING' ? [decided.subjectId as Id<'Subject'>] : [];
}

/** The contacts of a merge or its undoing: an objection of one of them holds for the other while they are one. */
function mergedContacts(event: Envelope): string[] {
  const merge = [contactMerged, contactUnmerged].find(({ kind }) => kind === event.kind)?.parse(event);
  return merge ? [merge.intoId, merge.fromId] : [];
}

function toSignal(event: Envelope): CountedSignal {
  const { signalId, accountId } = signalIngested.parse(event);
  return { signalId: signalId as Id<'Signal'>, accountId: accountId as Id<'Account'>, sequence: event.sequence };
}

/** Most changes are of records that neither the score, nor health, nor a derived value depends on. */
function isRelevant(event: Envelope): boolean {
  return event.kind !== accountChanged.kind || concerning.has(accountChanged.parse(event).what);
}

/** Only the account's own row is held against the ICP, only KPIs and trends make health, and only the tables of facts make derived values. */
function accountsOf(changes: readonly { readonly accountId: string; readonly what: string }[], tables: readonly string[]): Id<'Account'>[] {
  return changes.filter(({ what }) => tables.includes(what)).map(({ accountId }) => accountId as Id<'Account'>);
}
