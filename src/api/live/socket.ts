import { once } from 'node:events';
import { CloseCode, makeServer, type Context } from 'graphql-ws';
import { execute, getOperationAST, OperationTypeNode, type ExecutionArgs, type GraphQLSchema } from 'graphql';
import type { IncomingMessage, Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock } from '../../platform/clock.ts';
import { LimitExceeded, Unauthenticated } from '../../platform/errors.ts';
import { reviveBody } from '../../platform/exact-json.ts';
import type { Authenticate, Principal } from '../../features/access/index.ts';
import type { FormatError } from '../graphql/format-error.ts';
import type { AdmitCaller, Credentials } from '../limits/admit-caller.ts';
import { admitOperation, operationNameOf } from '../limits/admit-operation.ts';
import type { LimitPolicy } from '../limits/policy.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
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
  readonly policy: LimitPolicy;
  readonly admit: AdmitCaller;
  /** Looks at credentials that were admitted once: refusals do not count as guesses here. */
  readonly authenticate: Authenticate;
  readonly format: FormatError;
  charge(principal: Principal, cost: number): Promise<void>;
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
  principal: Principal | null;
  credentials: Credentials | null;
}

/** What the socket's operations run with. */
interface Running extends ExecutionArgs {
  readonly contextValue: OpenCall;
  readonly stream?: AsyncIterableIterator<unknown>;
}

/** How many operations one socket may have under way. */
const mostOperations = 100;
/** Every how many reviews API keys are looked up again: they do not expire by themselves, but may be revoked. */
const reviewsPerLookup = 10;

/** Opens the socket door on an HTTP server. Each operation is held to the same policy as on HTTP. */
export function openSocketDoor(options: SocketOptions): SocketDoor {
  const { schema, policy, clock, format, reviewEvery = 1_000, heartbeatEvery = 15_000 } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: policy.bytes, handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false) });
  const members = new Set<Extra>();

  const server = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: 5_000,
    jsonMessageReviver: reviveBody,
    async onConnect(context) {
      const { extra } = context;
      const text = (name: string): string | undefined => {
        const value = context.connectionParams?.[name];
        return typeof value === 'string' ? value : undefined;
      };
      extra.credentials = { authorization: text('authorization') ?? text('Authorization'), apiKey: text('x-api-key') ?? text('X-API-Key'), address: extra.request.socket.remoteAddress ?? '' };
      try {
        extra.principal = await options.admit(extra.credentials);
        return true;
      } catch (error) {
        const refused = format(error, options.newRequestId());
        extra.socket.close(error instanceof Unauthenticated ? CloseCode.Unauthorized : 1013, refused.message.slice(0, 120));
        return false;
      }
    },
    onSubscribe: (context, _id, payload) => admitMessage(context, payload),
    execute: async (args) => {
      const { contextValue } = args as Running;
      try {
        const result = await execute(args);
        return result.errors ? { ...result, errors: result.errors.map((error) => format(error, contextValue.requestId)) } : result;
      } finally {
        await contextValue.close();
      }
    },
    subscribe: (args) => (args as Running).stream as never,
    // Else the result would be taken apart and put together anew for each subscriber.
    onNext: (_context, _id, _payload, _args, result) => (result instanceof SharedResult ? (result as never) : undefined),
  });

  const admitMessage = async (context: Context<Record<string, unknown>, Extra>, payload: { query: string; variables?: Record<string, unknown> | null | undefined; operationName?: string | null | undefined }) => {
    const requestId = options.newRequestId();
    try {
      const { principal } = context.extra;
      if (!principal) throw new Unauthenticated('Sign in first: send the token in connectionParams.authorization.');
      if (Object.keys(context.subscriptions).length > mostOperations) throw new LimitExceeded(`At most ${mostOperations} operations at once on one socket. Complete some, or open another socket.`);
      const { query, variables } = payload;
      const operationName = operationNameOf(payload.operationName);
      const admitted = admitOperation({ schema, query, variables, operationName }, { policy, introspection: true });
      if (admitted.errors) return admitted.errors.map((error) => format(error, requestId));
      await options.charge(principal, Math.max(admitted.cost, policy.leastCharge));
      const args = { schema, document: admitted.document, operationName, variableValues: variables ?? {} };
      const open = (): OpenCall => new OpenCall(options.calls, principal, requestId);
      if (getOperationAST(admitted.document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) return { ...args, contextValue: open() };
      const stream = await options.live.subscribe({ document: admitted.document, operationName: args.operationName, variables: args.variableValues, requestId, openCall: open });
      return { ...args, contextValue: null, stream } as ExecutionArgs;
    } catch (error) {
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

  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const extra: Extra = { socket, request, principal: null, credentials: null };
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
            if (socket.readyState !== socket.OPEN) return resolve();
            socket.send(text, () => resolve());
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => socket.on('message', (message: Buffer) => void handle(message.toString()).catch((error: unknown) => {
          options.onError(error);
          socket.close(CloseCode.InternalServerError, 'Internal server error');
        })),
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      clearInterval(heartbeat);
      members.delete(extra);
      void closed(code, String(reason));
    });
  });

  options.http.on('upgrade', (request, duplex, head) => {
    // Compared as text: whatever a stranger writes there must not throw in a listener, where nobody would catch it.
    if (request.url?.split('?')[0] !== options.path) return duplex.destroy();
    sockets.handleUpgrade(request, duplex, head, (socket) => sockets.emit('connection', socket, request));
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
