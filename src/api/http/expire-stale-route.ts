import type { FastifyInstance } from 'fastify';
import type { Database } from '../../platform/postgres/database.ts';
import { requireRole } from '../../features/access/index.ts';
import { expireFieldsOf, mayExpireFields } from '../../features/profiles/index.ts';
import { principalOf, type Gated } from './gate.ts';

/** What the route takes. */
export interface ExpireStaleOptions extends Gated {
  readonly database: Database;
}

/** `POST /admin/profiles/expire-stale`: expires the caller's tenant's fields whose time is over, at once; 200 with how many. */
export function expireStaleRoute(server: FastifyInstance, { database, gate }: ExpireStaleOptions): void {
  // It reads no body: whichever comes with it, an empty one of JSON above all, is passed over.
  void server.register((app, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, read) => read(null));
    app.post('/admin/profiles/expire-stale', gate((principal) => requireRole(principal, mayExpireFields, 'expire profile fields'), 100), async (request) => {
      const { tenantId, actor } = principalOf(request);
      return { expired: await expireFieldsOf(database, { tenantId, actor, requestId: request.id }) };
    });
    done();
  });
}
