import { z } from 'zod';
import { copySessions, copySessionsTask, createCopiesOpener, createSectionFetchers, readSource, readSourceTask, wakeDueCopies, wakeDueReaders, type VendorApi, type VendorSessions } from '../features/connectors/index.ts';
import { callEnrichment, enrichAccountTask } from '../features/enrichment/index.ts';
import { refreshContextTask, storeDerivedValues, workOnRefresh } from '../features/context/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Id } from '../platform/ids.ts';
import { jobsEndWithin, type Jobs } from '../platform/jobs/jobs.ts';
import { defineTask, type Task } from '../platform/jobs/task.ts';
import type { Log } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Work } from '../platform/postgres/work.ts';
import { startJobs, type JobsOptions } from './jobs.ts';

/** What the jobs that call vendors work with. */
export interface VendorTaskOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly seal: Seal;
  readonly vendors: Pick<VendorSessions, 'open'>;
  /** The vendors that can be called; all that are registered when left out. */
  readonly vendorApis?: readonly VendorApi[] | undefined;
  /** Where the HTTP provider of enrichments is reached instead of its own address. */
  readonly enrichmentOrigin?: string | null;
}

const actor = { kind: 'system', id: 'scheduler' } as const;
/** How long the source of a context section may take, in milliseconds. */
const fetchTimeout = 30_000;

/** The jobs that call vendors, by name. They have workers of their own, so that a slow vendor holds up no other job. */
export function vendorTasks({ database, clock, log, seal, vendors, vendorApis, enrichmentOrigin = null }: VendorTaskOptions): Record<string, Task> {
  const openSession = ({ tenantId, connectionId }: { readonly tenantId: Id<'Tenant'>; readonly connectionId: Id<'Connection'> }) => vendors.open(tenantId, connectionId);
  const onUnread = (error: unknown, fields: Readonly<Record<string, string>>): void => log.warn({ error, ...fields }, 'vendor object not read');
  const onUnfetched = (error: unknown, fields: Readonly<Record<string, string>>): void => log.warn({ error, ...fields }, 'context section not fetched');
  const onUncopied = (error: unknown, fields: Readonly<Record<string, string>>): void => log.warn({ error, ...fields }, 'session context not copied');
  const openCopies = createCopiesOpener(database, vendors);
  const fetchers = createSectionFetchers({ database, openSession, onError: onUnread, ...(vendorApis ? { apis: vendorApis } : {}) });
  return {
    [readSourceTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), connectionId: z.uuid() }),
      handle: ({ tenantId, connectionId }, { id, signal }) =>
        readSource({ database, seal, openSession, signal, onError: onUnread }, { tenantId: tenantId as Id<'Tenant'>, connectionId: connectionId as Id<'Connection'>, requestId: `${readSourceTask}-${id}` }),
    }),
    'read-due-sources': defineTask({
      payload: z.looseObject({}),
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      handle: async () => void (await wakeDueReaders(database, clock.now())),
    }),
    [copySessionsTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid() }),
      handle: ({ tenantId }, { id, signal }) => copySessions({ database, seal, openCopies, signal, onError: onUncopied }, { tenantId: tenantId as Id<'Tenant'>, actor, requestId: `${copySessionsTask}-${id}` }),
    }),
    'copy-due-sessions': defineTask({
      payload: z.looseObject({}),
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      handle: async () => void (await wakeDueCopies(database)),
    }),
    [enrichAccountTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), enrichmentId: z.uuid(), requestId: z.string() }),
      handle: ({ tenantId, enrichmentId, requestId }, { signal }) =>
        callEnrichment({ database, seal, providerOrigin: enrichmentOrigin, signal }, { tenantId: tenantId as Id<'Tenant'>, actor, requestId }, enrichmentId as Id<'Enrichment'>),
    }),
    [refreshContextTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), refreshId: z.uuid(), requestId: z.string() }),
      async handle({ tenantId, refreshId, requestId }, { signal }) {
        const parts = { database, seal, fetchers, timeout: fetchTimeout, signal, derive: (work: Work, accountIds: readonly Id<'Account'>[]) => storeDerivedValues(work, seal, accountIds, 'RECORDS'), onError: onUnfetched };
        await workOnRefresh(parts, { tenantId: tenantId as Id<'Tenant'>, actor, requestId }, refreshId as Id<'ContextRefresh'>);
      },
    }),
  };
}

/** Starts the workers of the jobs that call vendors. When they are stopped, calls that last longer than jobs may are cut off. */
export function startVendorJobs({ vendors, ...options }: Omit<JobsOptions, 'lookEvery'> & { readonly vendors: Pick<VendorSessions, 'close'> }): Pick<Jobs, 'stop'> {
  const jobs = startJobs({ ...options, lookEvery: 2_000 });
  return {
    async stop() {
      const ended = new AbortController();
      const ending = jobs.stop().finally(() => ended.abort());
      // By then the jobs were told, so that none takes the cut for the vendor's fault.
      await pause(jobsEndWithin + 500, ended.signal);
      if (!ended.signal.aborted) await vendors.close();
      await ending;
    },
  };
}
