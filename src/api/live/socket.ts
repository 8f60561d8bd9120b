import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { execute, type ExecutionResult } from 'graphql';
import { CloseCode, makeServer, type Server as ProtocolServer } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { LimitExceeded } from '../../platform/errors.ts';
import type { Authenticate } from '../../features/access/index.ts';
import type { IntrospectionAnswers } from '../graphql/introspection-answers.ts';
import { addressKey } from '../limits/address-key.ts';
import { clientAddress } from '../limits/client-address.ts';
import { pointsOf } from '../limits/gatekeeper.ts';
import { createMessageAdmission, type AdmissionOptions, type Running } from './admit-message.ts';
import { SharedResult, withShared } from './broadcast-result.ts';
import { createMessageReader } from './read-message.ts';
import { startCredentialReview } from './review-credentials.ts';
import { signIn } from './sign-in.ts';
import { OpenCounts } from './socket-counts.ts';
import { guardSocket, tooMany, type SocketGuard } from './socket-guard.ts';
import { startHeartbeats } from './socket-heartbeats.ts';
import { SocketMember } from './socket-member.ts';

/** What the socket door takes. */
export interface SocketOptions extends AdmissionOptions {
  readonly http: Server;
  readonly path: string;
  readonly introspection: IntrospectionAnswers;
  /** Looks at credentials that were admitted once: refusals do not count as guesses here. */
  readonly authenticate: Authenticate;
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

type Protocol = ProtocolServer<SocketMember>;

/** Opens the socket door on an HTTP server. Each operation is held to the same policy as on HTTP. */
export function openSocketDoor(options: SocketOptions): SocketDoor {
  const { keeper, clock, reviewEvery = 1_000, heartbeatEvery = 15_000 } = options;
  const { policy } = keeper;
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: policy.bytes, handleProtocols: (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false) });
  const members = new Set<SocketMember>();
  const perCaller = new OpenCounts(policy.sockets.perCaller);
  const perAddress = new OpenCounts(policy.sockets.perAddress);
  const heartbeats = startHeartbeats(heartbeatEvery);
  const stopReview = startCredentialReview({ members, clock, authenticate: options.authenticate, every: reviewEvery });
  const readMessage = createMessageReader(keeper);

  const protocol: Protocol = makeServer<Record<string, unknown>, SocketMember>({
    connectionInitWaitTimeout: policy.sockets.signIn,
    onConnect: ({ extra, connectionParams }) => signIn(extra, connectionParams, { ...options, perCaller }),
    onPing: ({ extra }) => void extra.guard?.admitsPing(),
    onPong: ({ extra }) => void extra.guard?.admitsPing(),
    onSubscribe: createMessageAdmission(options),
    execute: (args) => run(args as Running, options),
    subscribe: (args) => (args as Running).stream as never,
    // Else the result would be taken apart and put together anew for each subscriber.
    onNext: (_context, _id, _payload, _args, result) => (result instanceof SharedResult ? (result as never) : undefined),
  });

  const send = (member: SocketMember, guard: SocketGuard, message: string): Promise<void> =>
    new Promise((resolve) => {
      const text = withShared(message);
      if (member.isOver(clock.now().getTime())) member.endExpired();
      if (!member.isOpen || !guard.admitsSend()) return resolve();
      member.socket.send(text, () => resolve());
    });
  const onFault = (member: SocketMember, guard: SocketGuard, error: unknown): void => {
    if (error instanceof LimitExceeded) return guard.close(tooMany, error.message);
    options.onError(error);
    member.socket.close(CloseCode.InternalServerError, 'Internal server error');
  };

  const onConnection = (socket: WebSocket, connection: Duplex, address: string): void => {
    const member = new SocketMember(socket, connection, address);
    const guard = guardSocket({ socket, connection, policy: policy.sockets, signedIn: () => member.principal !== null });
    member.guard = guard;
    const place = addressKey(address);
    if (!perAddress.open(place)) return guard.close(tooMany, `At most ${policy.sockets.perAddress} sockets of one address. Close some, and connect again.`);
    members.add(member);
    heartbeats.add(member);
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => (member.isAlive = true));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => send(member, guard, message),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => socket.on('message', (message: Buffer) => {
          if (guard.admits(message.length)) readMessage(member, message, handle).catch((error: unknown) => onFault(member, guard, error));
        }),
      },
      member,
    );
    socket.once('close', (code, reason) => {
      heartbeats.remove(member);
      members.delete(member);
      perAddress.close(place);
      if (member.counted !== null) perCaller.close(member.counted);
      void closed(code, String(reason));
    });
  };

  options.http.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    // Compared as text: whatever a stranger writes there must not throw in a listener, where nobody would catch it.
    if (request.url?.split('?')[0] !== options.path) return duplex.destroy();
    const address = clientAddress(request, keeper.trustedHops);
    sockets.handleUpgrade(request, duplex, head, (socket) => onConnection(socket, duplex, address));
  });

  return {
    get open() {
      return members.size;
    },
    async close() {
      stopReview();
      heartbeats.stop();
      for (const { socket } of members) socket.close(1001, 'The server is going away. Connect again.');
      sockets.close();
      const deadline = setTimeout(() => [...members].forEach(({ socket }) => socket.terminate()), 2_000);
      await Promise.all([...members].map(({ socket }) => once(socket, 'close')));
      clearTimeout(deadline);
    },
  };
}

/** Runs a query or a mutation. */
async function run(args: Running, { introspection, keeper, format }: SocketOptions): Promise<ExecutionResult> {
  const { contextValue, document, operationName, variableValues, cost } = args;
  try {
    const kept = introspection.answer({ document, operationName, variables: variableValues });
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
}
