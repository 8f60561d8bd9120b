import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** Where callers may go; each call may meet a process that has just been killed. */
export interface Doors {
  /** The address to try next. */
  next(): string;
  readonly token: string;
}

/** Takes turns over addresses. */
export function doorsOf(urls: readonly string[], token: string): Doors {
  let turn = 0;
  return {
    token,
    next() {
      turn += 1;
      return urls[turn % urls.length] ?? '';
    },
  };
}

/** Sends one signal until it is accepted, as a careful source does; answers the signal's id. */
export async function deliver(doors: Doors, signal: object): Promise<string> {
  for (;;) {
    const answer = await fetch(`${doors.next()}/api/signals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${doors.token}` },
      body: JSON.stringify(signal),
      signal: AbortSignal.timeout(15_000),
    })
      .then(async (response) => ({ status: response.status, body: (await response.json()) as { signalId?: string } }))
      .catch(() => null);
    if (answer && (answer.status === 200 || answer.status === 202) && answer.body.signalId) return answer.body.signalId;
    // Gone, or not able now: 5xx and a rate limit. Anything else is a fault of the test or the program.
    if (answer && answer.status < 500 && answer.status !== 429) throw new Error(`refused: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A subscriber that comes back with its last cursor whenever its connection is lost. */
export interface Follower {
  /** The place where its first present state stood, once it has one. */
  from(): number | null;
  /** The places of the events it was pushed since, in the order in which they came. */
  readonly places: readonly number[];
  readonly refusals: readonly unknown[];
  /** How often it came back. */
  returns(): number;
  stop(): Promise<void>;
}

/** Test code may take a cursor apart; clients must not. */
const placeOf = (cursor: string): number => Number(Buffer.from(cursor, 'base64url').toString().split(':').at(-1));

/** Follows one subscription through any number of connections. */
export function follow(doors: Doors, query: string, variables: Record<string, unknown> = {}): Follower {
  const places: number[] = [];
  const refusals: unknown[] = [];
  let from: number | null = null;
  let cursor: string | null = null;
  let returns = -1;
  const stopping = new AbortController();
  let close: () => unknown = () => undefined;

  const connectOnce = async (): Promise<void> => {
    const client = createClient({ url: `${doors.next().replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { authorization: `Bearer ${doors.token}` } });
    returns += 1;
    const resumed = cursor !== null;
    await new Promise<void>((resolve) => {
      close = client.subscribe<Record<string, { cursor: string; initial?: boolean; lagged?: boolean }>>(
        { query, variables: { ...variables, after: cursor } },
        {
          next({ data, errors }) {
            // A process that loses its database ends its subscriptions; anything else is a refusal.
            const lasting = errors?.filter(({ extensions }) => !['UNAVAILABLE', 'INTERNAL_SERVER_ERROR'].includes(String(extensions?.['code'])));
            if (lasting && lasting.length > 0) refusals.push(...lasting);
            for (const event of Object.values(data ?? {})) {
              if (!event) continue;
              const place = placeOf(event.cursor);
              // Without a cursor to go on from, the present state comes first; of several accounts in several payloads.
              if (!resumed && (from === null || place <= from)) from = place;
              else places.push(place);
              cursor = event.cursor;
            }
          },
          error: () => resolve(),
          complete: () => resolve(),
        },
      );
    });
    await Promise.resolve(client.dispose()).catch(() => undefined);
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await connectOnce();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    from: () => from,
    places,
    refusals,
    returns: () => returns,
    async stop() {
      stopping.abort();
      close();
      await running;
    },
  };
}
