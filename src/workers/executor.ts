import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import { createTurns } from '../platform/events/turns.ts';
import type { Id } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { actionApproved, executeAction, outreachDue, type Outreach } from '../features/actions/index.ts';

const group = 'executor';
const actor = { kind: 'system', id: group } as const;
/** Messages on their way out at once. */
const atOnce = 4;
/** How often to look for what is due again. Milliseconds. */
const lookEvery = 5_000;

/** What the executor works with. */
export interface ExecutorParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly seal: Seal;
  /** The edge of the world. Only the executor holds one. */
  readonly outreach: Outreach;
  readonly log: Log;
}

/**
 * action.approved → outreach. The event says where to look; what is sent, and whether, is in the database. What was refused
 * for the time being, what did not answer, and what a process left when it ended is looked for every few seconds.
 */
export async function startExecutor({ bus, database, seal, outreach, log }: ExecutorParts): Promise<RunningConsumer> {
  const turns = createTurns(atOnce);
  const execute = (tenantId: Id<'Tenant'>, approvalId: string, requestId: string): Promise<void> =>
    turns.take(async () => {
      const caller = { tenantId, actor, requestId };
      const outcome = await executeAction({ transact: (body) => database.transact(caller, body), seal, outreach }, approvalId);
      if (outcome !== 'NOTHING_TO_DO') log.info({ tenantId, approvalId, requestId, outcome, outreach: outreach.kind }, 'an approved action was taken out');
    });
  const all = async (tasks: readonly Promise<void>[]): Promise<void> => {
    const failed = (await Promise.allSettled(tasks)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  };
  const consumer = await bus.consume({
    group,
    topics: [actionApproved.kind],
    batchSize: 50,
    handle: (events) => all(events.map((event) => execute(event.tenantId as Id<'Tenant'>, actionApproved.parse(event).approvalId, event.requestId))),
  });

  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const due = await database.system((sql) => sql.rows(outreachDue));
    await all(due.map(({ tenantId, approvalId }) => execute(tenantId, approvalId, group)));
  };
  const timer = setInterval(() => {
    looking ??= look().catch((error: unknown) => log.error({ error }, 'the executor could not look for what is due')).finally(() => (looking = null));
  }, lookEvery);
  timer.unref();
  return {
    ...consumer,
    async stop() {
      clearInterval(timer);
      await consumer.stop();
      await looking;
    },
  };
}
