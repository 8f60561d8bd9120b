import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';

const asked = z.looseObject({ extensions: z.looseObject({ persistedQuery: z.looseObject({ sha256Hash: z.unknown().optional() }) }) });
const query = z.looseObject({ extensions: z.string() });

/** Refuses a persisted query whose hash no document can have. Without this it looks like one that is not known yet. */
export function checkPersistedQuery(request: Pick<FastifyRequest, 'body' | 'query'>): void {
  const read = asked.safeParse(request.body ?? { extensions: fromAddress(request.query) });
  const { sha256Hash } = read.data?.extensions.persistedQuery ?? {};
  if (!read.success || (typeof sha256Hash === 'string' && /^[0-9a-f]{64}$/.test(sha256Hash))) return;
  throw new InvalidInput('extensions.persistedQuery.sha256Hash must be the SHA-256 of the document: 64 lower-case hexadecimal digits.');
}

function fromAddress(parameters: unknown): unknown {
  const read = query.safeParse(parameters);
  if (!read.success) return null;
  try {
    return JSON.parse(read.data.extensions);
  } catch {
    // Apollo says what is wrong with it.
    return null;
  }
}
