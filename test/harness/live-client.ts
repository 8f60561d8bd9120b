import { readFileSync } from 'node:fs';
import { Kind, parse } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Role } from '../../src/features/access/index.ts';
import { until, type TestProgram } from './program.ts';

/** An event as it was pushed. */
export interface LiveEvent {
  readonly __typename?: string;
  readonly cursor: string;
  readonly [field: string]: unknown;
}

/** What a subscription is shown: events of its one root field, errors in their place. */
export interface Subscription {
  readonly events: LiveEvent[];
  readonly errors: { message: string; path?: unknown; extensions: Record<string, unknown> }[];
  /** Whether the server ended it. */
  readonly ended: () => boolean;
  /** The last cursor seen. */
  cursor(): string | undefined;
  /** Waits for so many events. */
  atLeast(count: number): Promise<LiveEvent[]>;
  /** Waits for a refusal. */
  refused(): Promise<Subscription['errors'][number]>;
  stop(): void;
}

/** One socket of a test's own. */
export interface LiveClient {
  subscribe(query: string, variables?: Record<string, unknown>, operationName?: string): Subscription;
  /** How the socket was closed; null while it is open. */
  readonly closed: () => { code: number; reason: string } | null;
  /** The socket itself, once there is one. */
  readonly socket: () => WebSocket | null;
  close(): Promise<void>;
}

/** Opens a socket (with the first operation) as a token's or an API key's bearer. */
export function liveClient(program: Pick<TestProgram, 'url'>, connectionParams: Record<string, unknown>): LiveClient {
  let closed: { code: number; reason: string } | null = null;
  let socket: WebSocket | null = null;
  const note = (opened: WebSocket): void => void (socket = opened);
  class OwnSocket extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      note(this);
    }
  }
  const client: Client = createClient({ url: `${program.url.replace('http', 'ws')}/graphql`, webSocketImpl: OwnSocket, connectionParams, retryAttempts: 0, lazyCloseTimeout: 60_000 });
  client.on('closed', (event) => {
    const { code, reason } = event as { code: number; reason: string };
    closed ??= { code, reason };
  });
  return {
    subscribe: (query, variables, operationName) => subscribe(client, query, variables, operationName),
    closed: () => closed,
    socket: () => socket,
    async close() {
      // A socket that was cut while it opened is closed, too; the client calls that a failure.
      await Promise.resolve(client.dispose()).catch(() => undefined);
      if (socket) await until('the socket is closed', () => closed);
    },
  };
}

/** Opens a socket as a role of the first tenant. */
export async function liveAs(program: TestProgram, role: Role = 'admin', more: Parameters<TestProgram['token']>[1] = {}): Promise<LiveClient> {
  return liveClient(program, { authorization: `Bearer ${await program.token(role, more)}` });
}

function subscribe(client: Client, query: string, variables: Record<string, unknown> = {}, operationName?: string): Subscription {
  const events: LiveEvent[] = [];
  const errors: Subscription['errors'] = [];
  let ended = false;
  const stop = client.subscribe<Record<string, LiveEvent>>(
    { query, variables, ...(operationName === undefined ? {} : { operationName }) },
    {
      next({ data, errors: faults }) {
        if (faults) errors.push(...(faults as unknown as Subscription['errors']));
        for (const event of Object.values(data ?? {})) if (event) events.push(event);
      },
      error(fault) {
        ended = true;
        if (Array.isArray(fault)) errors.push(...(fault as Subscription['errors']));
      },
      complete: () => void (ended = true),
    },
  );
  return {
    events,
    errors,
    ended: () => ended,
    cursor: () => events.at(-1)?.cursor,
    async atLeast(count) {
      await until(`${count} events come; there are ${events.length}, errors ${JSON.stringify(errors)}`, () => events.length >= count || errors.length > 0);
      if (errors.length > 0) throw new Error(`refused: ${JSON.stringify(errors)}`);
      return events;
    },
    refused: () => until('the subscription is refused', () => errors[0]),
    stop,
  };
}

/** An operation of the acceptance files, as its client team wrote it. */
export function acceptance(file: string, name: string): string {
  const source = readFileSync(new URL(`../acceptance/${file}.graphql`, import.meta.url), 'utf8');
  const found = parse(source).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === name);
  if (!found?.loc) throw new Error(`there is no operation ${name}`);
  return source.slice(found.loc.start, found.loc.end);
}

/** The value of a metric of this process, of all its labels together. */
export async function metric(name: string): Promise<number> {
  const { metricsText } = await import('../../src/platform/metrics.ts');
  const lines = (await metricsText()).split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
