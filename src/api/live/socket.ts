import { once } from 'node:events';
import { CloseCode, makeServer, type Context, type SubscribePayload } from 'graphql-ws';
import type { Duplex } from 'node:stream';
import { execute, getOperationAST, OperationTypeNode, type ExecutionArgs, type GraphQLSchema } from 'graphql';
import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import type { Clock } from '../../platform/clock.ts';
import { LimitExceeded, Unauthenticated } from '../../platform/errors.ts';
import { readJsonText } from '../../platform/exact-json.ts';
import type { Authenticate, Principal } from '../../features/access/index.ts';
import type { FormatError } from '../graphql/format-error.ts';
import type { IntrospectionAnswers } from '../graphql/introspection-answers.ts';
import { asksCost, chargeOf, showCost, type ShownCost } from '../limits/charge-of.ts';
import { addressKey } from '../limits/address-key.ts';
import type { Credentials } from '../limits/admit-caller.ts';
import { admitOperation, operationNameOf } from '../limits/admit-operation.ts';
import { callerKey } from '../limits/charges.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { Turn } from '../limits/fair-turns.ts';
import { pointsOf, type Gatekeeper } from '../limits/gatekeeper.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { OpenCounts } from './socket-counts.ts';
import { guardSocket, tooMany, type SocketGuard } from './socket-guard.ts';
import type { LiveOperations } from './live-operations.ts';
import { SharedResult, withShared } from './broadcast-result.ts';

/** What the socket door takes. */
export interface SocketOptions {
  readonly http: Server;
  readonly path: string;
  readonly schema: GraphQLSchema;
  readonly live: LiveOperations;
  readonly calls: CallDependencies;
  readonly clock: Clock;
  readonly keeper: Gatekeeper;
  readonly introspection: IntrospectionAnswers;
  /** Looks at credentials that were admitted once: refusals do not count as guesses here. */
  readonly authenticate: Authenticate;
  readonly format: FormatError;
  newRequestId(): string;
  onError(error: unknown): void;
  /** How often sockets are held against their credentials. Milliseconds. */
  readonly reviewEvery?: number | undefined;
  /** How often a sign of life is asked of a client; without one until the next time its socket is cut. Milliseconds. */
  readonly heartbeatEvery?: number | undefined;
}

/** The socket door: graphql-transport-ws. */
export interface SocketDoor {
  /** How many sockets are open. */
  readonly open: number;
  /** Tells every client that the server goes away, and closes. */
  close(): Promise<void>;
}

interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly guard: SocketGuard;
  principal: Principal | null;
  credentials: Credentials | null;
  /** Under which name the socket is counted as the caller's. */
  counted: string | null;
}

/** What the socket's operations run with. */
interface Running extends ExecutionArgs {
  readonly contextValue: OpenCall;
  readonly stream?: AsyncIterableIterator<unknown>;
  /** What the response says of its cost; null when it was not asked for. */
  readonly cost?: ShownCost | null;
}

/** Messages of more bytes wait for their turn before they are parsed. */
const largeMessage = 32 * 1_024;
/** Every how many reviews API keys are looked up again: they do not expire by themselves, but may be revoked. */
const reviewsPerLookup = 10;

/** Opens the socket door on an HTTP server. Each operation is held to the same policy as on HTTP. */
export function openSocketDoor(options: SocketOptions): SocketDoor {
  const { schema, keeper, clock, format, reviewEvery = 1_000, heartbeatEvery = 15_000 } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: keeper.policy.bytes, handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false) });
  const { policy } = keeper;
  const members = new Set<Extra>();
  const perCaller = new OpenCounts(policy.sockets.perCaller);
  const perAddress = new OpenCounts(policy.sockets.perAddress);

  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: policy.sockets.signIn,
    async onConnect(context) {
      const { extra } = context;
      const text = (name: string): string | undefined => {
        const value = context.connectionParams?.[name];
        return typeof value === 'string' ? value : undefined;
      };
      extra.credentials = { authorization: text('authorization') ?? text('Authorization'), apiKey: text('x-api-key') ?? text('X-API-Key'), address: clientAddress(extra.request, keeper.trustedHops) };
      try {
        const principal = await keeper.admit(extra.credentials);
        const name = callerKey(principal);
        // Gone while the credentials were looked at: it was never counted, and its end gives nothing back.
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        if (!perCaller.open(name)) {
          extra.guard.close(tooMany, `At most ${policy.sockets.perCaller} sockets of one caller. Close some, and connect again.`);
          return false;
        }
        extra.counted = name;
        extra.principal = principal;
        return true;
      } catch (error) {
        const refused = format(error, options.newRequestId());
        extra.socket.close(error instanceof Unauthenticated ? CloseCode.Unauthorized : 1013, refused.message.slice(0, 120));
        return false;
      }
    },
    onPing: ({ extra }) => void extra.guard.admitsPing(),
    onPong: ({ extra }) => void extra.guard.admitsPing(),
    onSubscribe: (context, _id, payload) => admitMessage(context, payload),
    execute: async (args) => {
      const { contextValue, document, operationName, variableValues, cost } = args as Running;
      try {
        const kept = options.introspection.answer({ document, operationName, variables: variableValues });
        if (kept) {
          contextValue.turn?.measured(kept.milliseconds);
          keeper.owe(contextValue.principal, pointsOf(kept.milliseconds));
        }
        const result = { ...(kept?.result ?? (await execute(args))), ...(cost ? { extensions: { cost } } : {}) };
        return result.errors ? { ...result, errors: result.errors.map((error) => format(error, contextValue.requestId)) } : result;
      } finally {
        contextValue.turn?.end();
        await contextValue.close();
      }
    },
    subscribe: (args) => (args as Running).stream as never,
    // Else the result would be taken apart and put together anew for each subscriber.
    onNext: (_context, _id, _payload, _args, result) => (result instanceof SharedResult ? (result as never) : undefined),
  });

  const admitMessage = async (context: Context<Record<string, unknown>, Extra>, payload: SubscribePayload) => {
    const requestId = options.newRequestId();
    let turn: Turn | null = null;
    try {
      const { principal } = context.extra;
      if (!principal) throw new Unauthenticated('Sign in first: send the token in connectionParams.authorization.');
      const { operations } = policy.sockets;
      if (Object.keys(context.subscriptions).length > operations) throw new LimitExceeded(`At most ${operations} operations at once on one socket. Complete some, or open another socket.`);
      keeper.refuseUsedUp(principal);
      turn = keeper.turns.take(principal);
      if (turn.started) await turn.started;
      const { query, variables } = payload;
      const operationName = operationNameOf(payload.operationName);
      const began = cpuMilliseconds();
      const { document, errors, cost } = admitOperation({ schema, query, variables, operationName }, { policy, introspection: true });
      const spent = cpuMilliseconds() - began;
      turn.measured(spent);
      turn.weigh(cost);
      const points = chargeOf(policy, errors.length > 0 ? 0 : cost, spent);
      const rate = await keeper.charge(principal, points);
      if (errors.length > 0 || !document) {
        turn.end();
        return errors.map((error) => format(error, requestId));
      }
      const args = { schema, document, operationName, variableValues: variables ?? {} };
      const mine = turn;
      const open = (): OpenCall => new OpenCall(options.calls, principal, requestId, mine);
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) {
        const call = open();
        call.held.rate = rate;
        return { ...args, contextValue: call, cost: asksCost(payload.extensions) ? showCost(policy, cost, points, rate) : null } as ExecutionArgs;
      }
      const stream = await options.live.subscribe({ document, operationName: args.operationName, variables: args.variableValues, requestId, openCall: open });
      turn.end();
      return { ...args, contextValue: null, stream } as ExecutionArgs;
    } catch (error) {
      turn?.end();
      return [format(error, requestId)];
    }
  };

  const ended = (extra: Extra): boolean => extra.principal?.expiresAt !== undefined && extra.principal.expiresAt !== null && extra.principal.expiresAt <= clock.now();
  const end = (extra: Extra, why: string): void => extra.socket.close(CloseCode.Unauthorized, why);

  let round = 0;
  const review = setInterval(() => {
    round += 1;
    for (const extra of members) {
      if (ended(extra)) end(extra, 'The token has expired. Connect again with a fresh one.');
      else if (round % reviewsPerLookup === 0 && extra.credentials?.apiKey) {
        options.authenticate(undefined, extra.credentials.apiKey).catch((error: unknown) => {
          if (error instanceof Unauthenticated) end(extra, 'The API key is no longer valid.');
        });
      }
    }
  }, reviewEvery);
  review.unref();

  /** Large messages are parsed in the caller's turn, one after the other: until then nothing more is read of its socket. */
  const parseInTurn = async (extra: Extra, message: Buffer, handle: (text: string) => Promise<void>): Promise<void> => {
    const { principal, socket } = extra;
    if (!principal || message.length <= largeMessage) return handle(message.toString());
    socket.pause();
    let handled: Promise<void>;
    const turn = keeper.turns.take(principal);
    try {
      if (turn.started) await turn.started;
      const began = cpuMilliseconds();
      handled = handle(message.toString());
      turn.measured(cpuMilliseconds() - began);
    } finally {
      turn.end();
      socket.resume();
    }
    await handled;
  };

  const onConnection = (socket: WebSocket, request: IncomingMessage, connection: Duplex): void => {
    const guard = guardSocket({ socket, connection, policy: policy.sockets, signedIn: () => extra.principal !== null });
    const extra: Extra = { socket, request, guard, principal: null, credentials: null, counted: null };
    const address = addressKey(clientAddress(request, keeper.trustedHops));
    if (!perAddress.open(address)) return guard.close(tooMany, `At most ${policy.sockets.perAddress} sockets of one address. Close some, and connect again.`);
    members.add(extra);
    socket.on('error', () => socket.terminate());
    let alive = true;
    const heartbeat = setInterval(() => {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
    }, heartbeatEvery);
    socket.on('pong', () => (alive = true));
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (message) =>
          new Promise<void>((resolve) => {
            const text = withShared(message);
            if (ended(extra)) end(extra, 'The token has expired. Connect again with a fresh one.');
            if (socket.readyState !== socket.OPEN || !guard.admitsSend()) return resolve();
            socket.send(text, () => resolve());
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => socket.on('message', (message: Buffer) => {
          if (!guard.admits(message.length)) return;
          parseInTurn(extra, message, (text) => handle(parsed(text))).catch((error: unknown) => {
            if (error instanceof LimitExceeded) return guard.close(tooMany, error.message);
            options.onError(error);
            socket.close(CloseCode.InternalServerError, 'Internal server error');
          });
        }),
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      clearInterval(heartbeat);
      members.delete(extra);
      perAddress.close(address);
      if (extra.counted !== null) perCaller.close(extra.counted);
      void closed(code, String(reason));
    });
  };

  options.http.on('upgrade', (request, duplex, head) => {
    // Compared as text: whatever a stranger writes there must not throw in a listener, where nobody would catch it.
    if (request.url?.split('?')[0] !== options.path) return duplex.destroy();
    sockets.handleUpgrade(request, duplex, head, (socket) => onConnection(socket, request, duplex));
  });

  return {
    get open() {
      return members.size;
    },
    async close() {
      clearInterval(review);
      for (const { socket } of members) socket.close(1001, 'The server is going away. Connect again.');
      sockets.close();
      const deadline = setTimeout(() => [...members].forEach(({ socket }) => socket.terminate()), 2_000);
      await Promise.all([...members].map(({ socket }) => once(socket, 'close')));
      clearTimeout(deadline);
    },
  };
}

/**
 * A message by the reader that HTTP bodies have. graphql-ws takes one that is parsed already, though its type says text;
 * it closes the socket for a text that it cannot parse, so such a one is handed on as it is.
 */
function parsed(text: string): string {
  try {
    return readJsonText(text) as string;
  } catch {
    return '';
  }
}
