import { z } from 'zod';
import { staleBy } from '../../platform/cache/caches.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { cachedQuestion } from '../../platform/graphql/cached-question.ts';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import type { ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { isChildKey } from '../../platform/child-data.ts';
import { FieldValueType, ValidationMode, type PiiClass } from './enums.ts';
import type { FieldDefinitionFilter, FieldDefinitionRow } from './field-definition.type.ts';
import { fieldDefinitionDeleted, fieldDefinitionSaved } from './profiles.events.ts';

const columns = `t.id as uuid, nullif(t.agent, '') as agent, t.name, t.display_name as "displayName", t.value_type as "valueType", t.enum_values as "enumValues",
  t.validation_regex as "validationRegex", t.is_pii as "isPii", coalesce(t.holds_child_data, false) as "holdsChildData", coalesce(t.from_sessions, false) as "fromSessions", t.collection_prompt as "collectionPrompt", t.required_verification as "requiredVerification",
  t.retention_days as "retentionDays", t.freshness_days as "freshnessDays", t.validation_mode as "validationMode", t.recorded_at as "recordedAt"`;

const storedDefinition = z.strictObject({
  uuid: z.uuid(),
  agent: z.string().nullable(),
  name: z.string(),
  displayName: z.string(),
  valueType: z.enum(FieldValueType),
  enumValues: z.array(z.string()),
  validationRegex: z.string().nullable(),
  isPii: z.boolean(),
  holdsChildData: z.boolean(),
  fromSessions: z.boolean(),
  collectionPrompt: z.string().nullable(),
  requiredVerification: z.boolean(),
  retentionDays: z.int().nullable(),
  freshnessDays: z.int().nullable(),
  validationMode: z.enum(ValidationMode).nullable(),
  recordedAt: z.string(),
});

/** A definition as the database keeps it; agent null is for all agents. */
export type StoredDefinition = Readonly<z.infer<typeof storedDefinition>>;

const byNames = datedStatement<StoredDefinition>(
  'field_definitions_by_name',
  2,
  (table) => `select ${columns} from ${table('field_definition')} t where t.tenant_id = $1 and t.name = any($2::text[]) order by t.name, t.agent`,
);

/** The definitions of some names, by name: of every agent, the one for all agents first. */
export async function definitionsOf(sql: Sql, tenantId: string, names: readonly string[], asOf: AsOf = null): Promise<Map<string, StoredDefinition[]>> {
  if (names.length === 0) return new Map();
  return Map.groupBy(await sql.rows(byNames(asOf), byNames.values([tenantId, [...new Set(names)]], asOf)), (row) => row.name);
}

/**
 * The definition that holds for an agent: its own, else the one for all, else the first of other agents', so that nobody
 * goes past a check by not saying who they are; null when nobody has defined the field.
 */
export function definitionFor(definitions: readonly StoredDefinition[] | undefined, agent: string | null): StoredDefinition | null {
  return definitions?.find((each) => agent !== null && each.agent === agent) ?? definitions?.find((each) => each.agent === null) ?? definitions?.[0] ?? null;
}

/** Whether a field's values are data of children: by its name, or when the definition of any agent says so. */
export function isOfChildren(name: string, definitions: readonly StoredDefinition[] | undefined): boolean {
  return isChildKey(name) || (definitions ?? []).some((each) => each.holdsChildData);
}

/** The class of a field by one definition of it. */
export function piiClassOf({ name, isPii, holdsChildData }: Pick<StoredDefinition, 'name' | 'isPii' | 'holdsChildData'>): PiiClass {
  return holdsChildData || isChildKey(name) ? 'CHILD' : isPii ? 'PERSONAL' : 'NONE';
}

/** Whether a field's values are personal: when any agent says so, and when nobody has said anything. */
export function isPersonal(definitions: readonly StoredDefinition[]): boolean {
  return definitions.length === 0 || definitions.some((each) => each.isPii);
}

/** The definitions of a field's name, of every agent. */
export const definitionsByName = cachedQuestion<string, readonly StoredDefinition[]>(
  { name: 'field_definitions', seconds: 3_600, schema: z.array(storedDefinition), staleBy: [staleBy(fieldDefinitionSaved, ({ name }) => [name]), staleBy(fieldDefinitionDeleted, ({ name }) => [name])] },
  {
    name: 'field_definitions_by_name',
    async load(call, names, asOf) {
      const found = await definitionsOf(call.read, call.tenantId, names, asOf);
      return names.map((name) => found.get(name) ?? []);
    },
  },
);

/** A definition as GraphQL is given it. The stored one may come out of a cache that others read: it is left as it is. */
export function toDefinition(stored: StoredDefinition, asOf: AsOf): FieldDefinitionRow {
  return asNode('FieldDefinition', { ...stored, piiClass: piiClassOf(stored) }, asOf) as unknown as FieldDefinitionRow;
}

const byIds = datedStatement<StoredDefinition>('field_definitions_by_id', 2, (table) => `select ${columns} from ${table('field_definition')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The definition of an id; null where the tenant has none. */
export const definitionById: Question<string, FieldDefinitionRow | null> = {
  name: 'field_definitions_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byIds(asOf), byIds.values([call.tenantId, ids], asOf))).map((row) => [row.uuid, toDefinition(row, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/**
 * The definition that holds for all agents, or the only one; null when nobody has defined the field. Where another agent's
 * calls the values personal and this one does not, that one: what is shown must be the one by which values are masked.
 */
export async function definitionOfField(call: Call, name: string, asOf: AsOf): Promise<FieldDefinitionRow | null> {
  const definitions = await ask(call, definitionsByName, asOf, name);
  const general = definitionFor(definitions, null);
  const chosen = general?.isPii === false ? (definitions.find((each) => each.isPii) ?? general) : general;
  return chosen ? toDefinition(chosen, asOf) : null;
}

/** The tenant's definitions as a list. */
export const definitionList: ListSource<FieldDefinitionFilter> = {
  name: 'field_definitions',
  table: 'field_definition',
  columns,
  orders: { NAME: { by: 't.name', type: 'text' }, RECORDED_AT: { by: 't.recorded_at', type: 'timestamptz' } },
  filters: {
    names: (values, bind) => `t.name = any(${bind(values, 'text[]')})`,
    valueTypes: (values, bind) => `t.value_type = any(${bind(values, 'text[]')})`,
    agents: (values, bind) => `t.agent = any(${bind(values, 'text[]')})`,
    isPii: (value, bind) => `t.is_pii = ${bind(value, 'boolean')}`,
    piiClasses: (values, bind) => `case when t.holds_child_data then 'CHILD' when t.is_pii then 'PERSONAL' else 'NONE' end = any(${bind(values, 'text[]')})`,
  },
  defaultOrder: { field: 'NAME', direction: OrderDirection.ASC },
};

const settings = statement<{ mode: ValidationMode; childDataDays: number }>('profile_setting', 'select validation_mode as mode, child_data_days as "childDataDays" from profile_setting where tenant_id = $1');

/** Days after which data of children is deleted, unless the tenant decided. */
const usualChildDataDays = 30;

/** What the tenant decided for all its profiles. */
export async function profileSettingsOf(sql: Sql, tenantId: string): Promise<{ readonly validationMode: ValidationMode; readonly childDataDays: number }> {
  const [row] = await sql.rows(settings, [tenantId]);
  return { validationMode: row?.mode ?? 'WARN', childDataDays: row?.childDataDays ?? usualChildDataDays };
}
