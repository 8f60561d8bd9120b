import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../features/access/index.ts';
import { admitWithinLimits, type Gatekeeper } from '../limits/gatekeeper.ts';
import { callerKey } from '../limits/charges.ts';
import { credentialsOf } from './credentials.ts';
import { holdBody } from './hold-body.ts';
import { rateHeaders } from './rate-headers.ts';
import { RequestSlot } from './request-slot.ts';
import { planTurn, startTurn } from './request-turn.ts';

/** What routes behind the gate take. */
export interface Gated {
  readonly gate: Gate;
}

/** The options of a route that admits callers whom `check` does not refuse, and charges them. */
export type Gate = (check: (principal: Principal) => void, cost: number) => {
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  readonly preValidation: (request: FastifyRequest) => Promise<void>;
};

const admitted = new RequestSlot<Principal>();

/**
 * The gate before REST endpoints. It runs before the body is read: strangers, and callers without the role, are refused
 * and learn nothing of what the endpoint takes; their bodies are not read.
 */
export function createGate(keeper: Gatekeeper): Gate {
  return (check, cost) => ({
    async onRequest(request, reply) {
      const principal = await admitWithinLimits(keeper, credentialsOf(request.raw, keeper.trustedHops));
      check(principal);
      const left = await keeper.charge(principal, cost);
      reply.headers(rateHeaders(keeper.policy.principalRate, left));
      holdBody(request, reply, { budget: keeper.bodies.ofCaller, sender: callerKey(principal), largest: keeper.policy.bytes });
      admitted.set(request, principal);
      planTurn(request, reply, () => keeper.turns.take(principal));
    },
    // Requests without a body get their turn here.
    preValidation: startTurn,
  });
}

/** Who was let in with a request. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = admitted.get(request);
  if (!principal) throw new Error('a route without a gate asks who was let in');
  return principal;
}
