import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InvalidInput, NotFound } from '../../platform/errors.ts';
import { exactJson } from '../../platform/exact-json.ts';
import { ask } from '../../platform/graphql/call.ts';
import { checkSessionRef, LockIsStale, MessagesAreWaiting, mayRunSessions, sessionAnswers, sessionById, sessionIdOf, SessionIsBusy, showMessage, showSession } from '../../features/sessions/index.ts';
import { requireRole } from '../../features/access/index.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the routes take. */
export interface SessionRouteOptions extends Gated {
  readonly calls: CallDependencies;
}

const whole = (name: string) => z.int(`${name} must be a whole number.`);
const token = { fencingToken: whole('fencingToken') };
const key = { idempotencyKey: z.string('idempotencyKey must be a text.').nullish() };
const object = (name: string) => z.record(z.string(), z.unknown(), `${name} must be an object.`).nullish();
const startBody = z.strictObject({ inboxId: whole('inboxId'), contactId: z.string('contactId must be a text.'), holder: z.string('holder must be a text.'), ...key });
const stepBody = z.strictObject({ ...token, content: z.custom((value) => value !== undefined, 'content must be stated: any JSON value, null included.'), activeContext: object('activeContext'), ...key });
const drainBody = z.strictObject({ ...token, most: whole('most').nullish(), receivedUpTo: whole('receivedUpTo').nullish() });
const endBody = z.strictObject({ ...token, persistentContext: object('persistentContext'), statedIn: z.array(z.strictObject({ key: z.string('key must be a text.'), stepId: z.string('stepId must be a text.') }), 'statedIn must be a list.').nullish() });

type OfSession = { Params: { id: string } };

/**
 * Sessions by REST, on the use cases of the graph: `GET /api/sessions/{inboxId}/{contactId}`, `POST /api/sessions` starts one, and
 * `POST /api/sessions/{id}/steps`, `/drain`, `/renew` and `/end` write with its fencing token. 409 with `reason` SESSION_BUSY,
 * STALE_LOCK or MESSAGES_WAITING for what the lock or the queue does not allow.
 */
export function sessionRoutes(app: FastifyInstance, { calls, gate }: SessionRouteOptions): void {
  const running = gate((principal) => requireRole(principal, mayRunSessions, 'run sessions'), 100);
  const withCall = async <Result>(request: FastifyRequest, body: (call: OpenCall) => Promise<Result>): Promise<Result> => {
    const call = new OpenCall(calls, principalOf(request), request.id);
    try {
      return await body(call);
    } finally {
      await call.close();
    }
  };
  const post = <Body>(path: string, schema: z.ZodType<Body>, status: number, answer: (call: OpenCall, body: Body, sessionId: string) => Promise<object>): void => {
    app.post<OfSession>(path, running, async (request, reply) => {
      try {
        return await reply.code(status).send(await withCall(request, (call) => answer(call, read(schema, request.body), request.params.id ?? '')));
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === null) throw error;
        const { message, reason, more } = refusal;
        return reply.code(409).send({ error: { code: 'CONFLICT', reason, message, path: [], requestId: request.id }, ...more });
      }
    });
  };

  app.get<{ Params: { inboxId: string; contactId: string } }>('/api/sessions/:inboxId/:contactId', gate(() => undefined, 100), (request) => withCall(request, async (call) => {
    const ref = checkSessionRef({ inboxId: /^\d{1,10}$/.test(request.params.inboxId) ? Number(request.params.inboxId) : NaN, contactId: request.params.contactId }, []);
    const row = await ask(call, sessionById, null, sessionIdOf(call.seal, call.tenantId, ref));
    if (!row) throw new NotFound('There is no session with this contact. POST /api/sessions starts one.');
    return showSession(call, row);
  }));
  post('/api/sessions', startBody, 201, async (call, body) => {
    const { __typename: _, session, ...started } = await sessionAnswers.start(call, { ...body, idempotencyKey: body.idempotencyKey ?? null });
    return { session: await showSession(call, session), ...started };
  });
  post('/api/sessions/:id/steps', stepBody, 201, async (call, { fencingToken, content, activeContext, idempotencyKey }, sessionId) => {
    const { step: { id, sequence, at }, expiresAt, repeated } = await sessionAnswers.append(call, { sessionId, fencingToken, content, activeContext: activeContext ?? null, idempotencyKey: idempotencyKey ?? null });
    return { step: { id, sequence, at }, expiresAt, repeated };
  });
  post('/api/sessions/:id/drain', drainBody, 200, async (call, body, sessionId) => {
    const { messages, remaining, expiresAt } = await sessionAnswers.drain(call, { sessionId, fencingToken: body.fencingToken, most: body.most ?? null, receivedUpTo: body.receivedUpTo ?? null });
    return { messages: messages.map(showMessage), remaining, expiresAt };
  });
  post('/api/sessions/:id/renew', z.strictObject(token), 200, async (call, { fencingToken }, sessionId) => {
    const { __typename: _, ...renewed } = await sessionAnswers.renew(call, { sessionId, fencingToken });
    return renewed;
  });
  post('/api/sessions/:id/end', endBody, 200, async (call, { fencingToken, persistentContext, statedIn }, sessionId) => {
    const { session, repeated } = await sessionAnswers.end(call, { sessionId, fencingToken, persistentContext: persistentContext ?? null, statedIn: statedIn ?? null });
    return { session: await showSession(call, session), repeated };
  });
}

function refusalOf(error: unknown): { readonly message: string; readonly reason: string; readonly more: object } | null {
  if (error instanceof SessionIsBusy) return { message: error.message, reason: 'SESSION_BUSY', more: { holder: error.holder, expiresAt: error.expiresAt } };
  if (error instanceof LockIsStale) return { message: error.message, reason: 'STALE_LOCK', more: {} };
  if (error instanceof MessagesAreWaiting) return { message: error.message, reason: 'MESSAGES_WAITING', more: { count: error.count } };
  return null;
}

function read<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const found = schema.safeParse(exactJson(body ?? {}));
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new InvalidInput(issue?.message ?? 'The body is not of the declared form.', issue?.path.map(String) ?? []);
}
