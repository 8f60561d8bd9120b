import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { requireRole } from '../../features/access/index.ts';
import { decidedAction, promotedRunOf, proposePromotion } from '../../features/actions/index.ts';
import { mayPublishScoringModels } from '../../features/scoring/index.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the route takes. */
export interface PromotionRouteOptions extends Gated {
  readonly calls: CallDependencies;
}

const body = z.strictObject({ runId: z.string('runId must be a text: the id of a run of the experiment.'), reasoning: z.string('reasoning must be a text.').nullish() });

/**
 * `POST /api/laboratory/experiments/{id}/promote` with `{"runId", "reasoning"?}` proposes to publish the model of a pinned run. 201 with the
 * action, which waits for a person other than the proposer; 409 for a run that cannot be promoted.
 */
export function promotionRoute(app: FastifyInstance, { calls, gate }: PromotionRouteOptions): void {
  const proposing = gate((principal) => requireRole(principal, mayPublishScoringModels, 'propose the promotion of a scoring model'), 100);
  app.post<{ Params: { id: string } }>('/api/laboratory/experiments/:id/promote', proposing, async (request, reply) => {
    const given = body.safeParse(request.body ?? {});
    if (!given.success) throw new InvalidInput(given.error.issues[0]?.message ?? 'The body is not of the declared form.', given.error.issues[0]?.path.map(String) ?? []);
    const { runId, reasoning = null } = given.data;
    const run = promotedRunOf(request.params.id, runId);
    const call = new OpenCall(calls, principalOf(request), request.id);
    try {
      const id = await call.transact((work) => proposePromotion(work, call.seal, { ...run, reasoning }, call));
      return await reply.code(201).send(await decidedAction(call, id));
    } finally {
      await call.close();
    }
  });
}
