import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { InnerAddress, isPublicAddress, publicLookup } from './public-address.ts';

/**
 * The one gate through which calls leave the program. It is closed while a laboratory context is active and, in a process of
 * laboratory mode, for good: what experiments compute must depend on the stored data alone, and must reach nobody.
 */

/** A call was about to leave the program from the laboratory. */
export class OutboundRefused extends Error {
  /** The host that was to be called. */
  readonly host: string;

  constructor(host: string) {
    super(`Calls to other systems are refused in the laboratory; ${host} was not called.`);
    this.name = 'OutboundRefused';
    this.host = host;
  }
}

const laboratory = new AsyncLocalStorage<true>();
let isClosed = false;

/** Runs a body in a laboratory context: no call leaves the program from it, nor from whatever it starts. */
export function inLaboratory<Result>(body: () => Promise<Result>): Promise<Result> {
  return laboratory.run(true, body);
}

/** Closes the gate for the rest of the process. */
export function closeOutbound(): void {
  isClosed = true;
}

/** Throws `OutboundRefused` where no call may leave. For clients that bring their own transport, before each call. */
export function requireOutbound(target: string | URL): void {
  if (!isClosed && laboratory.getStore() !== true) return;
  throw new OutboundRefused(URL.parse(target)?.host ?? String(target));
}

/** `fetch`, where calls may leave; rejects with `OutboundRefused` where they may not. */
export const outboundFetch: typeof fetch = async (input, init) => {
  requireOutbound(typeof input === 'string' || input instanceof URL ? input : input.url);
  return fetch(input, init);
};

/** A request to an address that a tenant gave. */
export interface PublicRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** How public addresses are reached; what is left out is as everywhere: names by the system, certificates by its authorities. */
export interface PublicConnection {
  readonly lookup?: LookupFunction;
  readonly ca?: string;
}

/**
 * Sends requests over https to addresses that tenants gave, if they are on the Internet; rejects with `InnerAddress` where
 * the host is, or its name stands for, an address of this machine or its network. Redirects are not followed.
 */
export function createPublicFetch({ lookup = publicLookup(), ca }: PublicConnection = {}): (target: string, request: PublicRequest) => Promise<Response> {
  return async (target, { method, headers, body, signal }) => {
    requireOutbound(target);
    const url = new URL(target);
    if (url.protocol !== 'https:') throw new Error('only https is called');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // An address is not looked up.
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw new InnerAddress(host);
    return new Promise((resolve, reject) => {
      // A connection of its own: none that was opened without the check is used again.
      const options = { method, headers: { ...headers, 'accept-encoding': 'identity', 'content-length': Buffer.byteLength(body) }, agent: false, lookup, signal, ...(ca === undefined ? {} : { ca }) };
      const sent = request(url, options, (message) => resolve(toResponse(message)));
      sent.once('error', reject);
      sent.end(body);
    });
  };
}

function toResponse(message: IncomingMessage): Response {
  const { statusCode: status = 0 } = message;
  const isEmpty = [204, 205, 304].includes(status);
  if (isEmpty) message.resume();
  // A status that no answer can have says nothing that is worth reading.
  if (status < 200 || status > 599) {
    message.destroy();
    return Response.error();
  }
  return new Response(isEmpty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>), { status });
}

/** `createPublicFetch`, as everywhere. */
export const publicFetch = createPublicFetch();

/** `fetch` for the keys that sign-in tokens are checked with: the one call that the laboratory makes, to the address that the installation configured. */
export const signInFetch: typeof fetch = (input, init) => fetch(input, init);
