import { AsyncLocalStorage } from 'node:async_hooks';

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

/** `fetch` for the keys that sign-in tokens are checked with: the one call that the laboratory makes, to the address that the installation configured. */
export const signInFetch: typeof fetch = (input, init) => fetch(input, init);
