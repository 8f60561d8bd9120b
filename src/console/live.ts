import { createClient, type ExecutionResult, type SubscribePayload } from 'graphql-ws';
import { failure, isResult } from './result.ts';

/** How the subscription in hand fares; `off` when there is none. */
export type LiveState = 'off' | 'connecting' | 'live' | 'reconnecting';

/** What is asked for. */
export interface LiveRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** One subscription as the page wants it run. */
export interface LiveOperation {
  /** The ws(s) address of the API. */
  readonly url: string;
  readonly operation: LiveRequest;
  /** Whether it takes a variable `after`, and so can be resumed behind a cursor. */
  readonly resumable: boolean;
  /** The value of the `Authorization` header, or null to connect without one. */
  readonly authorization: string | null;
  readonly onLive: (state: LiveState) => void;
  /** Whether it is tried again for ever, also when it never came to be: for pages that are left open. */
  readonly patient?: boolean;
  /** Told when the server closes the socket because of the token, with its reason. */
  readonly onUnauthorised?: (reason: string) => void;
}

/** Closed with this, the server has understood the token and refuses it; asking again changes nothing. */
const forbidden = 4403;
/** The token is missing, wrong, or its time is over; the client does not try again. */
const unauthorised = 4401;
/** Asks for a sign of life this often, in milliseconds, and gives up on a socket that gives none in time. */
const pingInterval = 10_000;
const pongPatience = 5_000;
/** With waits of at most 10 s, a server that is away for about 4 minutes is waited for. */
const retryAttempts = 30;

/** Who is shown the results. */
export interface Sink {
  next: (result: ExecutionResult) => void;
  complete: () => void;
}

/**
 * Runs a subscription over a socket of its own (`graphql-transport-ws`), which is closed when the subscription ends or
 * the function that is answered here is called; after that the sink hears nothing more.
 *
 * A lost connection is opened again. The subscription is then sent with `after` set to the last cursor that was shown,
 * so that the server replays what was missed: no gap, no duplicate. A subscription without the variable `after` starts
 * afresh with the present state. Unless it is patient, a connection that never came to be is not tried again: that is
 * for the reader to mend.
 */
export function subscribeLive(subscription: LiveOperation, sink: Sink): () => void {
  const { url, operation, resumable, authorization, onLive, patient = false, onUnauthorised } = subscription;
  let cursor: string | null = null;
  let wasLive = false;
  let over = false;
  let patience: ReturnType<typeof setTimeout> | undefined;

  const tell = (state: LiveState): void => {
    if (!over) onLive(state);
  };
  const finish = (): void => {
    clearTimeout(patience);
    tell('off');
    over = true;
  };

  const client = createClient({
    url,
    connectionParams: authorization === null ? {} : { authorization },
    keepAlive: pingInterval,
    retryAttempts: patient ? Infinity : retryAttempts,
    retryWait: (retries) => sleep(Math.min(10_000, 500 * 2 ** retries) + Math.random() * 500),
    shouldRetry: (fault) => (wasLive || patient) && !(isClosed(fault) && fault.code === forbidden),
    on: {
      connected: () => {
        wasLive = true;
        tell('live');
      },
      closed: () => {
        clearTimeout(patience);
        if (wasLive || patient) tell('reconnecting');
      },
      ping: (received) => {
        if (!received) patience = setTimeout(() => client.terminate(), pongPatience);
      },
      pong: (received) => {
        if (received) clearTimeout(patience);
      },
    },
  });

  // The client turns this into text each time it subscribes, so the getter is asked anew after a lost connection.
  const payload: SubscribePayload = {
    query: operation.query,
    operationName: operation.operationName ?? null,
    get variables() {
      return cursor === null ? (operation.variables ?? null) : { ...operation.variables, after: cursor };
    },
  };

  tell('connecting');
  const stop = client.subscribe(payload, {
    next: (result: unknown) => {
      if (over || !isResult(result)) return;
      if (resumable) cursor = cursorOf(result.data) ?? cursor;
      sink.next(result);
    },
    error: (fault) => {
      if (over) return;
      finish();
      if (isClosed(fault) && isAboutToken(fault)) onUnauthorised?.(fault.reason);
      sink.next(Array.isArray(fault) ? { errors: fault } : failure(explain(fault, { url, wasLive })));
      sink.complete();
    },
    complete: () => {
      if (over) return;
      finish();
      sink.complete();
    },
  });
  return () => {
    finish();
    stop();
  };
}

/** The `cursor` of an event: a subscription has one root field, and every event the API pushes carries a cursor. */
function cursorOf(data: unknown): string | null {
  const [event]: unknown[] = Object.values(data ?? {});
  const cursor = typeof event === 'object' && event !== null && 'cursor' in event ? event.cursor : null;
  return typeof cursor === 'string' ? cursor : null;
}

function explain(fault: unknown, { url, wasLive }: { url: string; wasLive: boolean }): string {
  if (isClosed(fault) && fault.code >= 4000) {
    const hint = isAboutToken(fault) ? ' Check the token in the Authorization header.' : '';
    return `The server closed the live connection: ${fault.reason || 'no reason given'} (${fault.code}).${hint}`;
  }
  if (wasLive) return `The live connection to ${url} was lost and could not be opened again. Run the subscription anew.`;
  return `No live connection to ${url}. Is the server running, and does it accept the token?`;
}

function isAboutToken({ code }: { code: number }): boolean {
  return code === unauthorised || code === forbidden;
}

function isClosed(fault: unknown): fault is { code: number; reason: string } {
  return typeof fault === 'object' && fault !== null && 'code' in fault && 'reason' in fault;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
