import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Database } from '../../platform/postgres/database.ts';
import { requireRole, type Principal } from '../../features/access/index.ts';
import { expireFieldsOf, mayExpireFields } from '../../features/profiles/index.ts';

/** What the route takes. */
export interface ExpireStaleOptions {
  readonly database: Database;
  authenticate(request: FastifyRequest): Promise<Principal>;
  charge(principal: Principal, cost: number): Promise<void>;
}

/** `POST /admin/profiles/expire-stale`: expires the caller's tenant's fields whose time is over, at once; 200 with how many. */
export function expireStaleRoute(server: FastifyInstance, { database, authenticate, charge }: ExpireStaleOptions): void {
  // It reads no body: whichever comes with it, an empty one of JSON above all, is passed over.
  void server.register((app, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, read) => read(null));
    app.post('/admin/profiles/expire-stale', async (request) => {
      const principal = await authenticate(request);
      requireRole(principal, mayExpireFields, 'expire profile fields');
      await charge(principal, 100);
      const { tenantId, actor } = principal;
      return { expired: await expireFieldsOf(database, { tenantId, actor, requestId: request.id }) };
    });
    done();
  });
}
