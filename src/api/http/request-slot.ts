import type { FastifyRequest } from 'fastify';

/**
 * Something that is kept with a request, and goes with it. A property of the request under a key of its own: a WeakMap would
 * do the same, but what hangs on its entries outlives minor garbage collections, and a server makes many of them.
 */
export class RequestSlot<Value> {
  readonly #key = Symbol('slot');

  get(request: FastifyRequest): Value | undefined {
    return (request as unknown as Record<symbol, Value | undefined>)[this.#key];
  }

  set(request: FastifyRequest, value: Value): void {
    (request as unknown as Record<symbol, Value | undefined>)[this.#key] = value;
  }

  delete(request: FastifyRequest): void {
    (request as unknown as Record<symbol, Value | undefined>)[this.#key] = undefined;
  }
}
