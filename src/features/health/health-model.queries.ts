import { LRUCache } from 'lru-cache';
import type { AsOf, Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { TenantSql } from '../lineage/index.ts';
import { defaultHealthModel } from './default-health-model.ts';
import { digestOfModel, healthModelParameters, type HealthModel } from './health-model.ts';

interface ModelRow {
  readonly version: number;
  readonly parameters: unknown;
  readonly digest: string;
  readonly publishedAt: string;
}

const modelColumns = 't.version, t.parameters, t.digest, t.published_at as "publishedAt"';

/** The program's own model, in force until the tenant publishes one. Tenants from before it had a horizon have their version 0 stored. */
const programs: HealthModel = Object.freeze({ ...defaultHealthModel, version: 0, digest: digestOfModel(defaultHealthModel), publishedAt: null });
// A version never changes; parsed once, it is the same object everywhere.
const parsed = new LRUCache<string, HealthModel>({ max: 1_000 });

function toHealthModel(tenantId: string, { version, parameters, digest, publishedAt }: ModelRow): HealthModel {
  const key = `${tenantId}:${version}:${digest}`;
  const known = parsed.get(key);
  if (known) return known;
  const model = Object.freeze({ ...healthModelParameters.parse(parameters), version, digest, publishedAt: version === 0 ? null : publishedAt });
  parsed.set(key, model);
  return model;
}

const inForce = datedStatement<ModelRow>(
  'health_model_in_force',
  1,
  (table) => `select ${modelColumns} from ${table('health_model')} t where t.tenant_id = $1 order by t.version desc limit 1`,
);

/** The tenant's model in force, now or at an instant. */
export async function healthModelInForce(sql: TenantSql, at: AsOf): Promise<HealthModel> {
  const [row] = await sql.rows(inForce(at), inForce.values([sql.tenantId], at));
  return row ? toHealthModel(sql.tenantId, row) : programs;
}

/** The model in force, under the one key there is. */
export const currentHealthModel: Question<'in_force', HealthModel> = {
  name: 'health_model_in_force',
  async load(call, keys, asOf) {
    const model = await healthModelInForce(call.read, asOf);
    return keys.map(() => model);
  },
};

const byVersion = statement<ModelRow>('health_models_by_version', `select ${modelColumns} from health_model t where t.tenant_id = $1 and t.version = any($2::int[])`);

/** The model of a version; null where the tenant never had it. */
export const healthModelByVersion: Question<number, HealthModel | null> = {
  name: 'health_models_by_version',
  async load(call, versions) {
    const found = new Map((await call.read.rows(byVersion, [call.tenantId, versions])).map((row) => [row.version, toHealthModel(call.tenantId, row)]));
    return versions.map((version) => found.get(version) ?? (version === 0 ? programs : null));
  },
};
