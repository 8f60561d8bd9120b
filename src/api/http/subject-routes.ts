import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Database } from '../../platform/postgres/database.ts';
import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { requireRole, type Principal } from '../../features/access/index.ts';
import { exportSubject, mayErase } from '../../features/erasure/index.ts';

/** What the route takes. */
export interface SubjectRouteOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly places: readonly PersonalPlace[];
  authenticate(request: FastifyRequest): Promise<Principal>;
  charge(principal: Principal, cost: number): Promise<void>;
}

/** `GET /api/subjects/{email}/export`: everything held on a person as JSON, to be kept in a file and by no cache. */
export function subjectRoutes(app: FastifyInstance, { database, seal, places, authenticate, charge }: SubjectRouteOptions): void {
  app.get<{ Params: { email: string } }>('/api/subjects/:email/export', async (request, reply) => {
    const principal = await authenticate(request);
    requireRole(principal, mayErase, 'export what is held on people');
    await charge(principal, 1_000);
    const { tenantId, actor } = principal;
    const exported = await database.transact({ tenantId, actor, requestId: request.id }, (work) => exportSubject(work, seal, places, request.params.email));
    return reply.header('cache-control', 'no-store').header('content-disposition', 'attachment; filename="subject-export.json"').send(exported);
  });
}
