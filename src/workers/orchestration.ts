import type { Clock } from '../platform/clock.ts';
import { createCoalescer } from '../platform/coalesce.ts';
import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import type { FastCopies } from '../platform/fast-copies.ts';
import { createTurns } from '../platform/events/turns.ts';
import type { Id } from '../platform/ids.ts';
import type { Llm } from '../platform/llm/llm.ts';
import type { Log } from '../platform/log.ts';
import { counter } from '../platform/metrics.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Read } from '../platform/postgres/read.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Caller, Work } from '../platform/postgres/work.ts';
import { considerAccount, mostScreened, outreachPolicySaved, screenAccounts, type Considered } from '../features/actions/index.ts';
import { accountsToEnrich, wantEnrichment } from '../features/enrichment/index.ts';
import { contextUpdated } from '../features/scoring/index.ts';
import { accountsToConsider, mayConcern, mayNeedEnrichment, orchestrationTopics, wakeForPolicy, type ToConsider } from './orchestration-subjects.ts';

const group = 'orchestration';
const actor = { kind: 'system', id: group } as const;
const crossings = counter('intent_crossings_total', 'Threshold crossings that orchestration took in, by direction. A rise of UP means accounts with a case for action.', ['direction']);
const considered = counter('accounts_considered_total', 'Times that an account was considered for an action, by outcome. A rise of one reason means that it holds back proposals.', ['outcome']);

/** Accounts that are considered at once: a drafter may think for half a minute. */
const atOnce = 4;
/** Batches of one tenant's events that are looked at together. */
const mostTogether = 8;

/** What orchestration works with. */
export interface OrchestrationParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly seal: Seal;
  readonly llm: Llm;
  readonly log: Log;
  readonly clock: Clock;
  /** Copies of what was spent on enrichments. */
  readonly copies: FastCopies;
}

/**
 * Facts that can start, free or end a proposal → the account is considered: one action is open, or its consideration says
 * why not, or its intent is not high. One account is considered by one task at a time in this process; several processes are kept apart by the account's lock.
 */
export function startOrchestration({ bus, database, seal, llm, log, clock, copies }: OrchestrationParts): Promise<RunningConsumer> {
  const turns = createTurns(atOnce);
  const busy = createQueues();
  const transactFor = (event: Envelope) => {
    const caller: Caller = { tenantId: event.tenantId as Id<'Tenant'>, actor, requestId: event.requestId };
    return { caller, transact: <Result>(body: (work: Work) => Promise<Result>) => database.transact(caller, body) };
  };
  const consider = (asked: ToConsider): Promise<void> => {
    const { accountId, event, crossing } = asked;
    return busy.after(`${event.tenantId}:${accountId}`, () => turns.take(async () => {
      const outcome = await considerAccount({ ...transactFor(event), llm, seal }, accountId, crossing);
      tell(asked, outcome);
      if (outcome === 'DRAFT_FAILED') log.warn(about(asked, outcome), 'no draft passes the do-not-say list; the decision names the entries');
    }));
  };
  const tell = (asked: ToConsider, outcome: Considered): void => {
    considered.inc({ outcome: outcome.toLowerCase() });
    log.info(about(asked, outcome), 'account considered');
  };
  /** Settles those that a few statements for all decide; returns the others. */
  const screen = async (work: Work, accounts: readonly ToConsider[]): Promise<readonly ToConsider[]> => {
    const outcomes = await screenAccounts(work, accounts.map(({ accountId, event, crossing }) => ({ accountId, requestId: event.requestId, isCrossing: crossing !== null })));
    work.afterCommit(() => {
      for (const account of accounts) {
        const outcome = outcomes.get(account.accountId);
        if (outcome) tell(account, outcome);
      }
    });
    return accounts.filter(({ accountId }) => !outcomes.has(accountId));
  };
  /** Looks up which accounts some events of a tenant concern, and settles those that it can; returns the others. */
  const look = async (events: readonly Envelope[]): Promise<readonly ToConsider[]> => {
    const [first] = events;
    if (!first) return [];
    // Most events concern no account that is held back: one read says so, and nothing is written.
    const accounts = await readBriefly(database, first.tenantId as Id<'Tenant'>, (read) => accountsToConsider(read, events));
    const open: ToConsider[] = [];
    for (let from = 0; from < accounts.length; from += mostScreened) {
      open.push(...(await transactFor(first).transact((work) => screen(work, accounts.slice(from, from + mostScreened)))));
    }
    return open;
  };
  /** What arrives of a tenant while earlier events of it are looked at shares the next look. Nobody waits here for a draft. */
  const lookTogether = createCoalescer<readonly Envelope[], readonly ToConsider[]>(mostTogether, async (batches) => {
    const open = Map.groupBy(await look(batches.flat()), ({ event }) => event);
    return batches.map((events) => events.flatMap((event) => open.get(event) ?? []));
  });
  /** Requests enrichments for accounts with high intent and low context quality: nothing is called here, a job does. */
  const enrich = async (events: readonly Envelope[]): Promise<void> => {
    const asking = new Map(events.flatMap((event) => { const accountId = mayNeedEnrichment(event); return accountId === null ? [] : [[accountId, event] as const]; }));
    const [first] = asking.values();
    if (!first) return;
    const tenantId = first.tenantId as Id<'Tenant'>;
    const wanted = await readBriefly(database, tenantId, (read) => accountsToEnrich({ sql: read, now: clock.now().toISOString(), copies }, [...asking.keys()]));
    for (const accountId of wanted) {
      const event = asking.get(accountId) ?? first;
      const outcome = await transactFor(event).transact((work) => wantEnrichment(work, seal, accountId));
      log.info({ tenantId, accountId, requestId: event.requestId, outcome }, 'account looked at for enrichment');
    }
  };
  const takeIn = async (tenantId: string, events: readonly Envelope[]): Promise<void> => {
    const crossed = events.filter(({ kind }) => kind === contextUpdated.kind).map((event) => contextUpdated.parse(event).crossed);
    for (const direction of crossed) if (direction !== null) crossings.inc({ direction });
    for (const event of events) if (event.kind === outreachPolicySaved.kind) await wakeForPolicy(transactFor(event).transact, event);
    const concerning = events.filter(mayConcern);
    const enriched = enrich(events);
    enriched.catch(() => undefined);
    if (concerning.length > 0) await allOf((await lookTogether(tenantId, concerning)).map(consider));
    await enriched;
  };
  return bus.consume({
    group,
    topics: orchestrationTopics,
    batchSize: 200,
    gather: 50,
    handle: (batch) => allOf([...Map.groupBy(batch, ({ tenantId }) => tenantId)].map(([tenantId, own]) => takeIn(tenantId, own))),
  });
}

async function readBriefly<Result>(database: Database, tenantId: Id<'Tenant'>, body: (read: Read) => Promise<Result>): Promise<Result> {
  const read = database.read(tenantId);
  try {
    return await body(read);
  } finally {
    await read.close();
  }
}

/** What a log entry says of an account that was considered. */
const about = ({ accountId, event: { tenantId, requestId }, because }: ToConsider, outcome: Considered) => ({ tenantId, accountId, requestId, outcome, because: because.join(', ') });

/** Waits for all, also if one fails, and throws the first failure. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Runs tasks of one key one after the other, and of different keys side by side. */
function createQueues(): { after(key: string, task: () => Promise<void>): Promise<void> } {
  const last = new Map<string, Promise<void>>();
  return {
    after(key, task) {
      const mine = (last.get(key) ?? Promise.resolve()).then(task, task);
      last.set(key, mine);
      const forget = (): void => void (last.get(key) === mine && last.delete(key));
      mine.then(forget, forget);
      return mine;
    },
  };
}
