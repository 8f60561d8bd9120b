import type { Duplex } from 'node:stream';
import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Principal } from '../../features/access/index.ts';
import type { SocketGuard } from './socket-guard.ts';

/** An open socket. There may be tens of thousands, so it holds nothing of the request that opened it but the address. */
export class SocketMember {
  readonly socket: WebSocket;
  /** The connection below it. */
  readonly connection: Duplex;
  readonly address: string;
  guard: SocketGuard | null = null;
  principal: Principal | null = null;
  /** The API key that it signed in with; null for a token. */
  apiKey: string | null = null;
  /** Under which name the socket is counted as the caller's. */
  counted: string | null = null;
  /** Whether the client answered the last sign of life that it was asked for. */
  isAlive = true;

  constructor(socket: WebSocket, connection: Duplex, address: string) {
    this.socket = socket;
    this.connection = connection;
    this.address = address;
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether it is open, and the client has read everything that it was sent. */
  get isIdle(): boolean {
    return this.isOpen && this.socket.bufferedAmount === 0;
  }

  /** Whether its credentials have expired. Epoch milliseconds. */
  isOver(now: number): boolean {
    const expiresAt = this.principal?.expiresAt;
    return expiresAt !== undefined && expiresAt !== null && expiresAt.getTime() <= now;
  }

  /** Closes it since its credentials no longer hold. */
  end(why: string): void {
    this.socket.close(CloseCode.Unauthorized, why);
  }

  /** Closes it since its token has expired. */
  endExpired(): void {
    this.end('The token has expired. Connect again with a fresh one.');
  }
}
