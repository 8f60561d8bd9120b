import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../features/access/index.ts';

/** What a gate asks. */
export interface GateOptions {
  authenticate(request: FastifyRequest): Promise<Principal>;
  charge(principal: Principal, cost: number): Promise<void>;
}

/** The options of a route that lets those pass whom `check` does not refuse, for a price. */
export type Gate = (check: (principal: Principal) => void, cost: number) => { readonly onRequest: (request: FastifyRequest) => Promise<void> };

const admitted = new WeakMap<FastifyRequest, Principal>();

/**
 * The gate before REST doors. It stands before the body is read: whoever is a stranger, or may not do this, is told so, and
 * learns nothing of what the door takes; and a body of theirs is not read.
 */
export function createGate({ authenticate, charge }: GateOptions): Gate {
  return (check, cost) => ({
    async onRequest(request) {
      const principal = await authenticate(request);
      check(principal);
      await charge(principal, cost);
      admitted.set(request, principal);
    },
  });
}

/** Who was let in with a request. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = admitted.get(request);
  if (!principal) throw new Error('a route without a gate asks who was let in');
  return principal;
}
