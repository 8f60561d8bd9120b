import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import type { Id } from '../platform/ids.ts';
import type { Work } from '../platform/postgres/work.ts';
import { lockAccounts, accountChanged } from '../features/accounts/index.ts';
import { accountsOfPeople, accountsWaitingFor, actionEventKinds, consideredAmong, considerationDue, endConsideration, outreachPolicySaved, staleActions, wakeOlderThan } from '../features/actions/index.ts';
import { consentGranted, consentRevoked } from '../features/consent/index.ts';
import { contextUpdated } from '../features/scoring/index.ts';

/** The facts after which an account may have to be considered. */
export const orchestrationTopics: readonly string[] = [contextUpdated.kind, accountChanged.kind, consentGranted.kind, consentRevoked.kind, outreachPolicySaved.kind, considerationDue.kind, ...actionEventKinds];

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
}

/**
 * The accounts that some events of one tenant ask to consider, each once, in order. Facts that are frequent are looked up
 * in one statement for all: only accounts with a consideration can be freed by them. Such a fact holds the account's lock
 * until it is recorded, so that no consideration is written in between and missed.
 */
export async function accountsToConsider(work: Work, events: readonly Envelope[]): Promise<ToConsider[]> {
  const [first] = events;
  if (!first) return [];
  const asked: ToConsider[] = [];
  const add = (accountId: string, event: Envelope, crossing: string | null = null): void => void asked.push({ accountId: accountId as Id<'Account'>, event, crossing: crossing as Id<'ScorePoint'> | null });
  const maybe: ToConsider[] = [];
  const [people, ended] = [new Map<string, Envelope>(), new Map<string, Envelope>()];
  for (const event of events) {
    if (event.kind === contextUpdated.kind) {
      const { accountId, pointId, crossed, cause, previous, current } = contextUpdated.parse(event);
      if (crossed === 'UP') add(accountId, event, pointId);
      else if (crossed === null && cause === 'SIGNAL' && (current ?? 0) > (previous ?? 0)) maybe.push({ accountId: accountId as Id<'Account'>, event, crossing: null });
    } else if (event.kind === accountChanged.kind) {
      const { accountId, what } = accountChanged.parse(event);
      if (holding.has(what)) maybe.push({ accountId: accountId as Id<'Account'>, event, crossing: null });
    } else if (event.kind === considerationDue.kind) add(considerationDue.parse(event).accountId, event);
    else if (event.kind === consentGranted.kind || event.kind === consentRevoked.kind) {
      const { subjectId } = (event.kind === consentGranted.kind ? consentGranted : consentRevoked).parse(event);
      people.set(subjectId, event);
    } else if (!idle.has(event.kind) && event.accountId !== null && typeof event.data['actionId'] === 'string') {
      add(event.accountId, event);
      ended.set(event.data['actionId'], event);
    }
  }
  for (const { accountId, key } of await accountsOfPeople(work, [...people.keys()])) add(accountId, people.get(key) ?? first);
  for (const { accountId, key } of await accountsWaitingFor(work, [...ended.keys()])) add(accountId, ended.get(key) ?? first);
  const considered = await consideredAmong(work, maybe.map(({ accountId }) => accountId));
  const found = [...asked, ...maybe.filter(({ accountId }) => considered.has(accountId))];
  // Of several reasons for one account a crossing is kept, since it is traced.
  return [...new Map(found.toSorted((one, other) => Number(one.crossing !== null) - Number(other.crossing !== null)).map((one) => [one.accountId, one])).values()];
}

/** Intent fell below the threshold → what was proposed because it was high goes stale. Returns how many actions did; null for a repeated delivery. */
export async function intentFell(work: Work, consumer: string, event: Envelope): Promise<number | null> {
  const { accountId, pointId } = contextUpdated.parse(event);
  if ((await firstTime(work, consumer, [event])).length === 0) return null;
  const account = accountId as Id<'Account'>;
  await lockAccounts(work, [account]);
  await endConsideration(work, account, 'NOT_HIGH');
  return staleActions(work, account, pointId);
}

/** A new policy → everything that was held back under an older one is announced as due. `transact` is called once a batch. */
export async function wakeForPolicy(transact: <Result>(body: (work: Work) => Promise<Result>) => Promise<Result>, event: Envelope): Promise<void> {
  const { version } = outreachPolicySaved.parse(event);
  let after: string | null = null;
  do {
    const from: string | null = after;
    after = await transact((work) => wakeOlderThan(work, version, from));
  } while (after !== null);
}
