import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Headers that proxies add: behind one of them the peer is the proxy, not the caller. */
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip'];
/** What a browser says of a page of this server, and of an address that a person typed or followed. */
const ownSites = new Set(['same-origin', 'none']);

/**
 * Whether a request comes from this machine and from a page of this server: the peer of the socket is on loopback, no proxy
 * passed the request on, and the Host header names loopback. A page of another site whose name resolves to 127.0.0.1 (DNS
 * rebinding) fails by its Host; `TRUST_PROXY` and `X-Forwarded-For` change nothing. HTTP/1.0 is how nginx speaks to
 * its backends unless told otherwise, and then with a Host of its own and without any header.
 */
export function isLocalRequest({ headers, socket, httpVersion }: Pick<IncomingMessage, 'headers' | 'socket' | 'httpVersion'>): boolean {
  if (!isLoopbackAddress(socket.remoteAddress ?? '') || httpVersion === '1.0') return false;
  if (proxyHeaders.some((name) => headers[name] !== undefined)) return false;
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (host === undefined || !isLoopbackHost(host)) return false;
  if (typeof site === 'string' && !ownSites.has(site)) return false;
  return origin === undefined || origin === `http://${host}`;
}

function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** `localhost`, 127.x.x.x or [::1], with or without a port; no name that merely resolves to one of them. */
function isLoopbackHost(host: string): boolean {
  const url = /^[\w.:[\]-]+$/.test(host) ? URL.parse(`http://${host}`) : null;
  if (!url) return false;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  return name === 'localhost' || isLoopbackAddress(name);
}
