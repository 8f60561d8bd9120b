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
  /**
   * What an error says of the server: `ended`, that a connection was refused or ended, which its owner opens again, or that
   * the server cannot answer yet; `suspect`, that it may be away, such as a timeout; null, nothing.
   */
  judge(error: unknown): 'ended' | 'suspect' | null;
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

/** Interrupted connections to a server that is there are told once in so long. Milliseconds. */
const tellEvery = 60_000;

/** How many checks in a row must succeed before a server counts as back: one that is starting comes and goes. */
const checksToReturn = 3;

/** A server and what is known of it. */
interface Watched {
  readonly server: Server;
  state: 'up' | 'checking' | 'away';
  /** Successful checks in a row while it counts as away. */
  answered: number;
  toldAt: number;
  /** Entries that wait for what a check finds. */
  held: ((away: boolean) => void)[];
}

/**
 * A server is asked itself before it is said to be away: a single connection that it ended, such as one that was idle for
 * too long, is replaced by its owner and is no outage. A timeout is logged as it is, unless the server turns out to be away.
 */
export function createOutages({ log, checkEvery = 1_000 }: OutagesOptions): Outages {
  const servers: Watched[] = [];
  const closing = new AbortController();
  const timers = new Set<NodeJS.Timeout>();

  const tell = ({ server: { name, place, variable, meanwhile }, state }: Watched, away: boolean): void => {
    if (away && state !== 'away') log.warn({ server: name }, `Cannot reach ${name} at ${place} (${variable}). ${meanwhile}`);
    if (!away && state === 'away') log.info({ server: name }, `${name} at ${place} is reachable again.`);
  };

  const check = async (watched: Watched): Promise<void> => {
    const failed = await within(patience, watched.server.check(), 'It').then(
      () => false,
      () => true,
    );
    watched.answered = failed ? 0 : watched.answered + 1;
    const away = failed || (watched.state === 'away' && watched.answered < checksToReturn);
    if (!closing.signal.aborted) tell(watched, away);
    watched.state = away ? 'away' : 'up';
    for (const release of watched.held.splice(0)) release(away);
    if (!away || closing.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void check(watched);
    }, checkEvery).unref();
    timers.add(timer);
  };

  const tellInterruption = (watched: Watched, error: unknown): void => {
    if (performance.now() - watched.toldAt < tellEvery) return;
    watched.toldAt = performance.now();
    log.info({ server: watched.server.name, reason: error instanceof Error ? error.message : String(error) }, 'a connection was interrupted and is opened again');
  };

  /** Logs an entry now, at the debug level, or once a check has shown what it belongs to. */
  const sort = (error: unknown, write: (level: 'own' | 'debug') => void): void => {
    for (const watched of servers) {
      const kind = watched.server.judge(error);
      if (kind === null) continue;
      if (kind === 'ended' || watched.state === 'away') write('debug');
      else watched.held.push((away) => write(away ? 'debug' : 'own'));
      if (watched.state !== 'up' || closing.signal.aborted) return;
      watched.state = 'checking';
      if (kind === 'ended') watched.held.push((away) => away || tellInterruption(watched, error));
      void check(watched);
      return;
    }
    write('own');
  };

  const quiet =
    (level: 'warn' | 'error'): Log['error'] =>
    (fields: unknown, ...more: unknown[]) => {
      const error = typeof fields === 'object' && fields !== null && 'error' in fields ? fields.error : fields;
      sort(error, (wanted) => void Reflect.apply(wanted === 'own' ? log[level] : log.debug, log, [fields, ...more]));
    };

  return {
    log: { debug: log.debug.bind(log), info: log.info.bind(log), warn: quiet('warn'), error: quiet('error') },
    watch: (server) => void servers.push({ server, state: 'up', answered: 0, toldAt: -Infinity, held: [] }),
    close() {
      closing.abort();
      for (const timer of timers) clearTimeout(timer);
      for (const { held } of servers) for (const release of held.splice(0)) release(false);
    },
  };
}
