import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';
import { toGlobalId, type Id } from '../../platform/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { requireRole, type Role } from '../../features/access/index.ts';
import { checkEmail, consentsOfAddress, grantConsent, mayKeepConsent, mayReadConsent, revokeConsents, type RevocationReaction } from '../../features/consent/index.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the routes take. */
export interface ConsentRouteOptions extends Gated {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly reactions: readonly RevocationReaction[];
}

const text = (name: string) => z.string(`${name} must be a text.`);
const grantBody = z.strictObject(
  {
    email: text('email'),
    purpose: text('purpose'),
    channel: text('channel'),
    basis: text('basis'),
    source: text('source').nullish(),
    proof: text('proof').nullish(),
    expiresAt: z.string().transform((given, context) => {
      const read = parseInstant(given);
      if (read === null) context.addIssue({ code: 'custom', message: 'expiresAt must be written like 2026-11-21T09:30:00Z.' });
      return read;
    }).nullish(),
  },
  { error: ({ code }) => (code === 'unrecognized_keys' ? undefined : 'The body must be an object with email, purpose, channel, basis, and optionally source, proof and expiresAt.') },
);
const revocationQuery = z.strictObject({ purpose: text('purpose').optional(), channel: text('channel').optional(), source: text('source').optional() });

/**
 * `POST /api/consent` records that a person agreed; `GET /api/consent/{email}` tells what they agreed to; and
 * `DELETE /api/consent/{email}` objects to everything, or to what is of `?purpose=` and `?channel=`; `?source=` says how that was come by. They share the use cases of
 * the graph.
 */
export function consentRoutes(app: FastifyInstance, { database, seal, clock, reactions, gate }: ConsentRouteOptions): void {
  const admit = (allowed: readonly Role[], doing: string) => gate((principal) => requireRole(principal, allowed, doing), 100);
  /** What is known of a person's consents, as REST tells it. */
  const tell = async (tenantId: Id<'Tenant'>, email: string): Promise<object[]> => {
    const read = database.read(tenantId);
    try {
      const known = await consentsOfAddress(read, seal, { tenantId, email, now: clock.now().toISOString() });
      return known.map(({ uuid, purpose, channel, granted, standing, basis, source, proof, version, grantedAt, expiresAt, revokedAt }) =>
        ({ id: toGlobalId('Consent', uuid), purpose, channel, granted, standing, basis, source, proof, version, grantedAt, expiresAt, revokedAt }));
    } finally {
      await read.close();
    }
  };

  app.post('/api/consent', admit(mayKeepConsent, 'record consents'), async (request, reply) => {
    const { tenantId, actor } = principalOf(request);
    const grant = readAs(grantBody, request.body);
    const id = await database.transact({ tenantId, actor, requestId: request.id }, (work) => grantConsent(work, seal, { ...grant, source: grant.source ?? null, proof: grant.proof ?? null, expiresAt: grant.expiresAt ?? null, path: [] }));
    const known = await tell(tenantId, grant.email);
    return reply.code(201).send(known.find((one) => 'id' in one && one.id === toGlobalId('Consent', id)));
  });
  app.get<{ Params: { email: string } }>('/api/consent/:email', admit(mayReadConsent, 'look up consents'), async (request) => {
    const { tenantId } = principalOf(request);
    return { consents: await tell(tenantId, checkEmail(request.params.email, ['email'])) };
  });
  app.delete<{ Params: { email: string } }>('/api/consent/:email', admit(mayKeepConsent, 'revoke consents'), async (request) => {
    const { tenantId, actor } = principalOf(request);
    const { purpose, channel, source } = readAs(revocationQuery, request.query);
    const { email } = request.params;
    const ids = await database.transact({ tenantId, actor, requestId: request.id }, (work) => revokeConsents(work, seal, reactions, { email, purpose: purpose ?? null, channel: channel ?? null, source: source ?? null }));
    return { revoked: ids.map((id) => toGlobalId('Consent', id)), consents: await tell(tenantId, email) };
  });
}

function readAs<Value>(schema: z.ZodType<Value>, given: unknown): Value {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new InvalidInput(issue?.message ?? 'This cannot be read.', issue?.path.map(String) ?? []);
}
