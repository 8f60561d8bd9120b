import { SharedResult } from './broadcast-result.ts';
import type { LiveResult } from './live-group.ts';
import type { SocketMember } from './socket-member.ts';
import type { Pass } from './subscriber.ts';

const nothing = Buffer.alloc(0);

/**
 * The short way of shared results to an operation of a socket: one write of bytes that were framed before. Only where
 * nothing waits to be read by the client, and its socket and credentials still hold; everything else goes by graphql-ws,
 * which waits, refuses or closes.
 */
export function passShared(member: SocketMember, operationId: string, now: () => number): Pass<LiveResult> {
  return (result, subscriber) => {
    const { connection } = member;
    if (!(result instanceof SharedResult) || !member.isIdle || member.isOver(now())) return 'REFUSED';
    const [frame = nothing, rest] = result.frame(operationId);
    if (rest) connection.cork();
    connection.write(frame);
    if (rest) {
      connection.write(rest);
      connection.uncork();
    }
    if (connection.writableLength === 0) return 'SENT';
    // Behind everything that waits: called once the client has taken all of it, or the connection ended.
    connection.write(nothing, () => subscriber.sent());
    return 'SENDING';
  };
}
