import { createHash } from 'node:crypto';
import { Cluster, Redis, ReplyError, type RedisOptions } from 'ioredis';
import { Unavailable } from '../errors.ts';
import type { Log } from '../log.ts';
import { growingPause } from '../pause.ts';
import { within } from '../within.ts';

/** A connection to one Redis, or to a Redis Cluster. */
export type RedisConnection = Redis | Cluster;

/** Redis does not answer. Whoever catches it goes on without; should it reach a caller, it says that trying again may work. */
export class RedisAway extends Unavailable {
  constructor(cause: unknown) {
    super('A part that this needs is away. Try again.');
    // Only what happened: the client's own error carries the command with all its values.
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {};
    this.cause = Object.assign(new Error(cause instanceof Error ? cause.message : String(cause)), code);
  }
}

/**
 * Redis as the program uses it: for what can be had elsewhere, or done without. It is never waited for: a question
 * fails within `commandTimeout`, and while Redis is away at once. Nothing is queued for its return.
 */
export interface RedisServer {
  readonly kind: 'redis' | 'redis-cluster';
  /** Asks; throws `RedisAway` for whatever goes wrong. */
  ask<Answer>(question: (commands: RedisConnection) => Promise<Answer>): Promise<Answer>;
  /** One more connection, for messages; it is closed with this server. */
  connect(): RedisConnection;
  /** Says that an answer came from elsewhere. The line is written once in a while, however often this is called. */
  fellBack(error: unknown): void;
  close(): Promise<void>;
}

/** How to reach Redis. */
export interface RedisServerOptions {
  /** `redis://` or `rediss://`; several are nodes of one Redis Cluster. */
  readonly urls: readonly string[];
  readonly log: Log;
  /** Milliseconds after which a question is given up; 300 when absent. */
  readonly commandTimeout?: number | undefined;
}

/** After a question that was not answered, others are not asked for so long: one in a while pays for a silent Redis. */
const rest = 1_000;
/** Milliseconds between two lines that say the same. */
const sayEvery = 10_000;
const pauses = { first: 50, most: 2_000 };

/** Connects; waits a second at most for the first answer, and goes on without one. */
export async function openRedis(options: RedisServerOptions): Promise<RedisServer> {
  const { urls, log } = options;
  const kind = urls.length > 1 ? 'redis-cluster' : 'redis';
  const connections: RedisConnection[] = [];
  let resting = 0;
  let said = -Infinity;

  const connect = (): RedisConnection => {
    const connection = dial(options);
    connections.push(connection);
    return connection;
  };
  const main = connect();
  tellOutages(main, { log, place: placesOf(urls) });
  main.on('ready', () => {
    resting = 0;
    said = -Infinity;
  });

  const server: RedisServer = {
    kind,
    connect,
    async ask(question) {
      if (main.status !== 'ready') throw new RedisAway(new Error(`the connection is ${main.status}`));
      if (performance.now() < resting) throw new RedisAway(new Error('it did not answer a moment ago'));
      try {
        return await question(main);
      } catch (error) {
        // A refusal is an answer: the next question may be asked at once.
        if (!(error instanceof ReplyError)) resting = performance.now() + rest;
        throw new RedisAway(error);
      }
    },
    fellBack(error) {
      // While Redis is away once; while it is there and refuses, once in a while.
      if (main.status !== 'ready' && said > -Infinity) return;
      if (performance.now() - said < sayEvery) return;
      said = performance.now();
      const reason = error instanceof RedisAway && error.cause instanceof Error ? error.cause.message : String(error);
      log.warn({ reason }, 'redis_unavailable, falling_back_to_backend');
    },
    async close() {
      for (const connection of connections) connection.disconnect();
    },
  };
  if (main.status !== 'ready') await within(1_000, new Promise((resolve) => main.once('ready', resolve)), 'Redis').catch(() => undefined);
  return server;
}

function dial({ urls, commandTimeout = 300 }: RedisServerOptions): RedisConnection {
  const parsed = urls.map((url) => new URL(url));
  const [first] = parsed;
  if (!first) throw new TypeError('there is no URL of a Redis');
  const settings: RedisOptions = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout,
    connectTimeout: 2_000,
    // A server that takes questions and answers none is left; without this its connection would stand for ever.
    socketTimeout: 3_000,
    keepAlive: 10_000,
    retryStrategy: (attempt) => growingPause(attempt, pauses),
    ...(first.username ? { username: decodeURIComponent(first.username) } : {}),
    ...(first.password ? { password: decodeURIComponent(first.password) } : {}),
    ...(first.protocol === 'rediss:' ? { tls: {} } : {}),
  };
  const place = (url: URL): { host: string; port: number } => ({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) });
  if (parsed.length === 1) return quiet(new Redis({ ...settings, ...place(first), db: Number(first.pathname.slice(1)) || 0 }));
  return quiet(
    new Cluster(parsed.map(place), {
      redisOptions: settings,
      enableOfflineQueue: false,
      clusterRetryStrategy: (attempt) => growingPause(attempt, pauses),
      slotsRefreshTimeout: 2_000,
      // A certificate names a host; its address would not match.
      ...(first.protocol === 'rediss:' ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
    }),
  );
}

/** An `error` event that nobody listens to would end the process; what it tells is told by state. */
function quiet<Connection extends RedisConnection>(connection: Connection): Connection {
  return connection.on('error', () => undefined) as Connection;
}

/** host:port of each URL. */
function placesOf(urls: readonly string[]): string {
  return urls.map((url) => new URL(url)).map(({ hostname, port }) => `${hostname}:${port || '6379'}`).join(', ');
}

/** Says once when Redis goes and once when it is back. */
function tellOutages(connection: RedisConnection, { log, place }: { readonly log: Log; readonly place: string }): void {
  let away = false;
  let reason: string | null = null;
  connection.on('error', (error: Error) => (reason = error.message));
  connection.on('close', () => {
    if (!away) log.warn({ reason }, `Cannot reach Redis at ${place} (REDIS_URL). Reads go to the database until it is back.`);
    away = true;
  });
  connection.on('ready', () => {
    if (away) log.info({}, `Redis at ${place} is reachable again.`);
    away = false;
    reason = null;
  });
}

/** A Lua script. All its keys must share one hash tag: on a Redis Cluster they must lie in one slot. */
export type RedisScript = (commands: RedisConnection, keys: readonly string[], values: readonly (string | number)[]) => Promise<unknown>;

/** Declares a script; it is sent whole only to a server that does not have it yet. */
export function redisScript(text: string): RedisScript {
  const sha = createHash('sha1').update(text).digest('hex');
  return async (commands, keys, values) => {
    try {
      return await commands.evalsha(sha, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return commands.eval(text, keys.length, ...keys, ...values);
    }
  };
}
