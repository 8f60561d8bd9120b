import { LRUCache } from 'lru-cache';
import type { AsOf, Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { scoringModelParameters, type ScoringModel } from './scoring-model.ts';

interface ModelRow {
  readonly version: number;
  readonly parameters: unknown;
  readonly publishedAt: string;
}

/** A model with the instant from which it was in force. */
export type PublishedModel = ScoringModel & { readonly publishedAt: string };

// A version never changes; parsed once, it is the same object everywhere.
const parsed = new LRUCache<string, PublishedModel>({ max: 1_000 });

function toModel(tenantId: string, row: ModelRow): PublishedModel {
  const key = `${tenantId}:${row.version}`;
  const known = parsed.get(key);
  if (known && known.publishedAt === row.publishedAt) return known;
  const model = Object.freeze({ ...scoringModelParameters.parse(row.parameters), version: row.version, publishedAt: row.publishedAt });
  parsed.set(key, model);
  return model;
}

const inForce = datedStatement<ModelRow>(
  'scoring_model_in_force',
  1,
  (table) => `select version, parameters, published_at as "publishedAt" from ${table('scoring_model')} where tenant_id = $1 order by version desc limit 1`,
);
const byVersion = statement<ModelRow>(
  'scoring_models_by_version',
  'select version, parameters, published_at as "publishedAt" from scoring_model where tenant_id = $1 and version = any($2::int[])',
);

/** The tenant's model in force. Every tenant is made with one. */
export async function modelInForce(sql: Sql, tenantId: string, asOf: AsOf = null): Promise<PublishedModel> {
  const [row] = await sql.rows(inForce(asOf), inForce.values([tenantId], asOf));
  if (!row) throw new Error('the tenant has no scoring model');
  return toModel(tenantId, row);
}

/** The models of some versions; those that were seen before are not asked for again. */
export async function modelsByVersion(sql: Sql, tenantId: string, versions: readonly number[]): Promise<Map<number, PublishedModel>> {
  const found = new Map<number, PublishedModel>();
  for (const version of versions) {
    const known = parsed.get(`${tenantId}:${version}`);
    if (known) found.set(version, known);
  }
  const missing = [...new Set(versions)].filter((version) => !found.has(version));
  const rows = missing.length > 0 ? await sql.rows(byVersion, [tenantId, missing]) : [];
  for (const row of rows) found.set(row.version, toModel(tenantId, row));
  return found;
}

/** The model of a version; a version that was seen before is not asked for again. */
export const modelByVersion: Question<number, PublishedModel> = {
  name: 'scoring_models_by_version',
  async load(call, versions) {
    const found = await modelsByVersion(call.read, call.tenantId, versions);
    return versions.map((version) => {
      const model = found.get(version);
      if (!model) throw new Error(`there is no scoring model of version ${version}`);
      return model;
    });
  },
};
