import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import { createTurns } from '../platform/events/turns.ts';
import type { Id } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { actionApproved, actionUndoRequested, executeAction, executeUndo, outreachDue, undoDue, type CrmWriting, type Outreach } from '../features/actions/index.ts';

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
  /** Writes into CRMs. */
  readonly crm: CrmWriting;
  readonly log: Log;
}

/**
 * action.approved → outreach or a CRM; action.undo_requested → a CRM. The event says where to look; what is sent, and whether, is in the database. What was refused
 * for the time being, what did not answer, and what a process left when it ended is looked for every few seconds.
 */
export async function startExecutor({ bus, database, seal, outreach, crm, log }: ExecutorParts): Promise<RunningConsumer> {
  const turns = createTurns(atOnce);
  const attempt = (tenantId: Id<'Tenant'>, approvalId: string, requestId: string, useCase: typeof executeAction | typeof executeUndo): Promise<void> =>
    turns.take(async () => {
      const caller = { tenantId, actor, requestId };
      const outcome = await useCase({ transact: (body) => database.transact(caller, body), seal, outreach, crm }, approvalId);
      if (outcome !== 'NOTHING_TO_DO') log.info({ tenantId, approvalId, requestId, outcome, outreach: outreach.kind }, useCase === executeUndo ? 'action undo attempted' : 'an approved action was taken out');
    });
  const all = async (tasks: readonly Promise<void>[]): Promise<void> => {
    const failed = (await Promise.allSettled(tasks)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  };
  const consumer = await bus.consume({
    group,
    topics: [actionApproved.kind, actionUndoRequested.kind],
    batchSize: 50,
    handle: (events) => all(events.map((event) => {
      const isUndo = event.kind === actionUndoRequested.kind;
      const { approvalId } = (isUndo ? actionUndoRequested : actionApproved).parse(event);
      return attempt(event.tenantId as Id<'Tenant'>, approvalId, event.requestId, isUndo ? executeUndo : executeAction);
    })),
  });

  let looking: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    const due = await database.system((sql) => sql.rows(outreachDue));
    const undos = await database.system((sql) => sql.rows(undoDue));
    await all([...due.map(({ tenantId, approvalId }) => attempt(tenantId, approvalId, group, executeAction)), ...undos.map(({ tenantId, approvalId }) => attempt(tenantId, approvalId, group, executeUndo))]);
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
