import { OrderDirection } from '../../platform/graphql/connection.ts';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import type { ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import type { FallbackAction, RequiredLevel } from './enums.ts';
import type { ScenarioFilter, ScenarioRequirementFilter, ScenarioRequirementRow, ScenarioRow } from './scenario.type.ts';

const columns = 't.id as uuid, t.name, t.conditions, t.recorded_at as "recordedAt"';
const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`);

/** The tenant's scenarios as a list. */
export const scenarioList: ListSource<ScenarioFilter> = {
  name: 'scenarios',
  table: 'scenario',
  columns,
  orders: { NAME: { by: 't.name_key', type: 'text' }, RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' } },
  filters: {
    nameStartsWith: (value, bind) => `t.name_key like lower(${bind(`${escapeLike(value)}%`, 'text')})`,
    requires: (values, bind) => `exists (select from scenario_requirement r where r.tenant_id = t.tenant_id and r.scenario_id = t.id and r.field_name = any(${bind(values, 'text[]')}))`,
  },
  defaultOrder: { field: 'NAME', direction: OrderDirection.ASC },
};

/** A scenario as the database keeps it. */
export interface StoredScenario {
  readonly uuid: string;
  readonly name: string;
  readonly conditions: string;
  readonly recordedAt: string;
}

const scenariosByIds = datedStatement<StoredScenario>('scenarios_by_id', 2, (table) => `select ${columns} from ${table('scenario')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** Scenarios by their keys; missing where the tenant has none. */
export async function scenariosOf(sql: Sql, tenantId: string, ids: readonly string[], asOf: AsOf = null): Promise<Map<string, StoredScenario>> {
  return new Map((await sql.rows(scenariosByIds(asOf), scenariosByIds.values([tenantId, ids], asOf))).map((row) => [row.uuid, row]));
}

/** A scenario as GraphQL is given it. */
export const toScenario = (row: StoredScenario, asOf: AsOf): ScenarioRow => asNode('Scenario', row, asOf) as unknown as ScenarioRow;

/** The scenario of an id; null where the tenant has none. */
export const scenarioById: Question<string, ScenarioRow | null> = {
  name: 'scenarios_by_id',
  async load(call, ids, asOf) {
    const found = await scenariosOf(call.read, call.tenantId, ids, asOf);
    return ids.map((id) => {
      const row = found.get(id);
      return row ? toScenario(row, asOf) : null;
    });
  },
};

const requirementColumns = `t.id as uuid, t.scenario_id as "scenarioId", t.field_name as "fieldName", t.required_level as "requiredLevel", t.fallback_action as "fallbackAction",
  t.origin, t.confidence, t.needs_review as "needsReview",
  case when t.extractor is not null then json_build_object('extractor', t.extractor, 'model', t.model, 'promptName', t.prompt_name, 'promptVersion', t.prompt_version) end as extraction, t.recorded_at as "recordedAt"`;

/** A requirement as the database keeps it. */
export interface StoredRequirement {
  readonly uuid: string;
  readonly scenarioId: string;
  readonly fieldName: string;
  readonly requiredLevel: RequiredLevel;
  readonly fallbackAction: FallbackAction;
  readonly origin: 'PERSON' | 'EXTRACTION';
  readonly confidence: number;
  readonly needsReview: boolean;
  readonly recordedAt: string;
}

const requirementsOfScenarios = datedStatement<StoredRequirement>(
  'scenario_requirements_of',
  2,
  (table) => `select ${requirementColumns} from ${table('scenario_requirement')} t where t.tenant_id = $1 and t.scenario_id = any($2::uuid[]) order by t.required_level, t.field_name`,
);

/** What some scenarios need, by scenario: what is needed hard first, then by name. */
export async function requirementsOf(sql: Sql, tenantId: string, scenarioIds: readonly string[], asOf: AsOf = null): Promise<Map<string, StoredRequirement[]>> {
  return Map.groupBy(await sql.rows(requirementsOfScenarios(asOf), requirementsOfScenarios.values([tenantId, scenarioIds], asOf)), (row) => row.scenarioId);
}

/** What a scenario needs. */
export const requirementsOfScenario: Question<string, readonly StoredRequirement[]> = {
  name: 'scenario_requirements_of',
  async load(call, scenarioIds, asOf) {
    const found = await requirementsOf(call.read, call.tenantId, scenarioIds, asOf);
    return scenarioIds.map((id) => found.get(id) ?? []);
  },
};

const toRequirement = (row: ScenarioRequirementRow, _call: Call, asOf: AsOf): ScenarioRequirementRow => asNode('ScenarioRequirement', row, asOf);

/** What a scenario needs, as a list. */
export const requirementList = childList<ScenarioRequirementRow, ScenarioRequirementFilter>(
  {
    name: 'scenario_requirements',
    table: 'scenario_requirement',
    columns: requirementColumns,
    orders: { FIELD_NAME: { by: 't.field_name', type: 'text' }, RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' } },
    filters: {
      requiredLevels: (values, bind) => `t.required_level = any(${bind(values, 'text[]')})`,
      needsReview: (value, bind) => `t.needs_review = ${bind(value, 'boolean')}`,
    },
    defaultOrder: { field: 'FIELD_NAME', direction: OrderDirection.ASC },
  },
  'scenario_id',
  toRequirement,
);

const requirementsByIds = datedStatement<ScenarioRequirementRow>(
  'scenario_requirements_by_id',
  2,
  (table) => `select ${requirementColumns} from ${table('scenario_requirement')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** The requirement of an id; null where the tenant has none. */
export const requirementById: Question<string, ScenarioRequirementRow | null> = {
  name: 'scenario_requirements_by_id',
  async load(call, ids, asOf) {
    const rows = await call.read.rows(requirementsByIds(asOf), requirementsByIds.values([call.tenantId, ids], asOf));
    const found = new Map(rows.map((row) => [row.uuid, toRequirement(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
