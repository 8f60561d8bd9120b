import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { createTurns } from '../platform/events/turns.ts';
import type { Id } from '../platform/ids.ts';
import type { Llm } from '../platform/llm/llm.ts';
import type { Log } from '../platform/log.ts';
import { counter } from '../platform/metrics.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Caller, Work } from '../platform/postgres/work.ts';
import { considerAccount, outreachPolicySaved } from '../features/actions/index.ts';
import { contextUpdated } from '../features/scoring/index.ts';
import { accountsToConsider, orchestrationTopics, wakeForPolicy, type ToConsider } from './orchestration-subjects.ts';

const group = 'orchestration';
const actor = { kind: 'system', id: group } as const;
const crossings = counter('intent_crossings_total', 'Threshold crossings that orchestration took in, by direction. A rise of UP means accounts with a case for action.', ['direction']);
const considered = counter('accounts_considered_total', 'Times that an account was considered for an action, by outcome. A rise of one reason means that it holds back proposals.', ['outcome']);

/** Accounts that are considered at once: a drafter may think for half a minute. */
const atOnce = 4;

/** What orchestration works with. */
export interface OrchestrationParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly seal: Seal;
  readonly llm: Llm;
  readonly log: Log;
}

/**
 * Facts that can start, free or end a proposal → the account is considered: one action is open, or its consideration says
 * why not, or its intent is not high. One account is considered by one task at a time in this process; several processes are kept apart by the account's lock.
 */
export function startOrchestration({ bus, database, seal, llm, log }: OrchestrationParts): Promise<RunningConsumer> {
  const turns = createTurns(atOnce);
  const busy = createQueues();
  const transactFor = (event: Envelope) => {
    const caller: Caller = { tenantId: event.tenantId as Id<'Tenant'>, actor, requestId: event.requestId };
    return { caller, transact: <Result>(body: (work: Work) => Promise<Result>) => database.transact(caller, body) };
  };
  const consider = ({ accountId, event, crossing }: ToConsider): Promise<void> =>
    busy.after(`${event.tenantId}:${accountId}`, () => turns.take(async () => {
      const outcome = await considerAccount({ ...transactFor(event), llm, seal }, accountId, crossing);
      considered.inc({ outcome: outcome.toLowerCase() });
      const about = { tenantId: event.tenantId, accountId, requestId: event.requestId, outcome, because: event.kind };
      log.info(about, 'account considered');
      if (outcome === 'DRAFT_FAILED') log.warn(about, 'no draft passes the do-not-say list; the decision names the entries');
    }));
  const takeIn = async (events: readonly Envelope[]): Promise<void> => {
    const [first] = events;
    if (!first) return;
    const crossed = events.filter(({ kind }) => kind === contextUpdated.kind).map((event) => contextUpdated.parse(event).crossed);
    for (const direction of crossed) if (direction !== null) crossings.inc({ direction });
    for (const event of events) if (event.kind === outreachPolicySaved.kind) await wakeForPolicy(transactFor(event).transact, event);
    const accounts = await transactFor(first).transact((work) => accountsToConsider(work, events));
    await allOf(accounts.map(consider));
  };
  return bus.consume({
    group,
    topics: orchestrationTopics,
    batchSize: 200,
    handle: (batch) => allOf([...Map.groupBy(batch, ({ tenantId }) => tenantId).values()].map(takeIn)),
  });
}

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
