import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import { parseItemId } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Signer, TrustedKeys } from '../../platform/signing.ts';
import { requireRole } from '../../features/access/index.ts';
import { beginExport, mayReadAudit, type ExportRange } from '../../features/audit/index.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the routes take. */
export interface AuditRoutesOptions extends Gated {
  readonly database: Database;
  readonly clock: Clock;
  readonly signer: Signer;
  /** Whose signatures are believed. */
  readonly keys: TrustedKeys;
}

const one = z.string().optional();
const query = z.strictObject({ from: one, to: one, accountId: one });

/**
 * `GET /api/audit/export?from&to&accountId`: the chain as NDJSON, for administrators and privacy officers; itself recorded.
 * A page is read when the one before has gone to the caller, so a slow caller costs no memory. An export that breaks off
 * has no manifest.
 */
export function auditRoutes(app: FastifyInstance, { database, signer, keys, gate }: AuditRoutesOptions): void {
  app.get('/api/audit/export', gate((principal) => requireRole(principal, mayReadAudit, 'export the audit chain'), 10_000), async (request, reply) => {
    const range = readRange(request.query);
    const { tenantId, actor } = principalOf(request);
    const lines = await beginExport({ database, signer, keys }, { tenantId, actor, requestId: request.id }, range);
    return reply
      .type('application/x-ndjson; charset=utf-8')
      .header('content-disposition', 'attachment; filename="audit.ndjson"')
      .header('cache-control', 'no-store')
      .send(Readable.from(lines, { objectMode: false, highWaterMark: 64 * 1024 }));
  });
}

function readRange(given: unknown): ExportRange {
  const read = query.safeParse(given);
  if (!read.success) throw new InvalidInput('An export takes from, to and accountId, each once.', read.error.issues[0]?.path.map(String) ?? []);
  const instant = (name: 'from' | 'to'): string | null => {
    const text = read.data[name];
    const parsed = text === undefined ? null : parseInstant(text);
    if (text !== undefined && parsed === null) throw new InvalidInput(`${name} must be written like 2026-11-21T09:30:00Z.`, [name]);
    return parsed;
  };
  const { accountId } = read.data;
  const parsed = accountId === undefined ? null : parseItemId(accountId);
  if (accountId !== undefined && parsed?.type !== 'Account') throw new InvalidInput('accountId must be the global id of an account.', ['accountId']);
  return { accountId: parsed?.id ?? null, recordedFrom: instant('from'), recordedBefore: instant('to') };
}
