import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InvalidInput, Suppressed } from '../../platform/errors.ts';
import { exactJson } from '../../platform/exact-json.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { requireRole } from '../../features/access/index.ts';
import { countIngested, mayIngestSignals, type ArrivedSignal, type IngestQueue, type IngestResult, type SignalStatement } from '../../features/signals/index.ts';
import { principalOf, type Gated } from './gate.ts';
import { endTurn } from './request-turn.ts';

const instant = z.string().transform((text, context) => {
  const read = parseInstant(text);
  if (read === null) context.addIssue({ code: 'custom', message: 'occurredAt must be written like 2026-11-21T09:30:00Z.' });
  return read;
});
/** What is wrong with something that is no object; keys that are unknown are told of by name. */
const told = (message: string) => ({ error: ({ code }: { readonly code?: string }) => (code === 'unrecognized_keys' ? undefined : message) });
const text = (name: string) => z.string(`${name} must be a text.`);
const signalBody = z.strictObject(
  {
    account: z.strictObject(
      {
        id: text('id').nullish(),
        externalRef: z.strictObject({ system: text('system'), id: text('id') }, told('externalRef must be an object: {"system": …, "id": …}.')).nullish(),
      },
      told('account must be an object with the account\'s "id", or with its "externalRef": {"system": …, "id": …}.'),
    ),
    type: text('type'),
    source: text('source'),
    sourceEventId: text('sourceEventId').nullish(),
    occurredAt: instant.nullish(),
    payload: z.record(z.string(), z.unknown(), 'payload must be an object.').nullish(),
  },
  told('The body must be one signal: an object with account, type, source, and optionally sourceEventId, occurredAt, payload.'),
);

/** What became of a signal, as REST tells it. */
export type IngestAnswer =
  | { readonly status: 'accepted' | 'duplicate'; readonly signalId: string; readonly accountId: string }
  /** It is about a person who was erased; nothing was stored, and sending it again changes nothing. */
  | { readonly status: 'suppressed' };

/** `POST /api/signals`: 202 for a new signal, 200 with the first one's id for a duplicate, 200 with `suppressed` for one about an erased person. */
export function signalsRoute(app: FastifyInstance, { gate, queue }: Gated & { readonly queue: IngestQueue }): void {
  app.post('/api/signals', gate((principal) => requireRole(principal, mayIngestSignals, 'ingest signals'), 100), async (request, reply) => {
    const statement = readSignal(exactJson(request.body));
    const { tenantId, actor } = principalOf(request);
    endTurn(request);
    const result = await ingestOne(queue, { tenantId, actor, requestId: request.id }, { statement, requestId: request.id, path: [] });
    return reply.code(result.status === 'accepted' ? 202 : 200).send(result);
  });
}

/** Takes one signal in and says what became of it; throws what refuses it. */
export async function ingestOne(queue: IngestQueue, caller: Parameters<IngestQueue['ingest']>[0], signal: ArrivedSignal): Promise<IngestAnswer> {
  const result: IngestResult = await queue.ingest(caller, signal);
  countIngested([signal.statement], [result]);
  if (result.outcome === 'REJECTED' && result.error instanceof Suppressed) return { status: 'suppressed' };
  if (result.outcome === 'REJECTED') throw result.error;
  return {
    status: result.outcome === 'ACCEPTED' ? 'accepted' : 'duplicate',
    signalId: toGlobalId('Signal', result.signalId),
    accountId: toGlobalId('Account', result.accountId),
  };
}

function readSignal(body: unknown): SignalStatement {
  const read = signalBody.safeParse(body);
  if (read.success) return read.data as SignalStatement;
  const [issue] = read.error.issues;
  throw new InvalidInput(issue?.message ?? 'The body is no signal.', issue?.path.map(String) ?? []);
}
