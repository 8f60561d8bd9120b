import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServeFinished } from '../answers/serve-finished.ts';
import type { FinishedAnswer } from '../answers/finished-answers.ts';
import { TrackedCall } from '../answers/tracked-call.ts';
import { currentRequestId } from '../current-request-id.ts';
import type { GraphServer } from '../graphql/apollo.ts';
import { chargeOf } from '../limits/charge-of.ts';
import type { Gatekeeper } from '../limits/gatekeeper.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { graphCallerOf, graphGate } from './graph-gate.ts';
import { graphPath, rawBody } from './json-body.ts';
import { checkPersistedQuery } from './persisted-query.ts';
import { rateHeaders } from './rate-headers.ts';
import { RequestSlot } from './request-slot.ts';
import { startTurn, turnOf } from './request-turn.ts';

/** What the graph's door takes. */
export interface GraphRouteOptions {
  readonly graph: GraphServer;
  readonly calls: CallDependencies;
  readonly keeper: Gatekeeper;
  /** Null: every operation runs. */
  readonly finished: ServeFinished | null;
}

/** Opens the graph at /graphql. */
export function graphRoute(app: FastifyInstance, { graph, calls, keeper, finished }: GraphRouteOptions): void {
  const tracked = new RequestSlot<boolean>();
  const callsOf = new RequestSlot<OpenCall>();
  const openCall = (request: FastifyRequest): OpenCall => {
    const Kind = tracked.get(request) ? TrackedCall : OpenCall;
    const call = new Kind(calls, graphCallerOf(request), request.id, turnOf(request));
    callsOf.set(request, call);
    return call;
  };
  const execute = fastifyApolloHandler<OpenCall>(graph.apollo, {
    context: async (request) => {
      try {
        checkPersistedQuery(request);
        await startTurn(request);
        return callsOf.get(request) ?? openCall(request);
      } catch (error) {
        return graph.errors.refuse(error, request.id);
      }
    },
  });

  const sendFinished = async (request: FastifyRequest, reply: FastifyReply, { body, headers, cost, readAt }: FinishedAnswer): Promise<FastifyReply> => {
    const stop = graph.startQuery();
    try {
      const { policy } = keeper;
      turnOf(request)?.weigh(cost);
      const left = await keeper.charge(graphCallerOf(request), chargeOf(policy, cost, 0));
      reply.headers(rateHeaders(policy.principalRate, left)).headers(Object.fromEntries(headers));
      if (readAt !== null) reply.header('age', String(Math.floor((calls.clock.now().getTime() - readAt) / 1_000)));
      stop();
      return reply.send(body);
    } catch (error) {
      const refused = graph.errors.respond(error, request.id);
      return reply.code(refused.status).headers(refused.headers).send(refused.body);
    }
  };

  const executed = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const body: unknown = await execute.call(app, request, reply);
    const contentType = reply.getHeader('content-type');
    if (request.method === 'POST' && reply.statusCode === 200 && typeof contentType === 'string') graph.known.noteContentType(request.headers.accept, contentType);
    return body;
  };

  /** Answers a query that Apollo has served before; null leaves it to Apollo, with the call and the charge as they are. */
  const answerKnown = async (request: FastifyRequest, reply: FastifyReply): Promise<Buffer | null> => {
    const known = request.method === 'POST' ? graph.known.find({ body: request.body, accept: request.headers.accept }) : null;
    if (!known) return null;
    const stop = graph.startQuery();
    const call = openCall(request);
    const answer = await graph.known.answer(known, call).catch(() => null);
    if (!answer) return null;
    void call.close();
    reply.headers(answer.headers);
    stop();
    return answer.body;
  };

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const run = async (): Promise<unknown> => (await answerKnown(request, reply)) ?? executed(request, reply);
    const { tenantId } = graphCallerOf(request);
    const key = finished?.keyOf(request, graphCallerOf(request), rawBody(request)) ?? null;
    if (!finished || key === null) return run();
    const looked = await finished.look(key, tenantId);
    if (looked?.answer) return sendFinished(request, reply, looked.answer);
    if (!looked) {
      const body = await run();
      if (callsOf.get(request)?.held.isQuery) finished.noteRun(key, tenantId);
      return body;
    }
    tracked.set(request, true);
    const call = (): TrackedCall | null => {
      const own = callsOf.get(request);
      return own instanceof TrackedCall ? own : null;
    };
    return finished.run(looked, call, reply, run);
  };

  app.route({
    url: graphPath,
    exposeHeadRoute: false,
    method: ['GET', 'POST', 'OPTIONS'],
    ...graphGate(graph, keeper),
    handler: (request, reply) => currentRequestId.run(request.id, () => serve(request, reply)),
  });
}
