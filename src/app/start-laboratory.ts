import { createCaches } from '../platform/cache/caches.ts';
import { createInProcessStore } from '../platform/cache/in-process-store.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import { createDeadLetters } from '../platform/events/dead-letters.ts';
import { noFastCopies } from '../platform/fast-copies.ts';
import { startHeartbeats } from '../platform/heartbeats.ts';
import { createIds } from '../platform/ids.ts';
import { createLlm } from '../platform/llm/llm.ts';
import { createOutages } from '../platform/outages.ts';
import { closeOutbound } from '../platform/outbound-http.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { wrappingKeysOf } from '../platform/postgres/keys/key-ring.ts';
import { openStoredRing, readStoredRing } from '../platform/postgres/keys/stored-ring.ts';
import { laboratoryUrl } from '../platform/postgres/login.ts';
import { createSeal } from '../platform/postgres/seal.ts';
import { createMemoryRateLimiter } from '../platform/rate-limiter.ts';
import { createSigner } from '../platform/signing.ts';
import { createAuthenticator, createTokenVerifier } from '../features/access/index.ts';
import { createConnectionContexts, createCopiesOpener, createRecordWriting, createVendorSessions, createWriterOpener } from '../features/connectors/index.ts';
import { createGraphServer } from '../api/graphql/apollo.ts';
import { createErrorFormatter } from '../api/graphql/format-error.ts';
import { createIntrospectionAnswers } from '../api/graphql/introspection-answers.ts';
import { refuseProductionMutations } from '../api/graphql/laboratory-mode.ts';
import { buildGraph } from '../api/graphql/schema.ts';
import { createGate } from '../api/http/gate.ts';
import { graphRoute } from '../api/http/graph-route.ts';
import { historyRoutes } from '../api/http/history-routes.ts';
import { laboratoryRoutes } from '../api/http/laboratory-routes.ts';
import type { HttpServer } from '../api/http/server.ts';
import { defaultLimits } from '../api/limits/policy.ts';
import type { CallDependencies } from '../api/open-call.ts';
import type { Disclose } from '../api/public-error.ts';
import { startLaboratory } from '../workers/laboratory.ts';
import { caches as declaredCaches } from './caches.ts';
import type { ProgramOptions } from './compose.ts';
import { Releases } from './lifecycle.ts';
import { openBus } from './open-bus.ts';
import { openDoors } from './open-doors.ts';
import { openGatekeeper } from './open-gatekeeper.ts';
import type { MasterKeys } from './open-keys.ts';
import { databaseServer } from './watched-servers.ts';

/** What a process in laboratory mode takes: `databaseUrl` is the program's; the laboratory's login follows from it. */
export type LaboratoryProgramOptions = Pick<
  ProgramOptions,
  'roles' | 'databaseUrl' | 'connections' | 'host' | 'port' | 'keys' | 'issuer' | 'audience' | 'origins' | 'trustedHops' | 'log' | 'clock' | 'policy' | 'drainSeconds'
> & { readonly masterKeys: MasterKeys };

/** A process in laboratory mode that runs. */
export interface LaboratoryProgram {
  readonly database: Database;
  readonly healthUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts a process that serves queries and experiments, runs experiments, and can do nothing else: it logs in as the laboratory alone,
 * calls no other system, and plays no other part. Consumers, relay, jobs, executor and connectors do not exist in it.
 */
export async function startLaboratoryProgram(options: LaboratoryProgramOptions): Promise<LaboratoryProgram> {
  closeOutbound();
  const releases = new Releases();
  try {
    return await start(options, releases);
  } catch (error) {
    await releases.run();
    throw error;
  }
}

async function start(options: LaboratoryProgramOptions, releases: Releases): Promise<LaboratoryProgram> {
  const { clock = systemClock, roles, connections } = options;
  const url = laboratoryUrl(options.databaseUrl);
  const outages = createOutages({ log: options.log });
  const { log } = outages;
  const newId = createIds(clock);
  const onError = (error: unknown): void => log.error({ error }, 'background component error');
  const database = await openDatabase({ url, connections, clock, newId, entities: [], onError, isLaboratory: true });
  releases.add('database', () => database.close());
  outages.watch(databaseServer({ ...options, databaseUrl: url }));
  releases.add('outages', async () => outages.close());
  const parts: ApiParts = { options, database, clock, releases, onError };
  if (roles.includes('laboratory')) {
    const laboratory = startLaboratory({ database, clock, log });
    releases.add('laboratory', () => laboratory.stop());
  }
  const heartbeats = startHeartbeats({ roles, registry: null, clock });
  releases.add('heartbeats', () => heartbeats.stop());
  const bus = openBus(null, { database, deadLetters: createDeadLetters({ database, clock, newId }), log, onError });
  const healthUrl = await openDoors({ ...options, log }, {
    policy: options.policy ?? defaultLimits, database, diskFull: () => false, bus, busKind: 'none', redis: { kind: 'none', check: async () => undefined }, clock, heartbeats, tasks: {}, groups: [], releases, measure: async () => undefined,
    async addRoutes(app, disclose) {
      if (roles.includes('api')) await openApi(parts, { app, disclose });
      return null;
    },
  });
  return { database, healthUrl, stop: () => releases.run() };
}

interface ApiParts {
  readonly options: LaboratoryProgramOptions;
  readonly database: Database;
  readonly clock: Clock;
  readonly releases: Releases;
  onError(error: unknown): void;
}

/** The graph and the routes of experiments; the keys are those of the database, read once: ids that follow from them never change. */
async function openApi({ options, database, clock, releases, onError }: ApiParts, { app, disclose }: { readonly app: HttpServer; readonly disclose: Disclose }): Promise<void> {
  const { log, issuer, audience, policy = defaultLimits } = options;
  const stored = await database.system((sql) => readStoredRing(sql));
  if (!stored) throw new Error('The database has no keys yet. Start the program in production mode first.');
  const { ring } = openStoredRing(stored, options.masterKeys);
  const seal = createSeal(ring.root, wrappingKeysOf(() => ring));
  const signer = createSigner({ seed: null, masterKey: ring.root });
  const vendors = createVendorSessions({ database, seal, clock, log });
  releases.add('vendor sessions', () => vendors.close());
  const store = createCaches(createInProcessStore({ doorbell: database.doorbell }), declaredCaches);
  releases.add('caches', () => store.close());
  const tokens = createTokenVerifier({ ...options.keys, issuer, audience, clock, clockToleranceSeconds: 5, masterKey: ring.root });
  const keeper = openGatekeeper({ policy, trustedHops: options.trustedHops, connections: options.connections, authenticate: createAuthenticator({ tokens, database, clock }), rateLimiter: createMemoryRateLimiter });
  const llm = createLlm({ model: null, timeoutMilliseconds: 1_000, dailyBudget: null, database, clock, onError });
  const calls: CallDependencies = {
    database, seal, clock, log, llm, policy, signer, trustedKeys: new Map(), copies: noFastCopies,
    // What production changes is not heard of here, so nothing is kept.
    caches: { ...store, through: (_cache, { keys, load }) => load([...keys.keys()]) },
    vendors: { check: async ({ tenantId, connectionId }) => (await vendors.open(tenantId, connectionId)).check() },
    outsideRecords: createRecordWriting(createWriterOpener(database, vendors)),
    outsideContexts: createConnectionContexts(createCopiesOpener(database, vendors)),
    bus: { read: async function* read() {} },
  };
  const schema = buildGraph();
  refuseProductionMutations(schema);
  const graph = createGraphServer({ schema, format: createErrorFormatter(disclose), keeper, introspection: createIntrospectionAnswers(schema) });
  await graph.apollo.start();
  releases.add('graph', () => graph.apollo.stop());
  graphRoute(app, { graph, calls, keeper, finished: null });
  const gate = createGate(keeper);
  laboratoryRoutes(app, { calls, gate });
  historyRoutes(app, { calls, gate });
}
