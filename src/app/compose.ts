import { randomUUID } from 'node:crypto';
import { systemClock, type Clock } from '../platform/clock.ts';
import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import { createRefresher } from '../platform/cache/refresher.ts';
import type { FastCopies } from '../platform/fast-copies.ts';
import { createDeadLetters } from '../platform/events/dead-letters.ts';
import type { Envelope } from '../platform/events/event.ts';
import type { KafkaSettings } from '../platform/events/kafka-connection.ts';
import { createRelay } from '../platform/events/relay.ts';
import { startHeartbeats, type HeartbeatPace } from '../platform/heartbeats.ts';
import type { VendorChecks } from '../platform/graphql/call.ts';
import { createIds, type NewId } from '../platform/ids.ts';
import type { LlmModel } from '../platform/llm/ask-model.ts';
import type { OutsideContexts } from '../platform/outside-contexts.ts';
import type { OutsideRecords } from '../platform/outside-records.ts';
import { createLlm, type Llm } from '../platform/llm/llm.ts';
import type { Log } from '../platform/log.ts';
import { createOutages } from '../platform/outages.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import type { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { readTimeline, type Timeline } from '../platform/postgres/timeline.ts';
import type { Signer, TrustedKeys } from '../platform/signing.ts';
import { createAuthenticator, createTokenVerifier } from '../features/access/index.ts';
import { createMockOutreach, setEmailDailyLimit, type Outreach } from '../features/actions/index.ts';
import { createConnectionContexts, createConnectors, createCopiesOpener, createLastEvents, createRecordWriting, createVendorSessions, createWriterOpener, measureConnections, startFollowing, type CallPace, type OpenWriter, type VendorApi, type VendorSessions } from '../features/connectors/index.ts';
import { copyCommittedBudgets } from '../features/enrichment/index.ts';
import { subjectErased } from '../features/erasure/index.ts';
import { clearErasedSessions, sessionErased } from '../features/sessions/index.ts';
import { createIngestQueue } from '../features/signals/index.ts';
import { defaultAnswerBytes, openFinishedAnswers } from '../api/answers/open-finished-answers.ts';
import { createGraphServer } from '../api/graphql/apollo.ts';
import { createErrorFormatter } from '../api/graphql/format-error.ts';
import { createIntrospectionAnswers } from '../api/graphql/introspection-answers.ts';
import { createInputReader } from '../api/graphql/read-input.ts';
import { buildGraph } from '../api/graphql/schema.ts';
import { actionRoutes } from '../api/http/action-routes.ts';
import { auditRoutes } from '../api/http/audit-routes.ts';
import { serveConsole } from '../api/http/console.ts';
import { consentRoutes } from '../api/http/consent-routes.ts';
import { expireStaleRoute } from '../api/http/expire-stale-route.ts';
import { createGate } from '../api/http/gate.ts';
import { keyRoute } from '../api/http/key-route.ts';
import { graphRoute } from '../api/http/graph-route.ts';
import { laboratoryRoutes } from '../api/http/laboratory-routes.ts';
import type { HttpServer } from '../api/http/server.ts';
import { promotionRoute } from '../api/http/promotion-route.ts';
import { sessionRoutes } from '../api/http/session-routes.ts';
import { signalsRoute } from '../api/http/signals-route.ts';
import { historyRoutes } from '../api/http/history-routes.ts';
import { snapshotsRoute } from '../api/http/snapshots-route.ts';
import { subjectRoutes } from '../api/http/subject-routes.ts';
import { webhookRoute } from '../api/http/webhook-route.ts';
import { defaultLimits, type LimitPolicy } from '../api/limits/policy.ts';
import { createFactFeed } from '../api/live/fact-feed.ts';
import { createLiveOperations } from '../api/live/live-operations.ts';
import { openSocketDoor, type SocketDoor } from '../api/live/socket.ts';
import { personalPlaces, revocationReactions } from '../api/privacy.ts';
import type { Disclose } from '../api/public-error.ts';
import { startCacheInvalidation } from '../workers/cache-invalidation.ts';
import { startContextEngine } from '../workers/context-engine.ts';
import { startExecutor } from '../workers/executor.ts';
import { startLaboratory, startLaboratoryRelay } from '../workers/laboratory.ts';
import { jobTasks, startJobs } from '../workers/jobs.ts';
import { startMatching } from '../workers/matching.ts';
import { startOrchestration } from '../workers/orchestration.ts';
import { startLiveBridge } from '../workers/live-bridge.ts';
import { startSnapshotTriggers } from '../workers/snapshot-triggers.ts';
import { startVendorJobs, vendorTasks } from '../workers/vendor-jobs.ts';
import type { ProcessRole } from './config.ts';
import { refreshedCaches } from './caches.ts';
import { consumerGroups } from './consumer-groups.ts';
import { Releases } from './lifecycle.ts';
import { openBus } from './open-bus.ts';
import { openDoors } from './open-doors.ts';
import { openGatekeeper } from './open-gatekeeper.ts';
import { openKeys, type MasterKeys } from './open-keys.ts';
import { openRedisParts, type RedisParts } from './redis-parts.ts';
import { databaseServer, kafkaServer } from './watched-servers.ts';

/** What a program is composed of; everything that tests or an installation may choose. */
export interface ProgramOptions {
  readonly roles: readonly ProcessRole[];
  readonly databaseUrl: string;
  /** The setting that names the database, for messages; `DATABASE_URL` when absent. */
  readonly databaseVariable?: string;
  /** Whether the embedded server stands still because its disk is full; never when absent. */
  readonly diskFull?: () => boolean;
  readonly connections: number;
  /** Absent or null: events travel by way of PostgreSQL. */
  readonly kafka?: KafkaSettings | null;
  /** Absent or null: caches and live channels stay in the process. */
  readonly redisUrls?: readonly string[] | null;
  /** Absent or null: plain templates extract, and say so. */
  readonly llm?: { readonly model: LlmModel; readonly timeoutMilliseconds: number; readonly dailyBudget?: number | null } | null;
  /** Absent: a mock that remembers and sends nothing. */
  readonly outreach?: Outreach;
  /** Opens what writes into CRMs; the connections' own when absent. */
  readonly openWriter?: OpenWriter;
  /** Where contexts of contacts are copied to; the connections' own when absent. */
  readonly outsideContexts?: OutsideContexts;
  /** E-mails for one account a day, at most, where a tenant set no limit of its own; absent: as the database has it. */
  readonly emailDailyLimit?: number;
  readonly host: string;
  readonly port: number;
  readonly keys: { readonly secret: string } | { readonly jwksUrl: URL };
  readonly issuer: string;
  readonly audience: string;
  /** 32 bytes. Refused when the database was written with another key. */
  readonly masterKey: Buffer;
  /** Where the master key comes from when it may change while the program runs; absent: `masterKey` for good. */
  readMasterKeys?(): Promise<MasterKeys>;
  /** Called once when the master key no longer fits the database while the program runs; absent: it is logged. */
  onUnfitKey?(fault: KeyFault): void;
  /** The seed of the key that signs; absent or null: derived from the first master key. */
  readonly signingKey?: Buffer | null;
  /** Public keys that signed in the past; none when absent. */
  readonly trustedKeys?: readonly string[];
  readonly origins: readonly string[];
  readonly trustedHops: number;
  /** Where the public reaches the API; unknown when left out. */
  readonly publicUrl?: string | null;
  /** Where vendors are reached, by source, if not at their public address: origins. */
  readonly vendorUrls?: ReadonlyMap<string, string>;
  /** The vendors that can be called; all that are registered when absent. */
  readonly vendorApis?: readonly VendorApi[];
  /** The pace of calls to vendors, where it is not the usual one. */
  readonly vendorPace?: Partial<CallPace>;
  /** How often the scheduler looks for streams of changes that nobody follows, in milliseconds, where it is not the usual. */
  readonly followersLookEvery?: number;
  readonly log: Log;
  readonly clock?: Clock;
  readonly policy?: LimitPolicy;
  /** Memory for finished answers, in bytes; 0: every operation runs. 32 MiB when absent. */
  readonly answerBytes?: number;
  /** The pace of subscriptions, where it is not the usual one. */
  readonly live?: { readonly mostWaiting?: number; readonly mostReplayed?: number; readonly reviewEvery?: number; readonly heartbeatEvery?: number };
  /** The pace of heartbeats, where it is not the usual one. */
  readonly heartbeats?: HeartbeatPace;
  /** How long it goes on serving once told to stop, while its readiness says no; 0 when absent. */
  readonly drainSeconds?: number;
  /** Whether what callers need is still being prepared, so that readiness says no; never when absent. */
  starting?(): boolean;
  /** What the GraphiQL page is told: demo tokens, where there are any. */
  consoleSettings?(): Promise<object> | object;
}

/** A program that runs. */
export interface Program {
  readonly database: Database;
  readonly seal: Seal;
  readonly signer: Signer;
  /** Whose signatures are believed. */
  readonly keys: TrustedKeys;
  readonly newId: NewId;
  /** Copies and locks beside the database. */
  readonly copies: FastCopies;
  readonly clock: Clock;
  /** The open connections to vendors. */
  readonly vendors: VendorSessions;
  /** Where the API listens; null without the role `api`. */
  readonly url: string | null;
  /** Where health and metrics are: on every process. */
  readonly healthUrl: string;
  /** The log of all parts, in which an outage is one entry. */
  readonly log: Log;
  /** Takes no more requests, drains, and lets everything go, the last opened first. */
  stop(): Promise<void>;
}

/** Composes and starts the parts that the roles ask for. What was started before a fault is stopped again. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const releases = new Releases();
  try {
    return await start(options, releases);
  } catch (error) {
    await releases.run();
    throw error;
  }
}

async function start(given: ProgramOptions, releases: Releases): Promise<Program> {
  const outages = createOutages({ log: given.log });
  const options = { ...given, log: outages.log };
  const { log, roles, clock = systemClock } = options;
  const newId = createIds(clock);
  const onError = (error: unknown): void => log.error({ error }, 'a part failed and goes on');
  const database: Database = await openDatabase({ url: options.databaseUrl, connections: options.connections, clock, newId, entities: [], onError, erasureKey: (tenantId) => seal.erasureKey(tenantId) });
  releases.add('database', () => database.close());
  outages.watch(databaseServer(options));
  const { root, seal, signer, trusted: keys } = await openKeys({
    database,
    url: options.databaseUrl,
    releases,
    signingKey: options.signingKey ?? null,
    trustedKeys: options.trustedKeys ?? [],
    readKeys: options.readMasterKeys ?? (() => Promise.resolve([{ bytes: options.masterKey, source: 'MASTER_KEY' }])),
    onUnfit: options.onUnfitKey ?? ((fault) => log.error({ reason: fault.reason }, fault.message)),
  });
  if (options.emailDailyLimit !== undefined) await setEmailDailyLimit(database, options.emailDailyLimit);
  const deadLetters = createDeadLetters({ database, clock, newId });
  const timeline = await readTimeline(database);
  const bus = openBus(options.kafka ?? null, { database, deadLetters, log, onError, ...(timeline.id === null ? {} : { present: (events: readonly Envelope[]) => timeline.present(events) }) });
  releases.add('bus', () => bus.close());
  if (options.kafka) outages.watch(kafkaServer(options.kafka, bus));
  releases.add('outages', async () => outages.close());
  const redis = await openRedisParts({ redisUrls: options.redisUrls ?? null, database, timelineId: timeline.id, log, releases, pace: options.heartbeats });
  const heartbeats = startHeartbeats({ roles, registry: redis.registry, clock, pace: options.heartbeats });
  releases.add('heartbeats', () => heartbeats.stop());
  const llm = createLlm({
    model: options.llm?.model ?? null,
    timeoutMilliseconds: options.llm?.timeoutMilliseconds ?? 30_000,
    dailyBudget: options.llm?.dailyBudget ?? null,
    database,
    clock,
    onError: (error, fields) => log.warn({ error, ...fields }, 'a language model failed'),
  });
  const vendors = createVendorSessions({ database, seal, clock, log, urls: options.vendorUrls, apis: options.vendorApis, pace: options.vendorPace });
  releases.add('vendor sessions', () => vendors.close());
  database.onCommitted(async (_tenantId, facts) => {
    if (!facts.some(({ kind }) => kind === sessionErased.kind)) return;
    // The job clears them as well, should this process end or Redis be away.
    await clearErasedSessions({ database, copies: redis.copies }, { actor: { kind: 'system', id: 'erasure' }, requestId: 'clear-erased-sessions' }).catch(onError);
  });
  database.onCommitted((tenantId, facts) => copyCommittedBudgets({ database, copies: redis.copies }, tenantId, facts).catch(onError));
  const refresher = createRefresher({ caches: redis.caches, refreshed: refreshedCaches(seal), database, clock, onError: (error) => log.warn({ error }, 'cache entries not reloaded') });
  const ownTasks = jobTasks({ database, bus, deadLetters, clock, llm, log, signer, keys, seal, copies: redis.copies });
  const callingTasks = vendorTasks({ database, clock, log, seal, vendors, vendorApis: options.vendorApis, enrichmentOrigin: options.vendorUrls?.get('enrichment') ?? null });
  const tasks = { ...ownTasks, ...callingTasks };
  const recordWriting = createRecordWriting(options.openWriter ?? createWriterOpener(database, vendors));
  const plays = (role: ProcessRole): boolean => roles.includes(role);
  const workers: RunningConsumer[] = [];

  if (plays('laboratory')) {
    const laboratory = startLaboratory({ database, clock, log });
    releases.add('laboratory', () => laboratory.stop());
  }
  if (plays('outbox-relay')) {
    const facts = startLaboratoryRelay({ database, log });
    releases.add('laboratory relay', () => facts.stop());
    const relay = createRelay({ database, bus, deadLetters, onError });
    relay.start();
    releases.add('outbox relay', () => relay.stop());
  }
  if (plays('context-engine')) workers.push(await startContextEngine(bus, database, seal));
  if (plays('orchestration')) workers.push(await startOrchestration({ bus, database, seal, llm, log, clock, copies: redis.copies }));
  if (plays('executor')) workers.push(await startExecutor({ bus, database, seal, outreach: options.outreach ?? createMockOutreach(log), crm: recordWriting, log }));
  if (plays('live-bridge')) workers.push(await startLiveBridge(bus, redis.channels), await startCacheInvalidation(bus, redis.caches, refresher));
  if (plays('scheduler')) workers.push(await startSnapshotTriggers({ bus, database, clock, log }), await startMatching(bus, database, seal));
  releases.add('workers', () => Promise.all(workers.map((worker) => worker.stop())));
  if (plays('scheduler')) {
    const jobs = startJobs({ database, url: options.databaseUrl, tasks: ownTasks, log });
    releases.add('jobs', () => jobs.stop());
    const vendorJobs = startVendorJobs({ database, url: options.databaseUrl, tasks: callingTasks, log, vendors });
    releases.add('vendor jobs', () => vendorJobs.stop());
    const following = startFollowing({ database, seal, clock, openSession: ({ tenantId, connectionId }) => vendors.open(tenantId, connectionId), onError: (error, fields) => log.warn({ error, ...fields }, 'changes of a vendor not followed'), lookEvery: options.followersLookEvery });
    releases.add('changes followed', () => following.stop());
  }
  const api = { database, timeline, bus, root, seal, clock, redis, llm, vendors, signer, keys, releases, onError, outsideRecords: recordWriting };
  const healthUrl = await openDoors(options, {
    policy: options.policy ?? defaultLimits, database, diskFull: options.diskFull ?? (() => false), bus, busKind: options.kafka ? 'kafka' : 'postgres', redis: redis.dependency, clock, heartbeats, tasks, groups: consumerGroups, releases, measure: () => measureConnections(database),
    addRoutes: async (app, disclose) => (plays('api') ? openApi(options, { ...api, app, disclose }) : null),
  });
  return { database, seal, signer, keys, newId, copies: redis.copies, clock, vendors, url: plays('api') ? healthUrl : null, healthUrl, log, stop: () => releases.run() };
}

interface ApiParts {
  readonly app: HttpServer;
  readonly disclose: Disclose;
  readonly database: Database;
  readonly timeline: Timeline;
  readonly bus: Pick<Bus, 'read'>;
  readonly root: Buffer;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly redis: RedisParts;
  readonly llm: Llm;
  readonly vendors: VendorSessions;
  readonly signer: Signer;
  readonly keys: TrustedKeys;
  readonly releases: Releases;
  readonly outsideRecords: OutsideRecords;
  onError(error: unknown): void;
}

/** Adds the doors of the API: graph, REST, webhooks, console and sockets. */
async function openApi(options: ProgramOptions, { app, disclose, database, timeline, bus, root, seal, clock, redis, llm, vendors, signer, keys, releases, onError, outsideRecords }: ApiParts): Promise<SocketDoor> {
  const { policy = defaultLimits } = options;
  const { issuer, audience } = options;
  const tokens = createTokenVerifier({ ...options.keys, issuer, audience, clock, clockToleranceSeconds: 5, masterKey: root });
  const authenticate = createAuthenticator({ tokens, database, clock });
  const keeper = openGatekeeper({ policy, trustedHops: options.trustedHops, connections: options.connections, authenticate, rateLimiter: redis.rateLimiter });
  const gate = createGate(keeper);
  const format = createErrorFormatter(disclose);
  const checks: VendorChecks = { check: async ({ tenantId, connectionId }) => (await vendors.open(tenantId, connectionId, { anyway: true })).check() };
  const calls = { database, seal, clock, caches: redis.caches, log: options.log, llm, vendors: checks, outsideRecords, copies: redis.copies, outsideContexts: options.outsideContexts ?? createConnectionContexts(createCopiesOpener(database, vendors)), signer, trustedKeys: keys, bus, policy };
  const schema = buildGraph();
  const introspection = createIntrospectionAnswers(schema);
  const graph = createGraphServer({ schema, format, keeper, introspection });
  await graph.apollo.start();
  releases.add('graph', () => graph.apollo.stop());
  const finished = openFinishedAnswers({ mostBytes: options.answerBytes ?? defaultAnswerBytes, database, clock, erasures: [subjectErased.kind] });
  releases.add('finished answers', async () => finished?.close());
  graphRoute(app, { graph, calls, keeper, finished });
  const queue = createIngestQueue((caller, body) => database.transact(caller, body));
  signalsRoute(app, { queue, gate });
  consentRoutes(app, { database, seal, clock, reactions: revocationReactions, gate });
  snapshotsRoute(app, { calls, gate });
  historyRoutes(app, { calls, gate });
  actionRoutes(app, { calls, gate });
  sessionRoutes(app, { calls, gate });
  promotionRoute(app, { calls, gate });
  laboratoryRoutes(app, { calls, gate });
  keyRoute(app, { signer, keys });
  subjectRoutes(app, { database, seal, places: personalPlaces, gate });
  expireStaleRoute(app, { database, gate });
  auditRoutes(app, { database, clock, signer, keys, gate });
  const lastEvents = createLastEvents({ database, onError: (error) => options.log.warn({ error }, 'times of webhooks not stored') });
  releases.add('last events', () => lastEvents.stop());
  webhookRoute(app, { lastEvents, log: options.log, copies: redis.copies, connectors: createConnectors(createInputReader(schema)), database, seal, clock, keeper, publicUrl: options.publicUrl ?? null });
  await serveConsole(app, { folder: new URL('../../dist/console', import.meta.url).pathname, settings: options.consoleSettings ?? (() => ({ tokens: [] })) });

  const feed = createFactFeed({ database, lookEvery: 1_000, onError, nudges: redis.channels.follow });
  releases.add('fact feed', () => feed.close());
  const { mostWaiting = 1_000, mostReplayed = 10_000, reviewEvery, heartbeatEvery } = options.live ?? {};
  const live = createLiveOperations({ schema, feed, format, mostWaiting, mostReplayed, timeline, onError });
  return openSocketDoor({ http: app.server, path: '/graphql', schema, live, calls, clock, keeper, introspection, authenticate, format, newRequestId: randomUUID, onError, reviewEvery, heartbeatEvery });
}
