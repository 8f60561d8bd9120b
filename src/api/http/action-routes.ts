import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { approveAction, changedMessage, ConsiderationReason, consideredAccounts, decidedAction, decidedMessage, noSuchAction, pendingActions, readDecidedRecord, rejectAction, requireDecider, type Decided } from '../../features/actions/index.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the routes take. */
export interface ActionRouteOptions extends Gated {
  readonly calls: CallDependencies;
}

const queueQuery = z.strictObject({
  first: z.string().regex(/^\d{1,3}$/, 'first must be a whole number from 1 to 100.').optional(),
  after: z.string('after must be given once.').optional(),
});
const considerationsQuery = z.strictObject({
  ...queueQuery.shape,
  reasons: z.string('reasons must be given once, joined by commas.').optional(),
});
const reasonNames: ReadonlySet<string> = new Set(Object.keys(ConsiderationReason));
const approval = z.strictObject({ evidenceDigest: z.string('evidenceDigest must be a text: the one that came with what was seen.') });
const rejection = z.strictObject({ reason: z.string('reason must be a text.') });

/**
 * The approval queue by REST, on the use cases of the graph: `GET /api/actions/pending?first=&after=`,
 * `GET /api/actions/considerations?first=&after=&reasons=NO_CONSENT,COOL_DOWN`,
 * `POST /api/actions/{id}/approve` with `{"evidenceDigest"}`, `POST /api/actions/{id}/reject` with `{"reason"}`. What somebody
 * else decided first, and evidence that changed, are 409.
 */
export function actionRoutes(app: FastifyInstance, { calls, gate }: ActionRouteOptions): void {
  const withCall = async <Result>(request: FastifyRequest, body: (call: OpenCall) => Promise<Result>): Promise<Result> => {
    const call = new OpenCall(calls, principalOf(request), request.id);
    try {
      return await body(call);
    } finally {
      await call.close();
    }
  };
  const decide = (request: FastifyRequest, reply: FastifyReply, useCase: (work: Work, call: OpenCall, id: string) => Promise<Decided>, prepare: (call: OpenCall, id: string) => Promise<void> = () => Promise.resolve()): Promise<FastifyReply> =>
    withCall(request, async (call) => {
      const parsed = parseGlobalId((request.params as { id: string }).id);
      if (parsed?.type !== 'Action') throw noSuchAction(['id']);
      await prepare(call, parsed.id);
      const outcome = await call.transact((work) => useCase(work, call, parsed.id));
      const action = await decidedAction(call, outcome.id);
      if (outcome.kind === 'DONE') return reply.send(action);
      const message = outcome.kind === 'ALREADY_DECIDED' ? decidedMessage(action) : changedMessage(action);
      const error = { code: 'CONFLICT', reason: outcome.kind, message, path: [], requestId: request.id };
      return reply.code(409).send({ error, action, ...(outcome.kind === 'EVIDENCE_CHANGED' ? { changes: outcome.changes } : {}) });
    });

  app.get('/api/actions/pending', gate(() => undefined, 200), async (request) =>
    withCall(request, async (call) => {
      const { first, after } = read(queueQuery, request.query);
      return pendingActions(call, { first: first === undefined ? 20 : Number(first), after: after ?? null });
    }));
  app.get('/api/actions/considerations', gate(() => undefined, 200), async (request) =>
    withCall(request, async (call) => {
      const { first, after, reasons } = read(considerationsQuery, request.query);
      return consideredAccounts(call, { first: first === undefined ? 20 : Number(first), after: after ?? null, reasons: reasons === undefined ? null : readReasons(reasons) });
    }));
  app.post('/api/actions/:id/approve', gate((principal) => requireDecider(principal, 'approve actions'), 100), async (request, reply) => {
    const { evidenceDigest } = read(approval, request.body);
    let target: Awaited<ReturnType<typeof readDecidedRecord>> = null;
    return decide(request, reply, (work, call, id) => approveAction(work, call.seal, { id, evidenceDigest, target }, call), async (call, id) => {
      target = await readDecidedRecord(call, id);
    });
  });
  app.post('/api/actions/:id/reject', gate((principal) => requireDecider(principal, 'reject actions'), 100), async (request, reply) => {
    const { reason } = read(rejection, request.body);
    return decide(request, reply, (work, call, id) => rejectAction(work, call.seal, { id, reason }, call));
  });
}

function read<Value>(form: z.ZodType<Value>, given: unknown): Value {
  const found = form.safeParse(given ?? {});
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new InvalidInput(issue?.message ?? 'The body is not of the declared form.', issue?.path.map(String) ?? []);
}

function readReasons(text: string): ConsiderationReason[] {
  const names = text.split(',');
  const unknown = names.find((name) => !reasonNames.has(name));
  if (unknown !== undefined) throw new InvalidInput(`reasons must be names out of ${[...reasonNames].join(', ')}, joined by commas.`, ['reasons']);
  return names as ConsiderationReason[];
}
