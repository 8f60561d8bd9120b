import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createPubSub } from '@graphql-yoga/subscription';
import { systemClock, type Clock } from '../platform/clock.ts';
import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import { createDeadLetters, type DeadLetters } from '../platform/events/dead-letters.ts';
import { measureLag } from '../platform/events/event-metrics.ts';
import { createKafkaBus } from '../platform/events/kafka-bus.ts';
import type { KafkaSettings } from '../platform/events/kafka-connection.ts';
import { createPostgresBus } from '../platform/events/postgres-bus.ts';
import { createRelay } from '../platform/events/relay.ts';
import { createIds, type NewId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { createSeal, type Seal } from '../platform/postgres/seal.ts';
import { createAuthenticator, createTokenVerifier, type Principal } from '../features/access/index.ts';
import { createIngestQueue } from '../features/signals/index.ts';
import { createGraphServer } from '../api/graphql/apollo.ts';
import { createErrorFormatter } from '../api/graphql/format-error.ts';
import { buildGraph } from '../api/graphql/schema.ts';
import { serveConsole } from '../api/http/console.ts';
import { healthRoutes } from '../api/http/health.ts';
import { callerOf, createHttpServer } from '../api/http/server.ts';
import { signalsRoute } from '../api/http/signals-route.ts';
import { salesforceWebhook } from '../api/http/webhook-route.ts';
import { createCallerAdmission } from '../api/limits/admit-caller.ts';
import { defaultLimits, type LimitPolicy } from '../api/limits/policy.ts';
import { addressKey, createRateLimiter, takeOrRefuse } from '../api/limits/rate.ts';
import { createFactFeed } from '../api/live/fact-feed.ts';
import { createLiveOperations } from '../api/live/live-operations.ts';
import { openSocketDoor } from '../api/live/socket.ts';
import { createDisclosure } from '../api/public-error.ts';
import { startContextEngine } from '../workers/context-engine.ts';
import { startJobs } from '../workers/jobs.ts';
import { startOrchestration } from '../workers/orchestration.ts';
import { startLiveBridge } from '../workers/live-bridge.ts';
import type { ProcessRole } from './config.ts';
import { events } from './events.ts';
import { Releases } from './lifecycle.ts';

/** What a program is composed of; everything that tests or an installation may choose. */
export interface ProgramOptions {
  readonly roles: readonly ProcessRole[];
  readonly databaseUrl: string;
  readonly connections: number;
  /** Null: events travel by way of PostgreSQL. */
  readonly kafka: KafkaSettings | null;
  readonly host: string;
  readonly port: number;
  readonly keys: { readonly secret: string } | { readonly jwksUrl: URL };
  readonly issuer: string;
  readonly audience: string;
  readonly masterKey: Buffer;
  readonly origins: readonly string[];
  readonly trustProxy: boolean;
  readonly log: Log;
  readonly clock?: Clock;
  readonly policy?: LimitPolicy;
  /** The pace of subscriptions, where it is not the usual one. */
  readonly live?: { readonly mostWaiting?: number; readonly mostReplayed?: number; readonly reviewEvery?: number; readonly heartbeatEvery?: number };
  /** What the GraphiQL page is told: demo tokens, where there are any. */
  consoleSettings?(): Promise<object> | object;
}

/** A program that runs. */
export interface Program {
  readonly database: Database;
  readonly seal: Seal;
  readonly newId: NewId;
  readonly clock: Clock;
  /** Where the API listens; null without the role `api`. */
  readonly url: string | null;
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

async function start(options: ProgramOptions, releases: Releases): Promise<Program> {
  const { log, roles, clock = systemClock } = options;
  const newId = createIds(clock);
  const onError = (error: unknown): void => log.error({ error }, 'a part failed and goes on');
  const database = await openDatabase({ url: options.databaseUrl, connections: options.connections, clock, newId, entities: [], onError });
  releases.add('database', () => database.close());
  const seal = createSeal(options.masterKey);
  const deadLetters = createDeadLetters({ database, clock, newId });
  const bus = openBus(options, { database, deadLetters, onError });
  releases.add('bus', () => bus.close());
  const channels = createPubSub<{ facts: [{ tenantId: string; sequence: number }] }>();
  const plays = (role: ProcessRole): boolean => roles.includes(role);
  const workers: RunningConsumer[] = [];

  if (plays('outbox-relay')) {
    const relay = createRelay({ database, bus, onError });
    relay.start();
    releases.add('outbox relay', () => relay.stop());
  }
  if (plays('context-engine')) workers.push(await startContextEngine(bus, database));
  if (plays('orchestration')) workers.push(await startOrchestration(bus, log));
  if (plays('live-bridge')) workers.push(await startLiveBridge(bus, { announce: (tenantId, sequence) => channels.publish('facts', { tenantId, sequence }) }));
  releases.add('workers', () => Promise.all(workers.map((worker) => worker.stop())));
  if (plays('scheduler')) {
    const jobs = startJobs({ database, url: options.databaseUrl, bus, deadLetters, clock, log });
    releases.add('jobs', () => jobs.stop());
  }
  const url = plays('api') ? await startApi(options, { database, bus, seal, clock, channels, releases, onError }) : null;
  return { database, seal, newId, clock, url, stop: () => releases.run() };
}

/** The bus that is configured; what is on it is the same. */
function openBus({ kafka, log }: ProgramOptions, parts: { database: Database; deadLetters: DeadLetters; onError(error: unknown): void }): Bus {
  if (!kafka) return createPostgresBus(parts);
  const kinds = events.map(({ kind }) => kind);
  return createKafkaBus({ ...parts, kinds, settings: kafka, onLog: (message, fields) => log.debug({ ...fields }, message) });
}

/** The roles that are consumer groups of the bus. */
const consumers: readonly string[] = ['context-engine', 'orchestration', 'live-bridge'];
const total = (lags: ReadonlyMap<string, number>): number => [...lags.values()].reduce((sum, lag) => sum + lag, 0);

interface ApiParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly channels: ReturnType<typeof createPubSub<{ facts: [{ tenantId: string; sequence: number }] }>>;
  readonly releases: Releases;
  onError(error: unknown): void;
}

async function startApi(options: ProgramOptions, { database, bus, seal, clock, channels, releases, onError }: ApiParts): Promise<string> {
  const { log, policy = defaultLimits } = options;
  const { issuer, audience } = options;
  const newRequestId = (): string => randomUUID();
  const tokens = createTokenVerifier({ ...options.keys, issuer, audience, clock, clockToleranceSeconds: 5 });
  const strangers = createRateLimiter(policy.strangerRate, clock);
  const principals = createRateLimiter(policy.principalRate, clock);
  const authenticate = createAuthenticator({ tokens, database, clock });
  const admit = createCallerAdmission(authenticate, strangers);
  const charge = ({ tenantId, actor }: Principal, cost: number): Promise<void> => takeOrRefuse(principals, `${tenantId}:${actor.kind}:${actor.id}`, cost);
  const disclose = createDisclosure(({ error, code, requestId }) => log.error({ error, code, requestId }, 'a request failed on our side'));
  const format = createErrorFormatter(disclose);
  const calls = { database, seal, clock };
  const schema = buildGraph();
  const graph = createGraphServer({ schema, format, policy, charge });
  await graph.apollo.start();
  releases.add('graph', () => graph.apollo.stop());
  const app = await createHttpServer({
    graph, calls, admit, disclose, policy, newRequestId,
    origins: options.origins,
    trustProxy: options.trustProxy,
    refreshMetrics: async () => void (await Promise.all(consumers.map((group) => measureLag(bus, group)))),
    onRequest: (entry) => log.info(entry, 'request'),
  });
  const queue = createIngestQueue((caller, body) => database.transact(caller, body));
  signalsRoute(app, { queue, charge, authenticate: (request) => callerOf(admit, request) });
  salesforceWebhook(app, { queue, database, seal, clock, refused: (address) => takeOrRefuse(strangers, addressKey(address), 1) });
  healthRoutes(app, { database, clock, roles: options.roles, lagOf: async (role) => (consumers.includes(role) ? total(await bus.lag(role)) : null) });
  await serveConsole(app, { folder: new URL('../../dist/console', import.meta.url).pathname, settings: options.consoleSettings ?? (() => ({ tokens: [] })) });

  const feed = createFactFeed({ database, lookEvery: 1_000, onError, nudges: (wake) => follow(channels.subscribe('facts'), ({ tenantId }) => wake(tenantId)) });
  releases.add('fact feed', () => feed.close());
  const { mostWaiting = 1_000, mostReplayed = 10_000, reviewEvery, heartbeatEvery } = options.live ?? {};
  const live = createLiveOperations({ schema, feed, format, mostWaiting, mostReplayed, onError });
  const socket = openSocketDoor({ http: app.server, path: '/graphql', schema, live, calls, clock, policy, admit, authenticate, format, charge, newRequestId, onError, reviewEvery, heartbeatEvery });
  await app.listen({ host: options.host, port: options.port });
  releases.add('http', () => app.close());
  releases.add('sockets', () => socket.close());
  if (!app.server.listening) await once(app.server, 'listening');
  const { port } = app.server.address() as AddressInfo;
  return `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`;
}

/** Hands every message of a channel to a listener until told to stop. */
function follow<Message>(messages: AsyncIterable<Message> & { return(): unknown }, listener: (message: Message) => void): () => void {
  void (async () => {
    for await (const message of messages) listener(message);
  })();
  return () => void messages.return();
}
