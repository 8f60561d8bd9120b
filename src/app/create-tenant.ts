import type { Database } from '../platform/postgres/database.ts';
import type { Id, NewId } from '../platform/ids.ts';
import { statement } from '../platform/postgres/statement.ts';
import { defaultScoringModelParameters, publishScoringModel } from '../features/scoring/index.ts';

/** A tenant that is to be made. */
export interface NewTenant {
  readonly slug: string;
  readonly name: string;
  readonly highIntentThreshold: number;
}

const insert = statement<{ id: Id<'Tenant'> }>('insert_tenant', 'insert into tenant (id, slug, name, created_at) values ($1, $2, $3, app_now()) on conflict (slug) do nothing returning id');
const hasModel = statement('tenant_has_model', 'select from scoring_model where tenant_id = $1 limit 1');
const bySlug = statement<{ id: Id<'Tenant'> }>('tenant_by_slug', 'select id from tenant where slug = $1');

/** The tenant of a slug, or null. */
export async function findTenant(database: Pick<Database, 'system'>, slug: string): Promise<Id<'Tenant'> | null> {
  const [row] = await database.system((sql) => sql.rows(bySlug, [slug]));
  return row?.id ?? null;
}

/**
 * Makes a tenant with the default scoring model; the one of that slug when it is there already. The model is the first
 * fact of its audit chain, which therefore is never empty. Whoever was interrupted in between is helped by doing it again.
 */
export async function createTenant(database: Pick<Database, 'system' | 'transact'>, newId: NewId, tenant: NewTenant): Promise<Id<'Tenant'>> {
  const [made] = await database.system((sql) => sql.rows(insert, [newId<'Tenant'>(), tenant.slug, tenant.name]));
  const tenantId = made?.id ?? (await findTenant(database, tenant.slug));
  if (!tenantId) throw new Error('the tenant is neither new nor known');
  const caller = { tenantId, actor: { kind: 'system', id: 'create-tenant' } as const, requestId: `create-tenant:${tenant.slug}` };
  await database.transact(caller, async (work) => {
    if (!made && (await work.rows(hasModel, [tenantId])).length > 0) return;
    await publishScoringModel(work, defaultScoringModelParameters(tenant.highIntentThreshold));
  });
  return tenantId;
}
