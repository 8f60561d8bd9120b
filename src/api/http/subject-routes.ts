import type { FastifyInstance } from 'fastify';
import type { Database } from '../../platform/postgres/database.ts';
import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { requireRole } from '../../features/access/index.ts';
import { exportSubject, mayErase } from '../../features/erasure/index.ts';
import { createGate, principalOf, type GateOptions } from './gate.ts';

/** What the route takes. */
export interface SubjectRouteOptions extends GateOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly places: readonly PersonalPlace[];
}

/** `GET /api/subjects/{email}/export`: everything held on a person as JSON, to be kept in a file and by no cache. */
export function subjectRoutes(app: FastifyInstance, { database, seal, places, authenticate, charge }: SubjectRouteOptions): void {
  const gate = createGate({ authenticate, charge });
  app.get<{ Params: { email: string } }>('/api/subjects/:email/export', gate((principal) => requireRole(principal, mayErase, 'export what is held on people'), 1_000), async (request, reply) => {
    const { tenantId, actor } = principalOf(request);
    const exported = await database.transact({ tenantId, actor, requestId: request.id }, (work) => exportSubject(work, seal, places, request.params.email));
    return reply.header('cache-control', 'no-store').header('content-disposition', 'attachment; filename="subject-export.json"').send(exported);
  });
}
