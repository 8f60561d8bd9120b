import type { Log } from './log.ts';
import { within } from './within.ts';

/** A server that the program needs and that may be away: PostgreSQL, Kafka. */
export interface Server {
  readonly name: string;
  /** host:port, or several. */
  readonly place: string;
  /** The setting that names the place. */
  readonly variable: string;
  /** What the program does meanwhile, as a sentence. */
  readonly meanwhile: string;
  /** Whether an error says that the server was not there, or not able to answer yet. */
  isOutage(error: unknown): boolean;
  /** Rejects when the server is away. */
  check(): Promise<unknown>;
}

/** Turns the many errors of one outage into one log line when it begins and one when it ends. */
export interface Outages {
  /** The log for every part of the program: errors of an outage go to its debug level. */
  readonly log: Log;
  watch(server: Server): void;
  close(): void;
}

/** What watching outages takes. */
export interface OutagesOptions {
  readonly log: Log;
  /** How often a server that is away is asked; 1,000 when absent. Milliseconds. */
  readonly checkEvery?: number;
}

/** How long a check may take. Milliseconds. */
const patience = 12_000;

/** An error that its causes are looked through for. */
export function* causesOf(error: unknown): Generator<Error> {
  for (let depth = 0, cause = error; cause instanceof Error && depth < 10; cause = cause.cause, depth += 1) {
    yield cause;
    if (cause instanceof AggregateError) for (const each of cause.errors) if (each instanceof Error) yield each;
  }
}

/**
 * A server is asked itself before it is said to be away: a single connection that it ended, such as one that was idle for
 * too long, is replaced by its owner and is no outage.
 */
export function createOutages({ log, checkEvery = 1_000 }: OutagesOptions): Outages {
  const servers: { readonly server: Server; state: 'up' | 'checking' | 'away' }[] = [];
  const closing = new AbortController();
  const timers = new Set<NodeJS.Timeout>();

  const isAway = async ({ check }: Server): Promise<boolean> =>
    within(patience, check(), 'It').then(
      () => false,
      () => true,
    );

  const check = async (watched: (typeof servers)[number]): Promise<void> => {
    const { server } = watched;
    const { name, place, variable, meanwhile } = server;
    const away = await isAway(server);
    if (closing.signal.aborted) return;
    if (away && watched.state !== 'away') log.warn({ server: name }, `Cannot reach ${name} at ${place} (${variable}). ${meanwhile}`);
    if (!away && watched.state === 'away') log.info({ server: name }, `${name} at ${place} is reachable again.`);
    watched.state = away ? 'away' : 'up';
    if (!away) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void check(watched);
    }, checkEvery).unref();
    timers.add(timer);
  };

  /** Whether an error is part of an outage that is told, or of a connection that is replaced. */
  const absorb = (error: unknown): boolean => {
    const watched = servers.find(({ server }) => server.isOutage(error));
    if (!watched) return false;
    if (watched.state === 'up' && !closing.signal.aborted) {
      watched.state = 'checking';
      void check(watched);
    }
    return true;
  };

  const quiet = (level: 'warn' | 'error'): Log['error'] =>
    (fields: unknown, ...more: unknown[]) => {
      const error = typeof fields === 'object' && fields !== null && 'error' in fields ? fields.error : fields;
      Reflect.apply(absorb(error) ? log.debug : log[level], log, [fields, ...more]);
    };

  return {
    log: { debug: log.debug.bind(log), info: log.info.bind(log), warn: quiet('warn'), error: quiet('error') },
    watch: (server) => void servers.push({ server, state: 'up' }),
    close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
