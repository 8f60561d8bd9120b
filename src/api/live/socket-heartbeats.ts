import type { SocketMember } from './socket-member.ts';

/** Asks clients for signs of life. */
export interface SocketHeartbeats {
  add(member: SocketMember): void;
  remove(member: SocketMember): void;
  stop(): void;
}

/** Sockets are asked in so many groups, one after the other, so that not all are asked at once. */
const groupCount = 15;

/**
 * Asks each client for a sign of life every so many milliseconds, and cuts a socket that gave none until the next time.
 * One timer serves all sockets: a timer each would cost memory and wake-ups in proportion to them.
 */
export function startHeartbeats(every: number): SocketHeartbeats {
  const groups = Array.from({ length: groupCount }, () => new Set<SocketMember>());
  let turn = 0;
  const timer = setInterval(() => {
    turn = (turn + 1) % groupCount;
    for (const member of groups[turn] ?? []) {
      if (!member.isAlive) {
        member.socket.terminate();
        continue;
      }
      member.isAlive = false;
      member.socket.ping();
    }
  }, every / groupCount);
  timer.unref();
  return {
    // Into the group that was just asked, whose next turn is farthest away.
    add: (member) => void groups[turn]?.add(member),
    remove: (member) => groups.forEach((group) => group.delete(member)),
    stop: () => clearInterval(timer),
  };
}
