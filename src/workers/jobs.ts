import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { NotFound } from '../platform/errors.ts';
import type { FastCopies } from '../platform/fast-copies.ts';
import type { DeadLetters } from '../platform/events/dead-letters.ts';
import { pruneInbox } from '../platform/events/inbox.ts';
import type { Bus } from '../platform/events/bus.ts';
import type { Id } from '../platform/ids.ts';
import { createJobs, type Jobs } from '../platform/jobs/jobs.ts';
import { defineTask, type Task } from '../platform/jobs/task.ts';
import type { Llm } from '../platform/llm/llm.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { statement } from '../platform/postgres/statement.ts';
import { expireActions, wakeDueConsiderations } from '../features/actions/index.ts';
import { matchTenants } from '../features/identity/index.ts';
import { indexMissingContacts, reprojectNext, reprojectTask } from '../features/accounts/index.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Signer, TrustedKeys } from '../platform/signing.ts';
import { anchorChains, verifyChains } from '../features/audit/index.ts';
import { deriveDue, deriveTask, deriveTenant } from '../features/context/index.ts';
import { reassessTask, reassessTenant, reassessTenants } from '../features/health/index.ts';
import { settleEnrichments } from '../features/enrichment/index.ts';
import { expireChildValues, expireFields, extractRequirements, extractRequirementsTask, orphanFields } from '../features/profiles/index.ts';
import { clearErasedSessions, expireChildDataOfSessions, expireSessionData } from '../features/sessions/index.ts';
import { pruneDeliveries } from '../features/connectors/index.ts';
import { rederiveStages } from '../features/crm/index.ts';
import { rederiveTask } from '../features/stages/index.ts';
import { snapshotTasks } from './snapshot-jobs.ts';
import { decayScores, decayTask, rescoreNext, rescoreTask } from '../features/scoring/index.ts';

/** What the jobs work on. */
export interface TaskOptions {
  readonly database: Database;
  readonly bus: Pick<Bus, 'prune' | 'read'>;
  readonly deadLetters: Pick<DeadLetters, 'prune'>;
  readonly clock: Clock;
  readonly llm: Llm;
  readonly log: Log;
  readonly signer: Signer;
  readonly seal: Seal;
  /** Copies that an erasure clears. */
  readonly copies: FastCopies;
  /** Whose signatures are believed. */
  readonly keys: TrustedKeys;
}

const actor = { kind: 'system', id: 'scheduler' } as const;
const nothing = z.looseObject({});
const partitions = statement<{ made: number }>('ensure_audit_partitions', 'select ensure_audit_partitions($1::date, 4) as made');
const day = 86_400_000;

/** Every job that calls no vendor, by name; each may run twice without harm. */
export function jobTasks({ database, bus, deadLetters, clock, llm, log, signer, keys, seal, copies }: TaskOptions): Record<string, Task> {
  return {
    [decayTask]: defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        const crossed = await decayScores(database, { actor, requestId: decayTask });
        if (crossed > 0) log.info({ crossed }, 'scores crossed the threshold by time alone');
      },
    }),
    [rescoreTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), requestId: z.string() }),
      async handle({ tenantId, requestId }) {
        let after: Id<'Account'> | null = null;
        do {
          const from: Id<'Account'> | null = after;
          after = await database.transact({ tenantId: tenantId as Id<'Tenant'>, actor, requestId }, (work) => rescoreNext(work, from));
        } while (after !== null);
      },
    }),
    [rederiveTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), requestId: z.string() }),
      async handle({ tenantId, requestId }) {
        const caller = { tenantId: tenantId as Id<'Tenant'>, actor, requestId };
        await rederiveStages(database, caller);
        // Which deals are open depends on the catalogue.
        await deriveTenant({ database, seal }, caller);
      },
    }),
    [reprojectTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), requestId: z.string() }),
      async handle({ tenantId, requestId }) {
        let after: string | null = null;
        do {
          const from: string | null = after;
          after = await database.transact({ tenantId: tenantId as Id<'Tenant'>, actor, requestId }, (work) => reprojectNext(work, seal, from));
        } while (after !== null);
      },
    }),
    [reassessTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), requestId: z.string() }),
      handle: ({ tenantId, requestId }) => reassessTenant(database, { tenantId: tenantId as Id<'Tenant'>, actor, requestId }),
    }),
    [deriveTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), requestId: z.string() }),
      handle: ({ tenantId, requestId }) => deriveTenant({ database, seal }, { tenantId: tenantId as Id<'Tenant'>, actor, requestId }),
    }),
    'derive-due': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        const derived = await deriveDue({ database, seal }, { actor, requestId: 'derive-due' });
        if (derived > 0) log.info({ derived }, 'derived values computed again because time passed');
      },
    }),
    'reassess-tenants': defineTask({
      payload: nothing,
      cron: { pattern: '10 4 * * *', makeUp: day },
      handle: () => reassessTenants(database, { actor, requestId: 'reassess-tenants' }),
    }),
    'expire-fields': defineTask({
      payload: nothing,
      cron: { pattern: '*/5 * * * *', makeUp: 5 * 60_000 },
      async handle() {
        const expired = await expireFields(database, { actor, requestId: 'expire-fields' });
        if (expired > 0) log.info({ expired }, 'profile fields expired');
      },
    }),
    'expire-child-data': defineTask({
      payload: nothing,
      cron: { pattern: '35 * * * *', makeUp: day },
      async handle() {
        const values = await expireChildValues(database, { actor, requestId: 'expire-child-data' });
        const inSessions = await expireChildDataOfSessions({ database, seal, copies }, { actor, requestId: 'expire-child-data' });
        if (values + inSessions > 0) log.info({ values, inSessions }, 'data of children deleted by retention');
      },
    }),
    'expire-actions': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        const ended = await expireActions(database, { actor, requestId: 'expire-actions' });
        if (ended > 0) log.info({ ended }, 'actions expired, or claims on them ran out');
      },
    }),
    'settle-enrichments': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        const settled = await settleEnrichments({ database, clock }, { actor, requestId: 'settle-enrichments' });
        if (settled > 0) log.warn({ settled }, 'enrichments settled because their process ended');
      },
    }),
    'clear-erased-sessions': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        const dropped = await clearErasedSessions({ database, copies }, { actor, requestId: 'clear-erased-sessions' });
        if (dropped > 0) log.info({ dropped }, 'erased sessions deleted with their copies');
      },
    }),
    'expire-sessions': defineTask({
      payload: nothing,
      cron: { pattern: '25 * * * *', makeUp: day },
      async handle() {
        const deleted = await expireSessionData({ database, seal, copies }, { actor, requestId: 'expire-sessions' });
        if (deleted > 0) log.info({ deleted }, 'session data deleted by retention');
      },
    }),
    'consider-due': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        const due = await wakeDueConsiderations(database, { actor, requestId: 'consider-due' });
        if (due > 0) log.info({ due }, 'considerations are due');
      },
    }),
    'orphan-fields': defineTask({
      payload: nothing,
      cron: { pattern: '*/15 * * * *', makeUp: 15 * 60_000 },
      async handle() {
        const orphaned = await orphanFields(database, { actor, requestId: 'orphan-fields' });
        if (orphaned > 0) log.info({ orphaned }, 'profile fields lost their sources');
      },
    }),
    [extractRequirementsTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), scenarioId: z.uuid(), requestId: z.string() }),
      async handle({ tenantId, scenarioId, requestId }, { signal }) {
        const caller = { tenantId: tenantId as Id<'Tenant'>, actor, requestId };
        const extraction = { caller, scenarioId: scenarioId as Id<'Scenario'>, again: false };
        await extractRequirements({ transact: (body) => database.transact(caller, body), llm, signal }, extraction).catch((error: unknown) => {
          // A scenario that was deleted meanwhile requires nothing.
          if (!(error instanceof NotFound)) throw error;
        });
      },
    }),
    'audit-partitions': defineTask({
      payload: nothing,
      cron: { pattern: '15 0 * * *', makeUp: 7 * day },
      handle: async () => void (await database.system((sql) => sql.rows(partitions, [clock.now().toISOString().slice(0, 10)]))),
    }),
    'audit-anchors': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      handle: async () => void (await anchorChains({ database, bus, signer, keys, log }, { actor, requestId: 'audit-anchors' })),
    }),
    'audit-verification': defineTask({
      payload: nothing,
      cron: { pattern: '30 3 * * *', makeUp: day },
      handle: async () => void (await verifyChains({ database, bus, keys, log })),
    }),
    ...snapshotTasks({ database, clock, log }),
    'index-contacts': defineTask({
      payload: nothing,
      cron: { pattern: '20 2 * * *', makeUp: day },
      async handle() {
        const indexed = await indexMissingContacts(database, seal, { actor, requestId: 'index-contacts' });
        if (indexed > 0) log.info({ indexed }, 'contacts added to the name index');
      },
    }),
    'match-nodes': defineTask({
      payload: nothing,
      cron: { pattern: '40 2 * * *', makeUp: day },
      handle: () => matchTenants(database, seal, { actor, requestId: 'match-nodes' }),
    }),
    'prune-events': defineTask({
      payload: nothing,
      cron: { pattern: '45 0 * * *', makeUp: day },
      async handle() {
        const now = clock.now().getTime();
        // The inbox outlives the bus: what may still be delivered must still be known.
        await bus.prune(new Date(now - 7 * day));
        await pruneInbox(database, new Date(now - 14 * day));
        await pruneDeliveries(database, new Date(now - day));
        await deadLetters.prune(new Date(now - 90 * day));
      },
    }),
  };
}

/** What the job engine takes. */
export interface JobsOptions {
  readonly database: Database;
  readonly url: string;
  readonly tasks: Readonly<Record<string, Task>>;
  readonly log: Log;
  /** How often it looks for jobs without being woken, in milliseconds; 1,000 when absent. */
  readonly lookEvery?: number;
}

/** Starts the job engine. */
export function startJobs({ log, ...options }: JobsOptions): Jobs {
  const jobs = createJobs({ ...options, onError: (error, fields) => log.error({ error, ...fields }, 'a background job failed') });
  jobs.start();
  return jobs;
}
