import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LimitExceeded, NotFound, Unavailable } from '../../platform/errors.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { requireRole } from '../../features/access/index.ts';
import { comparisonOf, importOutcomeFile, importSignalFile, mayExperiment, type ImportSummary } from '../../features/laboratory/index.ts';
import { OpenCall, type CallDependencies } from '../open-call.ts';
import { principalOf, type Gated } from './gate.ts';
import { endTurn } from './request-turn.ts';

/** What the routes take. */
export interface HistoryRouteOptions extends Gated {
  readonly calls: CallDependencies;
}

/** The largest file of an import. */
const largestFile = 100 * 1024 * 1024;

/**
 * `POST /api/laboratory/outcomes` and `/api/laboratory/signals`: import a CSV file as it comes, up to 100 MB, all of its rows in one
 * transaction; 200 with what became of them. `GET /api/laboratory/experiments/{id}/compare?with=`: a run beside production or another run.
 */
export function historyRoutes(server: FastifyInstance, { calls, gate }: HistoryRouteOptions): void {
  const analysts = gate((principal) => requireRole(principal, mayExperiment, 'import history'), 1_000);
  const withCall = async <Result>(request: FastifyRequest, body: (call: OpenCall) => Promise<Result>): Promise<Result> => {
    const call = new OpenCall(calls, principalOf(request), request.id);
    try {
      return await body(call);
    } finally {
      await call.close();
    }
  };
  const take = (request: FastifyRequest, into: (work: LabWork, file: Readable) => Promise<ImportSummary>): Promise<ImportSummary> =>
    withCall(request, async (call) => {
      if (Number(request.headers['content-length'] ?? 0) > largestFile) throw tooLarge();
      // It waits for the sender most of the time.
      endTurn(request);
      let isRead = false;
      return call.lab((work) => {
        // The file has gone by: another attempt would see an empty one.
        if (isRead) throw new Unavailable('The import met another one. Nothing was taken; send the file again.');
        isRead = true;
        return into(work, withinSize(request.body as Readable));
      });
    });
  // Their bodies are read as they come, not before.
  void server.register((app, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(['text/csv', 'application/csv', 'text/plain'], (_request, payload, read) => read(null, payload));
    app.post('/api/laboratory/outcomes', { ...analysts, bodyLimit: largestFile }, (request) => take(request, importOutcomeFile));
    app.post('/api/laboratory/signals', { ...analysts, bodyLimit: largestFile }, (request) => take(request, importSignalFile));
    done();
  });
  server.get<{ Params: { id: string }; Querystring: { with?: string } }>('/api/laboratory/experiments/:id/compare', gate(() => undefined, 100), (request) =>
    withCall(request, async (call) => {
      const found = await comparisonOf(call, request.params.id, request.query.with ?? null);
      if (!found) throw new NotFound('There is no completed run of that id. Run the experiment first.', ['id']);
      return found;
    }));
}

const tooLarge = (): LimitExceeded => new LimitExceeded('The file is larger than 100 MB. Split it.');

/** A file as it comes, ended by an error where it is larger than one may be. */
function withinSize(file: Readable): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const piece of file as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > largestFile) throw tooLarge();
      yield piece;
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}
