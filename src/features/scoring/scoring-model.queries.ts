import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { staleBy } from '../../platform/cache/caches.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { cachedQuestion } from '../../platform/graphql/cached-question.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { scoringModelParameters, withStageTypes, type ScoringModel, type ScoringModelParameters } from './scoring-model.ts';
import { scoringModelPublished } from './scoring.events.ts';

const modelRow = z.strictObject({ version: z.int(), parameters: scoringModelParameters, publishedAt: z.iso.datetime() });

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
  const model = Object.freeze({ ...withStageTypes(scoringModelParameters.parse(row.parameters)), version: row.version, publishedAt: row.publishedAt });
  parsed.set(key, model);
  return model;
}

/** A model that is no version of a tenant's: what it would be if its parameters were published. */
export function modelOfParameters(parameters: unknown, version: number): ScoringModel {
  return Object.freeze({ ...withStageTypes(scoringModelParameters.parse(parameters)), version });
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

const first = statement<ModelRow>('first_scoring_model', 'select version, parameters, published_at as "publishedAt" from scoring_model where tenant_id = $1 order by version limit 1');

/** Every tenant is made with a model. What was true before that is scored by the first one. */
async function rowAt(sql: Sql, tenantId: string, asOf: AsOf): Promise<ModelRow> {
  const [row] = await sql.rows(inForce(asOf), inForce.values([tenantId], asOf));
  const found = row ?? (asOf === null ? undefined : (await sql.rows(first, [tenantId]))[0]);
  if (!found) throw new Error('the tenant has no scoring model');
  return found;
}

/** The tenant's model in force. */
export async function modelInForce(sql: Sql, tenantId: string, asOf: AsOf = null): Promise<PublishedModel> {
  return toModel(tenantId, await rowAt(sql, tenantId, asOf));
}

const stored = statement<{ version: number; parameters: unknown }>('stored_scoring_model', 'select version, parameters from scoring_model where tenant_id = $1 and ($2::int is null or version = $2) order by version desc limit 1');

/** A model as it was published, without the types it means and does not list: the one in force for null. Throws where there is no such version. */
export async function storedModel(sql: Sql & { readonly tenantId: string }, version: number | null): Promise<{ readonly version: number; readonly parameters: ScoringModelParameters }> {
  const [row] = await sql.rows(stored, [sql.tenantId, version]);
  if (!row) throw new Error(`there is no scoring model of version ${version}`);
  return { version: row.version, parameters: scoringModelParameters.parse(row.parameters) };
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

/** The row of a version, which never changes. */
const rowOfVersion = cachedQuestion<number, ModelRow>(
  { name: 'scoring_model', seconds: 3_600, schema: modelRow, staleBy: [] },
  {
    name: 'scoring_models_by_version',
    async load(call, versions) {
      const rows = new Map((await call.read.rows(byVersion, [call.tenantId, versions])).map((row) => [row.version, row]));
      return versions.map((version) => {
        const row = rows.get(version);
        if (!row) throw new Error(`there is no scoring model of version ${version}`);
        return row;
      });
    },
  },
);

/** The row of the model in force, under the one key there is. */
const rowInForce = cachedQuestion<'in_force', ModelRow>(
  { name: 'scoring_model_in_force', seconds: 3_600, schema: modelRow, staleBy: [staleBy(scoringModelPublished, () => ['in_force'])] },
  {
    name: 'scoring_model_in_force',
    async load(call, keys, asOf) {
      const row = await rowAt(call.read, call.tenantId, asOf);
      return keys.map(() => row);
    },
  },
);

/** What scoring keeps in caches. Use cases do not read these: inside a Work the row itself is read. */
export const scoringCaches = [rowOfVersion.cache, rowInForce.cache];

/** The model of a version; a version that was seen before is not asked for again. */
export const modelByVersion: Question<number, PublishedModel> = {
  name: 'scoring_models_by_version',
  load: (call, versions) => Promise.all(versions.map(async (version) => parsed.get(`${call.tenantId}:${version}`) ?? toModel(call.tenantId, await ask(call, rowOfVersion, null, version)))),
};

/** The models of some versions, each asked for once; nothing is awaited for those that were seen before. */
export async function modelsForReading(call: Call, versions: Iterable<number>): Promise<ReadonlyMap<number, PublishedModel>> {
  const models = new Map<number, PublishedModel>();
  for (const version of new Set(versions)) models.set(version, parsed.get(`${call.tenantId}:${version}`) ?? (await ask(call, modelByVersion, null, version)));
  return models;
}

/** The model in force as readers see it. */
export async function currentModel(call: Call, asOf: AsOf): Promise<PublishedModel> {
  return toModel(call.tenantId, await ask(call, rowInForce, asOf, 'in_force'));
}
