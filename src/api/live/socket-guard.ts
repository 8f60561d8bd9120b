import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { counter } from '../../platform/metrics.ts';
import type { SocketPolicy } from '../limits/policy.ts';

/** The close codes of limits. 1009 is the WebSocket protocol's for a message that is too large. */
export const tooLarge = 1009;
/** Too many sockets, messages, or bytes that the client does not read; as HTTP's 429. */
export const tooMany = 4429;

const closed = counter('socket_limit_closes_total', 'Sockets closed because a client exceeded a limit. A rise means clients that do not read, or that send too much.', ['code']);

/** Milliseconds that a client has to read why its socket is closed. */
const farewell = 1_000;
/** Bytes of a ping or pong message of graphql-transport-ws. */
const largestPing = 1_024;

/** What one socket may take of the process. */
export interface SocketGuard {
  /** Whether a message may be handled; a socket over its limits is closed instead. */
  admits(bytes: number): boolean;
  /** Whether a ping or pong of the last admitted message's size may be answered. */
  admitsPing(): boolean;
  /** Called before each send: a client that does not read is cut off. */
  admitsSend(): boolean;
  /** Closes the socket with a code and a reason, and cuts it when the client does not read them. */
  close(code: number, reason: string): void;
}

/** What the guard watches. */
export interface GuardedSocket {
  readonly socket: WebSocket;
  /** The connection below it. */
  readonly connection: Duplex;
  readonly policy: SocketPolicy;
  signedIn(): boolean;
}

/** Bounds the bytes and messages of one socket, before and after sign-in. */
export function guardSocket({ socket, connection, policy, signedIn }: GuardedSocket): SocketGuard {
  let second = 0;
  let frames = 0;
  let last = 0;
  let received = 0;
  let over = false;

  const close = (code: number, reason: string): void => {
    if (over) return;
    over = true;
    closed.inc({ code: String(code) });
    // Nothing more is read from a client that is to go.
    connection.off('data', count);
    socket.pause();
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), farewell).unref();
  };
  const countFrame = (): boolean => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) [second, frames] = [now, 0];
    frames += 1;
    if (frames > policy.framesPerSecond) close(tooMany, 'Too many messages in one second. Send fewer, and connect again later.');
    return !over;
  };
  // Counted as they arrive, so that a message of a stranger is not collected to its end.
  const count = (chunk: Buffer): void => {
    if (signedIn()) return void connection.off('data', count);
    received += chunk.length;
    if (received > policy.bytesBeforeSignIn) close(tooLarge, `At most ${policy.bytesBeforeSignIn} bytes before sign-in.`);
  };
  connection.on('data', count);
  socket.on('ping', countFrame);
  socket.on('pong', countFrame);

  return {
    admits(bytes) {
      last = bytes;
      return !over && countFrame();
    },
    admitsPing() {
      if (last > largestPing) close(tooLarge, `A ping has at most ${largestPing} bytes.`);
      return !over;
    },
    admitsSend() {
      if (socket.bufferedAmount > policy.buffered) close(tooMany, 'The client does not read what it is sent. Connect again and read faster.');
      return !over;
    },
    close,
  };
}
