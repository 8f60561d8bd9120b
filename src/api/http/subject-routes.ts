import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Database } from '../../platform/postgres/database.ts';
import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { requireRole } from '../../features/access/index.ts';
import { exportSubject, mayErase, type SubjectExport } from '../../features/erasure/index.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the route takes. */
export interface SubjectRouteOptions extends Gated {
  readonly database: Database;
  readonly seal: Seal;
  readonly places: readonly PersonalPlace[];
}

/** `GET /api/subjects/{email}/export` and `GET /api/contacts/{id}/export`: everything held on a person as JSON, to be kept in a file and by no cache. */
export function subjectRoutes(app: FastifyInstance, { database, seal, places, gate }: SubjectRouteOptions): void {
  const admit = gate((principal) => requireRole(principal, mayErase, 'export what is held on people'), 1_000);
  const hand = (reply: FastifyReply, exported: SubjectExport): FastifyReply => reply.header('cache-control', 'no-store').header('content-disposition', 'attachment; filename="subject-export.json"').send(exported);
  app.get<{ Params: { email: string } }>('/api/subjects/:email/export', admit, async (request, reply) => {
    const { tenantId, actor } = principalOf(request);
    const exported = await database.transact({ tenantId, actor, requestId: request.id }, (work) => exportSubject(work, seal, places, { email: request.params.email }));
    return hand(reply, exported);
  });
  app.get<{ Params: { id: string } }>('/api/contacts/:id/export', admit, async (request, reply) => {
    const { tenantId, actor } = principalOf(request);
    const exported = await database.transact({ tenantId, actor, requestId: request.id }, (work) => exportSubject(work, seal, places, { contactId: request.params.id }));
    return hand(reply, exported);
  });
}
