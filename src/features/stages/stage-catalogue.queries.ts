import { LRUCache } from 'lru-cache';
import type { AsOf, Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { defaultStages } from './default-stages.ts';
import { storedStages, type StageCatalogue } from './stage-catalogue.ts';

interface CatalogueRow {
  readonly version: number;
  readonly stages: unknown;
  readonly publishedAt: string;
}

const columns = 't.version, t.stages, t.published_at as "publishedAt"';

/** The program's own catalogue, in force until the tenant publishes one. */
const programs: StageCatalogue = Object.freeze({ version: 0, stages: defaultStages, publishedAt: null });
// A version never changes; parsed once, it is the same object everywhere.
const parsed = new LRUCache<string, StageCatalogue>({ max: 1_000 });

function toCatalogue(tenantId: string, { version, stages, publishedAt }: CatalogueRow): StageCatalogue {
  const key = `${tenantId}:${version}:${publishedAt}`;
  const known = parsed.get(key);
  if (known) return known;
  const catalogue = Object.freeze({ version, stages: storedStages.parse(stages), publishedAt });
  parsed.set(key, catalogue);
  return catalogue;
}

const inForce = datedStatement<CatalogueRow>('stage_catalogue_in_force', 1, (table) => `select ${columns} from ${table('stage_catalogue')} t where t.tenant_id = $1 order by t.version desc limit 1`);
const byVersion = statement<CatalogueRow>('stage_catalogues_by_version', `select ${columns} from stage_catalogue t where t.tenant_id = $1 and t.version = any($2::int[])`);

/** The tenant's catalogue in force, now or at an instant. */
export async function stagesInForce(sql: Sql, tenantId: string, at: AsOf = null): Promise<StageCatalogue> {
  const [row] = await sql.rows(inForce(at), inForce.values([tenantId], at));
  return row ? toCatalogue(tenantId, row) : programs;
}

/** The catalogue in force, under the one key there is. */
export const currentStages: Question<'in_force', StageCatalogue> = {
  name: 'stage_catalogue_in_force',
  async load(call, keys, asOf) {
    const catalogue = await stagesInForce(call.read, call.tenantId, asOf);
    return keys.map(() => catalogue);
  },
};

/** The catalogue of a version; null where the tenant never had it. */
export const stagesByVersion: Question<number, StageCatalogue | null> = {
  name: 'stage_catalogues_by_version',
  async load(call, versions) {
    const found = new Map((await call.read.rows(byVersion, [call.tenantId, versions])).map((row) => [row.version, toCatalogue(call.tenantId, row)]));
    return versions.map((version) => found.get(version) ?? (version === 0 ? programs : null));
  },
};

/** SQL: the kind of a stage by the catalogue in force, or UNKNOWN where it does not name the stage. `$1` is the tenant; `table` names the table, or its state at an instant. */
export function stageKindSql(stage: string, table: (name: string) => string): string {
  const kinds = `coalesce((select catalogue.kinds from ${table('stage_catalogue')} catalogue where catalogue.tenant_id = $1 order by catalogue.version desc limit 1), default_stage_kinds())`;
  return `coalesce(${kinds} ->> stage_key(${stage}), 'UNKNOWN')`;
}
