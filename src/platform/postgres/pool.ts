import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import { Client, Pool, type PoolConfig, type QueryResult } from 'pg';
import { valueTypes } from './value-parsers.ts';
import { watchServer, type ServerWatch } from './watch-server.ts';

const names = new Map<string, { readonly name: string }>();
const mostNames = 2_000;

/** A stable name for a statement's text, so that the driver prepares it; none once too many different texts were seen. */
function preparedName(text: string): { readonly name?: string } {
  const known = names.get(text);
  if (known) return known;
  if (names.size >= mostNames) return {};
  const name = { name: createHash('sha1').update(text).digest('base64url') };
  names.set(text, name);
  return name;
}

/**
 * A client that prepares every statement with parameters, once per connection, also those the ORM writes; and that tells
 * the truth about the end of a transaction.
 */
export class PreparingClient extends Client {
  #owed: NodeJS.Timeout | null = null;
  /** Whether a transaction is to begin with the next statement. */
  #beginning = false;

  override query(...parameters: unknown[]): never {
    const [text, values, callback] = parameters;
    if (text === 'begin' && callback === undefined) {
      this.#beginning = true;
      return Promise.resolve(nothingDone('BEGIN')) as never;
    }
    if (this.#owed) this.#settle();
    if (this.#beginning) return this.#begin(text, parameters) as never;
    const answer: unknown =
      typeof text === 'string' && Array.isArray(values) && values.length > 0 && callback === undefined
        ? super.query({ ...preparedName(text), text, values })
        : super.query(...(parameters as [string]));
    return (answer instanceof Promise ? this.#checkEnd(text, answer) : answer) as never;
  }

  /**
   * Commits a transaction that has only read, without waiting: in the packet of what is sent next on this connection, or
   * after a few milliseconds where nothing is. A packet of its own would cost each read a write and a wake-up of the server.
   */
  commitSoon(): void {
    this.#owed = setTimeout(() => this.#settle(), longestOwed);
  }

  #settle(): void {
    if (this.#owed) clearTimeout(this.#owed);
    this.#owed = null;
    const { stream } = this.connection;
    stream.cork();
    // A connection that broke says so itself; nothing was written that could be lost.
    super.query('commit', () => undefined);
    process.nextTick(() => stream.uncork());
  }

  /**
   * Begins a transaction in the packet of its first statement: a packet of its own would cost each transaction a round trip.
   * One without a statement is never begun. The first statement fails when the transaction could not be begun.
   */
  async #begin(text: unknown, parameters: readonly unknown[]): Promise<unknown> {
    this.#beginning = false;
    if (text === 'commit' || text === 'rollback') return nothingDone(text.toUpperCase());
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
    const begun = super.query('begin');
    const [, first] = await Promise.all([begun, this.query(...parameters) as Promise<unknown>]);
    return first;
  }

  #checkEnd(text: unknown, answer: Promise<QueryResult>): Promise<QueryResult> {
    if (text === 'commit') return answer.then(requireCommitted);
    if (text === 'rollback') return answer.catch(() => this.#leave());
    return answer;
  }

  /**
   * A transaction that cannot be rolled back is on a connection that is lost, and ends with it. Kysely would keep such a
   * connection for good, and the pool would be one smaller; so it is told that all is well, and the pool drops the client.
   */
  #leave(): QueryResult {
    void this.end();
    return nothingDone('ROLLBACK');
  }
}

/** The answer to a command that was not sent. */
function nothingDone(command: string): QueryResult {
  return { command, rowCount: null, oid: 0, fields: [], rows: [] };
}

/** PostgreSQL answers the commit of a failed transaction with a rollback and no error; somebody swallowed that failure. */
function requireCommitted(result: QueryResult): QueryResult {
  if (result.command !== 'COMMIT') throw new Error('nothing was committed: a statement of the transaction had failed, and its error was swallowed');
  return result;
}

/** How long the end of a read may wait for company, in milliseconds. */
const longestOwed = 3;

/** How to reach a database, and how many connections to hold at most. */
export interface PoolOptions {
  readonly url: string;
  readonly connections: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** Told of connections that broke while nobody waited for them. */
  onError(error: Error): void;
}

/** How often the server is asked whether it is there, and how long it may take. Milliseconds. */
const watching = { every: 1_000, patience: 4_000 };

/**
 * A pool that does not wait for a server which takes questions and never answers: the connections on which somebody
 * waits are cut, and nobody gets another until the server answers again.
 */
class WatchedPool extends Pool {
  readonly #sockets: ReadonlySet<Socket>;
  readonly #watch: ServerWatch;

  constructor(config: PoolConfig & { readonly connectionString: string }) {
    const sockets = new Set<Socket>();
    super({
      ...config,
      stream: () => {
        const socket = new Socket();
        sockets.add(socket.once('close', () => sockets.delete(socket)));
        return socket;
      },
    });
    this.#sockets = sockets;
    this.#watch = watchServer({ url: config.connectionString, ...watching, onSilence: () => this.#cut() });
  }

  override connect(...parameters: unknown[]): never {
    const [callback] = parameters;
    if (!this.#watch.silent) return super.connect(...(parameters as [])) as never;
    const error = new Error('Connection terminated: the server is silent');
    if (typeof callback === 'function') return void callback(error) as never;
    return Promise.reject(error) as never;
  }

  override end(...parameters: unknown[]): never {
    void this.#watch.close();
    return super.end(...(parameters as [])) as never;
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A pool whose clients speak UTC, send statements without waiting for each other, and outlive a server's end. */
export function createPool(options: PoolOptions): Pool {
  const pool = new WatchedPool({
    connectionString: options.url,
    max: options.connections,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: valueTypes,
    Client: PreparingClient,
    // A process that stands still, or lost its power, in the middle of a transaction holds up its tenant no longer than that.
    options: '-c TimeZone=UTC -c statement_timeout=30000 -c idle_in_transaction_session_timeout=10000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3',
    // Statements of one transaction travel together; pg waits for each answer otherwise.
    pipeline: true,
  });
  const report = (error: Error): void => {
    // A server that stops may cut a connection before it has read that the pool ended it.
    if (pool.ending) return;
    // The pool hangs the whole client on it, with what nobody should find in a log.
    Reflect.deleteProperty(error, 'client');
    options.onError(error);
  };
  pool.on('error', report);
  // A checked-out client's error event has no other listener; without one a dying server ends this process.
  pool.on('connect', (client) => client.on('error', report));
  return pool;
}
