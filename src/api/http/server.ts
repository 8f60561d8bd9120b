import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { histogram, metricsContentType, metricsText } from '../../platform/metrics.ts';
import { NotFound } from '../../platform/errors.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { within } from '../../platform/within.ts';
import type { LimitPolicy } from '../limits/policy.ts';
import type { Disclose } from '../public-error.ts';
import { collectAllowedMethods, type AllowedMethods } from './allowed-methods.ts';
import { parseJsonBodies } from './json-body.ts';
import { refuseBytes, unreadableAddress } from './malformed-request.ts';
import { toProblem } from './problem.ts';
import { protectiveHeaders } from './protective-headers.ts';
import { validRequestId } from './request-id.ts';

/** What the HTTP server takes. */
export interface HttpOptions {
  readonly disclose: Disclose;
  readonly policy: LimitPolicy;
  /** Origins whose pages may call; none when empty. */
  readonly origins: readonly string[];
  newRequestId(): string;
  /** Brings figures up to date that are only asked for when they are read; waited for a second at most. */
  refreshMetrics(): Promise<void>;
  /** Told of a request whose client went away before it had arrived whole. */
  onBrokenOff(requestId: string): void;
  /** Told of every request that ended. */
  onRequest(entry: { requestId: string; method: string; endpoint: string; status: number; milliseconds: number }): void;
}

const seconds = histogram('api_request_seconds', 'Seconds from a request\'s arrival to its answer. A rise means that callers wait longer.', ['method', 'endpoint', 'status']);

/** The HTTP server, to which each door adds its routes. */
export type HttpServer = FastifyInstance;

/** Makes the HTTP server with what every door shares: request ids, headers, errors, and metrics at /metrics. */
export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { disclose, policy } = options;
  const refuse = (error: unknown, requestId: string, reply: FastifyReply): FastifyReply => {
    const { status, headers, body } = toProblem(disclose(error, requestId), requestId);
    return reply.code(status).headers(headers).send(body);
  };
  const app = fastify({
    bodyLimit: policy.bytes,
    forceCloseConnections: 'idle',
    // An address of 320 characters, each written as %xx of up to four bytes.
    routerOptions: { maxParamLength: 4_096 },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      void refuse(unreadableAddress(error), request.id, reply.header('x-request-id', request.id));
    },
    requestTimeout: policy.time.request,
    // Node looks for requests that are late every 30 s otherwise.
    http: { headersTimeout: policy.time.headers, connectionsCheckingInterval: Math.min(1_000, policy.time.request) },
    genReqId: (request) => validRequestId(request.headers['x-request-id']) ?? options.newRequestId(),
    clientErrorHandler: (error, socket) => refuseBytes(error, socket, options.newRequestId()),
  });
  const allowed = collectAllowedMethods(app);
  parseJsonBodies(app);
  const protective = await protectiveHeaders();
  app.addHook('onRequest', (_request, reply, done) => {
    for (const [name, value] of protective) reply.raw.setHeader(name, value);
    done();
  });
  await app.register(cors, { origin: [...options.origins], methods: ['GET', 'POST', 'DELETE'], allowedHeaders: ['authorization', 'cache-control', 'content-type', 'x-api-key', 'x-request-id'], exposedHeaders: ['x-request-id', 'retry-after', 'ratelimit', 'ratelimit-policy'], maxAge: 600 });
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  app.addHook('onRequest', async (request, reply) => {
    // Before the body is read: a wrong address or method is not told as a wrong body.
    if (request.is404) return refuseAddress(allowed, request, reply);
  });
  app.addHook('preParsing', async (request, reply) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
    await refuseWith(reply.header('accept-encoding', 'identity'), 415, 'The body must not be compressed. Send it without Content-Encoding.');
  });
  app.addHook('preValidation', async (request) => {
    checkStorable(request.params, []);
    checkStorable(request.query, []);
  });
  app.addHook('onResponse', async (request, reply) => {
    const endpoint = request.routeOptions.url ?? 'none';
    const { elapsedTime } = reply;
    seconds.observe({ method: request.method, endpoint, status: String(reply.statusCode) }, elapsedTime / 1_000);
    options.onRequest({ requestId: request.id, method: request.method, endpoint, status: reply.statusCode, milliseconds: elapsedTime });
  });
  app.setErrorHandler((error, request, reply) => {
    if (!brokenOff(request.raw)) return refuse(error, request.id, reply);
    // The client is gone: its request did not arrive whole, which is no failure of ours, and nobody reads an answer.
    options.onBrokenOff(request.id);
    return reply.code(400).send();
  });
  app.setNotFoundHandler((request, reply) => refuseAddress(allowed, request, reply));
  app.get('/metrics', async (_request, reply) => {
    // What can be told is told, also while the database is away.
    await within(1_000, options.refreshMetrics(), 'The bus').catch(() => undefined);
    return reply.type(metricsContentType).send(await metricsText());
  });
  return app;
}

const brokenOff = ({ complete, destroyed }: IncomingMessage): boolean => destroyed && !complete;

/** Refuses a request that no route takes: 405 with the allowed methods where the address exists. */
function refuseAddress(allowed: AllowedMethods, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const methods = allowed.of(request.url.split('?')[0] ?? '');
  if (methods.length === 0) throw new NotFound('There is nothing at this address. The graph is at /graphql.');
  const shown = methods.filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
  return refuseWith(reply.header('allow', methods.join(', ')), 405, `This address does not accept ${request.method}. Use ${shown.join(' or ')}.`);
}

/** Refuses a request with a status that no error code of the product has. */
function refuseWith(reply: FastifyReply, status: number, message: string): FastifyReply {
  const { headers, body } = toProblem({ code: 'BAD_USER_INPUT', message, path: [], retryAfterSeconds: null, status }, reply.request.id);
  return reply.code(status).headers(headers).send(body);
}
