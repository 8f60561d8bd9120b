import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../features/access/index.ts';
import { LimitExceeded } from '../../platform/errors.ts';
import type { GraphServer } from '../graphql/apollo.ts';
import { admitWithinLimits, type Gatekeeper } from '../limits/gatekeeper.ts';
import { callerKey } from '../limits/charges.ts';
import { credentialsOf } from './credentials.ts';
import { holdBody } from './hold-body.ts';
import { RequestSlot } from './request-slot.ts';
import { planTurn } from './request-turn.ts';

const admitted = new RequestSlot<Principal>();

/** The gate before the graph: callers are known, and have something left, before their body is read. Refusals are GraphQL errors. */
export function graphGate(graph: GraphServer, keeper: Gatekeeper) {
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, headers, body } = graph.errors.respond(error, request.id);
    return reply.code(status).headers(headers).send(body);
  };
  return {
    async onRequest(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
      try {
        const principal = await admitWithinLimits(keeper, credentialsOf(request.raw, keeper.trustedHops));
        holdBody(request, reply, { budget: keeper.bodies.ofCaller, sender: callerKey(principal), largest: keeper.policy.bytes });
        admitted.set(request, principal);
        planTurn(request, reply, () => keeper.turns.take(principal));
        return undefined;
      } catch (error) {
        return answer(error, request, reply);
      }
    },
    errorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
      if (error instanceof LimitExceeded) return answer(error, request, reply);
      throw error;
    },
  };
}

/** Who was let in with a request to the graph. */
export function graphCallerOf(request: FastifyRequest): Principal {
  const principal = admitted.get(request);
  if (!principal) throw new Error('the graph was reached past its gate');
  return principal;
}
