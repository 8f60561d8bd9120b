import type { Envelope } from '../platform/events/event.ts';
import type { Id } from '../platform/ids.ts';
import type { Work } from '../platform/postgres/work.ts';
import { accountChanged, accountMerged, accountRestored, accountRetired, accountUnmerged } from '../features/accounts/index.ts';
import { accountsBeside, accountsOfPeople, accountsWaitingFor, accountsWithRivals, actionEventKinds, concernedAmong, considerationDue, outreachPolicySaved, wakeOlderThan, wakeProposed } from '../features/actions/index.ts';
import { consentGranted, consentRevoked } from '../features/consent/index.ts';
import type { TenantSql } from '../features/lineage/index.ts';
import { derivedValuesChanged } from '../features/context/index.ts';
import { contextUpdated } from '../features/scoring/index.ts';

/** Facts after which an account is another one than before, or none: always considered. */
const comingAndGoing: readonly string[] = [accountRetired, accountRestored, accountMerged, accountUnmerged].map(({ kind }) => kind);

/** The facts after which an account may have to be considered. */
export const orchestrationTopics: readonly string[] = [contextUpdated.kind, accountChanged.kind, consentGranted.kind, consentRevoked.kind, outreachPolicySaved.kind, considerationDue.kind, derivedValuesChanged.kind, ...comingAndGoing, ...actionEventKinds];

/** Kinds of records that can hold a proposal back: what hangs on the account itself, its contacts, tickets and flags. */
const holding: ReadonlySet<string> = new Set(['account', 'contact', 'ticket', 'manager_flag']);
/** Facts about actions that change nothing of what holds proposals back. */
const idle: ReadonlySet<string> = new Set(['action.claimed', 'action.released', 'action.edited', 'action.evidence_changed', 'action.approved', 'action.postponed']);

/** An account to consider, because of an event. */
export interface ToConsider {
  readonly accountId: Id<'Account'>;
  readonly event: Envelope;
  /** The change of the score that crossed the threshold upwards; null where something else happened. */
  readonly crossing: Id<'ScorePoint'> | null;
  /** The kinds of all events that ask for it. */
  readonly because: readonly string[];
}

/** Whether an event can ask for an account to be considered, by what it says alone: most are of records that hold nothing back. */
export function mayConcern(event: Envelope): boolean {
  if (event.kind === accountChanged.kind) return holding.has(accountChanged.parse(event).what);
  if (event.kind === derivedValuesChanged.kind) return false;
  if (event.kind !== contextUpdated.kind) return !idle.has(event.kind);
  const { crossed, cause } = contextUpdated.parse(event);
  return crossed !== null || cause === 'SIGNAL';
}

/**
 * The accounts that some events of one tenant ask to consider, each once, in order. Facts that are frequent are looked up
 * in one statement for all: they can only free accounts that are held back, and end open proposals of the program. Such a fact holds the account's lock
 * until it is recorded, so that no consideration is written in between and missed.
 */
export async function accountsToConsider(sql: TenantSql, events: readonly Envelope[]): Promise<ToConsider[]> {
  const [first] = events;
  if (!first) return [];
  const asked: ToConsider[] = [];
  const add = (accountId: string, event: Envelope, crossing: string | null = null): void => void asked.push({ accountId: accountId as Id<'Account'>, event, crossing: crossing as Id<'ScorePoint'> | null, because: [event.kind] });
  const [maybe, rising]: [ToConsider[], ToConsider[]] = [[], []];
  const [people, changed, others] = [new Map<string, Envelope>(), new Map<string, Envelope>(), new Map<string, Envelope>()];
  for (const event of events) {
    if (event.kind === contextUpdated.kind) {
      const { accountId, pointId, crossed, cause } = contextUpdated.parse(event);
      if (crossed !== null) add(accountId, event, crossed === 'UP' ? pointId : null);
      else if (cause === 'SIGNAL') rising.push({ accountId: accountId as Id<'Account'>, event, crossing: null, because: [event.kind] });
    } else if (event.kind === accountChanged.kind) {
      const { accountId, what } = accountChanged.parse(event);
      if (holding.has(what)) maybe.push({ accountId: accountId as Id<'Account'>, event, crossing: null, because: [event.kind] });
    } else if (comingAndGoing.includes(event.kind) && event.accountId !== null) {
      add(event.accountId, event);
      others.set(event.accountId, event);
    } else if (event.kind === considerationDue.kind) add(considerationDue.parse(event).accountId, event);
    else if (event.kind === consentGranted.kind || event.kind === consentRevoked.kind) {
      const { subjectId } = (event.kind === consentGranted.kind ? consentGranted : consentRevoked).parse(event);
      people.set(subjectId, event);
    } else if (!idle.has(event.kind) && event.accountId !== null && typeof event.data['actionId'] === 'string') {
      add(event.accountId, event);
      changed.set(event.data['actionId'], event);
    }
  }
  for (const { accountId, key } of await accountsOfPeople(sql, [...people.keys()])) add(accountId, people.get(key) ?? first);
  for (const { accountId, key } of await accountsWaitingFor(sql, [...changed.keys()])) add(accountId, changed.get(key) ?? first);
  for (const { accountId, key } of await accountsWithRivals(sql, [...changed.keys()])) add(accountId, changed.get(key) ?? first);
  for (const { accountId, key } of await accountsBeside(sql, [...others.keys()])) add(accountId, others.get(key) ?? first);
  const concerned = await concernedAmong(sql, [...maybe, ...rising].map(({ accountId }) => accountId));
  const [held, any] = [new Set(concerned.filter(({ isHeld }) => isHeld).map(({ accountId }) => accountId)), new Set(concerned.map(({ accountId }) => accountId))];
  // A signal frees an account that waits for one, and ends no proposal.
  const found = [...asked, ...maybe.filter(({ accountId }) => any.has(accountId)), ...rising.filter(({ accountId }) => held.has(accountId))];
  // Of several reasons for one account a crossing is kept, since it is traced.
  const kept = new Map(found.toSorted((one, other) => Number(one.crossing !== null) - Number(other.crossing !== null)).map((one) => [one.accountId, one]));
  const reasons = Map.groupBy(found, ({ accountId }) => accountId);
  return [...kept.values()].map((one) => ({ ...one, because: [...new Set(reasons.get(one.accountId)?.flatMap(({ because }) => because))] }));
}

/** A new policy → everything that was held back under an older one, and what is proposed, is announced as due. `transact` is called once a batch. */
export async function wakeForPolicy(transact: <Result>(body: (work: Work) => Promise<Result>) => Promise<Result>, event: Envelope): Promise<void> {
  const { version } = outreachPolicySaved.parse(event);
  for (const wake of [(work: Work, after: string | null) => wakeOlderThan(work, version, after), wakeProposed]) {
    let after: string | null = null;
    do {
      const from: string | null = after;
      after = await transact((work) => wake(work, from));
    } while (after !== null);
  }
}

/** The account that an event asks to look at for enrichment: its intent rose, or its context quality changed; null for others. */
export function mayNeedEnrichment(event: Envelope): Id<'Account'> | null {
  if (event.kind === derivedValuesChanged.kind) {
    const { accountId, kinds } = derivedValuesChanged.parse(event);
    return kinds.includes('CONTEXT_QUALITY') ? (accountId as Id<'Account'>) : null;
  }
  if (event.kind !== contextUpdated.kind) return null;
  const { accountId, crossed, cause } = contextUpdated.parse(event);
  return crossed === 'UP' || (crossed === null && cause === 'SIGNAL') ? (accountId as Id<'Account'>) : null;
}
