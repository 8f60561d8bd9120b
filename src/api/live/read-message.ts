import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import { readJsonText } from '../../platform/exact-json.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import type { SocketMember } from './socket-member.ts';

/** Messages of more bytes wait for their turn before they are parsed. */
const largeMessage = 32 * 1_024;

/** Reads a message of a socket and hands it on. Large messages are parsed in the caller's turn, one after the other: until then nothing more is read of its socket. */
export function createMessageReader(keeper: Gatekeeper): (member: SocketMember, message: Buffer, handle: (text: string) => Promise<void>) => Promise<void> {
  return async ({ principal, socket }, message, handle) => {
    if (!principal || message.length <= largeMessage) return handle(parsed(message.toString()));
    socket.pause();
    let handled: Promise<void>;
    const turn = keeper.turns.take(principal);
    try {
      if (turn.started) await turn.started;
      const began = cpuMilliseconds();
      handled = handle(parsed(message.toString()));
      turn.measured(cpuMilliseconds() - began);
    } finally {
      turn.end();
      socket.resume();
    }
    await handled;
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
