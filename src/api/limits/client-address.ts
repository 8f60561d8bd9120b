import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * The address of the client, for HTTP requests and for sockets alike. Each proxy appends to `X-Forwarded-For` the address
 * that it was called from; `trustedHops` counts the proxies of the installation, so everything to the left of their entries
 * was written by the client and is not believed. With 0 the header is ignored.
 */
export function clientAddress({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, trustedHops: number): string {
  const peer = socket.remoteAddress ?? '';
  if (trustedHops === 0) return peer;
  const header = headers['x-forwarded-for'];
  const entries = (typeof header === 'string' ? header : (header ?? []).join()).split(',').slice(-trustedHops).map(plainAddress);
  // The hop that is farthest away, as far as every one on the way wrote an address.
  const unreadable = entries.lastIndexOf(null);
  return entries[unreadable + 1] ?? peer;
}

/** An entry without port and brackets; null when it is no address. */
function plainAddress(entry: string): string | null {
  const text = entry.trim();
  const bare = /^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) ? bare : null;
}
