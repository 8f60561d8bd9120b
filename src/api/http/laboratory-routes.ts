import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InvalidInput, NotFound } from '../../platform/errors.ts';
import { exactJson } from '../../platform/exact-json.ts';
import { ask } from '../../platform/graphql/call.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import { experimentById, experimentIdOf, laboratoryAnswers, listExperiments, runsOfExperiment, type ExperimentRow, type ExperimentRunRow } from '../../features/laboratory/index.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the routes take. */
export interface LaboratoryRouteOptions extends Gated {
  readonly calls: CallDependencies;
}

const instant = (name: string) => z.string(`${name} must be a text.`).transform((text, context) => {
  const read = parseInstant(text);
  if (read === null) context.addIssue({ code: 'custom', message: `${name} must be an instant such as 2026-01-31T00:00:00Z.` });
  return read ?? text;
});
const createBody = z.strictObject({
  name: z.string('name must be a text.'),
  description: z.string('description must be a text.').nullish(),
  model: z.record(z.string(), z.unknown(), 'model must be an object.').nullish(),
  window: z.strictObject({ from: instant('window.from'), to: instant('window.to') }, 'window must be an object with from and to.'),
  clock: z.enum(['RECORDED', 'OCCURRED'], 'clock must be RECORDED or OCCURRED.').nullish(),
  horizonDays: z.int('horizonDays must be a whole number.').nullish(),
});
const runBody = z.strictObject({ seed: z.string('seed must be a text.').nullish() });
const page = z.object({ first: z.coerce.number().int('first must be a whole number.').default(20), after: z.string().nullish() });

type OfExperiment = { Params: { id: string } };

/**
 * Experiments by REST, on the use cases of the graph: `POST` and `GET /api/laboratory/experiments`, `GET /api/laboratory/experiments/{id}`
 * with its latest runs, and `POST /api/laboratory/experiments/{id}/run`, which returns 202 with the run that was queued.
 */
export function laboratoryRoutes(app: FastifyInstance, { calls, gate }: LaboratoryRouteOptions): void {
  const anybody = gate(() => undefined, 100);
  const withCall = async <Result>(request: FastifyRequest, body: (call: OpenCall) => Promise<Result>): Promise<Result> => {
    const call = new OpenCall(calls, principalOf(request), request.id);
    try {
      return await body(call);
    } finally {
      await call.close();
    }
  };

  app.post('/api/laboratory/experiments', anybody, async (request, reply) => {
    const { description = null, model = null, window, clock, horizonDays, name } = read(createBody, request.body);
    const made = await withCall(request, (call) => laboratoryAnswers.create(call, { name, description, model, from: window.from, to: window.to, clock: clock ?? 'RECORDED', horizonDays: horizonDays ?? 90 }));
    return reply.code(201).send(show(made));
  });
  app.get('/api/laboratory/experiments', anybody, (request) => withCall(request, async (call) => {
    const { first, after = null } = read(page, request.query);
    const { edges, pageInfo } = await listExperiments(call, { first, after, filter: null, orderBy: null });
    return { experiments: edges.map(({ node }) => show(node)), next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
  }));
  app.get<OfExperiment>('/api/laboratory/experiments/:id', anybody, (request) => withCall(request, async (call) => {
    const found = await ask(call, experimentById, null, experimentIdOf(request.params.id));
    if (!found) throw new NotFound('There is no such experiment. Check the id.', ['id']);
    const runs = await ask(call, runsOfExperiment, null, { experimentId: found.uuid, first: 20 });
    return { ...show(found), runs: runs.map(show) };
  }));
  app.post<OfExperiment>('/api/laboratory/experiments/:id/run', anybody, async (request, reply) => {
    const { seed = null } = read(runBody, request.body);
    return reply.code(202).send(show(await withCall(request, (call) => laboratoryAnswers.run(call, { id: request.params.id, seed }))));
  });
}

/** Fields that are the program's own. */
const inner: ReadonlySet<string> = new Set(['uuid', 'asOf', '__typename', 'experimentId', 'sortValue']);

function show(row: ExperimentRow | ExperimentRunRow): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !inner.has(name)));
}

function read<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const found = schema.safeParse(exactJson(body ?? {}));
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new InvalidInput(issue?.message ?? 'The body is not of the declared form.', issue?.path.map(String) ?? []);
}
