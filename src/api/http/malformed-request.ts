import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { InvalidInput } from '../../platform/errors.ts';
import type { PublicError } from '../public-error.ts';
import { toProblem } from './problem.ts';

/** What is told of an address that cannot be read. It is not repeated: it may hold whom it is about. */
export function unreadableAddress(error: { readonly code: string }): InvalidInput {
  return new InvalidInput(error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'A part of the address is too long.' : 'The address cannot be read. Encode what is no letter, digit, - or _ as %XX.');
}

const refusals: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time. Send it again.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large. Send fewer or shorter ones.'],
};

/** Answers bytes that are no HTTP request, in the form of every other answer, and closes the connection. */
export function refuseBytes(error: Error & { readonly code?: string }, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, message] = refusals[error.code ?? ''] ?? [400, 'That is no HTTP request.'];
  const refused: PublicError = { code: status === 400 ? 'BAD_USER_INPUT' : 'LIMIT_EXCEEDED', message, path: [], retryAfterSeconds: null, status };
  const body = JSON.stringify(toProblem(refused, requestId).body);
  if (socket.writable) {
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: ${requestId}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
  }
  socket.destroy(error);
}
