import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import { createTurns } from '../platform/events/turns.ts';
import type { Id } from '../platform/ids.ts';
import type { Llm } from '../platform/llm/llm.ts';
import type { Log } from '../platform/log.ts';
import { counter } from '../platform/metrics.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Caller } from '../platform/postgres/work.ts';
import { actOnCrossing, staleActions } from '../features/actions/index.ts';
import { contextUpdated } from '../features/scoring/index.ts';

const group = 'orchestration';
const actor = { kind: 'system', id: group } as const;
const crossings = counter('intent_crossings_total', 'Threshold crossings that orchestration took in, by direction. A rise of UP means accounts with a case for action.', ['direction']);

/** Crossings under way at once, each of another account: a drafter may think for half a minute. */
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
 * context.updated → what becomes of crossings of the high-intent threshold: upward, an action is proposed or a trace says
 * why not; downward, what was proposed for the last one goes stale. Those of one account are taken in order.
 */
export function startOrchestration({ bus, database, seal, llm, log }: OrchestrationParts): Promise<RunningConsumer> {
  const turns = createTurns(atOnce);
  const takeIn = async (event: Envelope): Promise<void> => {
    const { accountId, pointId, crossed, current } = contextUpdated.parse(event);
    if (crossed === null) return;
    const caller: Caller = { tenantId: event.tenantId as Id<'Tenant'>, actor, requestId: event.requestId };
    const account = accountId as Id<'Account'>;
    const about = { tenantId: event.tenantId, accountId, requestId: event.requestId, crossed, score: current };
    crossings.inc({ direction: crossed });
    if (crossed === 'DOWN') {
      const stale = await database.transact(caller, async (work) => ((await firstTime(work, group, [event])).length > 0 ? staleActions(work, account, pointId) : 0));
      log.info({ ...about, stale }, 'the high-intent threshold was crossed');
      return;
    }
    const parts = { transact: <Result>(body: Parameters<typeof database.transact<Result>>[1]) => database.transact(caller, body), llm, seal };
    const outcome = await actOnCrossing(parts, {
      caller, accountId: account, pointId: pointId as Id<'ScorePoint'>, takeIn: async (work) => (await firstTime(work, group, [event])).length > 0,
    });
    log.info({ ...about, outcome }, 'the high-intent threshold was crossed');
    if (outcome === 'DRAFT_FORBIDDEN') log.warn({ tenantId: event.tenantId, accountId, requestId: event.requestId }, 'no draft keeps to the do-not-say list; the trace of the decision names the entries');
  };
  return bus.consume({
    group,
    topics: [contextUpdated.kind],
    batchSize: 200,
    async handle(batch) {
      const crossed = batch.filter((event) => contextUpdated.parse(event).crossed !== null);
      const outcomes = await Promise.allSettled([...Map.groupBy(crossed, (event) => `${event.tenantId}:${event.accountId}`).values()].map((own) => turns.take(async () => {
        for (const event of own) await takeIn(event);
      })));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    },
  });
}
