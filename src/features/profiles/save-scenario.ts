import { Conflict, InvalidInput, LimitExceeded, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText } from '../accounts/index.ts';
import { recordDerivations, removeDerivations } from '../lineage/index.ts';
import type { FallbackAction, RequiredLevel } from './enums.ts';
import { requirementLineage, scenarioLineage } from './lineage-kinds.ts';
import { scenarioRequirementsSaved, scenarioSaved } from './profiles.events.ts';
import { requirementsOf } from './scenario.queries.ts';
import { checkFieldName, optionalText } from './save-field-definition.ts';
import type { RequirementExtraction } from './scenario.type.ts';
import { scheduleExtraction } from './schedule-extraction.ts';

interface Known {
  readonly id: Id<'Scenario'>;
  readonly name: string;
  readonly conditions: string;
}

const lockScenarios = statement<Known>('lock_scenarios', 'select id, name, conditions from scenario where tenant_id = $1 and (id = $2 or name_key = lower($3)) order by id for no key update');
const insert = statement(
  'insert_scenario',
  'insert into scenario (tenant_id, id, name, conditions, recorded_at) values ($1, $2, $3, $4, $5) on conflict (tenant_id, name_key) do nothing',
);
const update = statement('update_scenario', 'update scenario set name = $3, conditions = $4, recorded_at = $5 where tenant_id = $1 and id = $2');

/** The one answer for scenario ids that are malformed, unknown, or another tenant's. */
export function noSuchScenario(path: readonly string[]): NotFound {
  return new NotFound('There is no such scenario. Check the id.', path);
}

/** A scenario as a use case is told it. */
export interface ScenarioStatement {
  readonly id?: Id<'Scenario'> | null;
  readonly name: string;
  readonly conditions?: string | null;
}

/** States a scenario: the one of that id or name is replaced, else it is new. Answers its id and whether its conditions are new. */
export async function saveScenario(work: Work, { id, name, conditions }: ScenarioStatement): Promise<{ id: Id<'Scenario'>; conditionsChanged: boolean }> {
  const called = checkText(name.trim(), ['input', 'name'], 200);
  if (called === '') throw new InvalidInput('A scenario has a name.', ['input', 'name']);
  const told = optionalText(conditions, 20_000, ['input', 'conditions']) ?? '';
  const fresh = work.newId<'Scenario'>();
  // Made first where it is not there, so that of two who name it at once the later finds the earlier's.
  if (!id) await work.rows(insert, [work.tenantId, fresh, called, '', work.now]);
  const known = await work.rows(lockScenarios, [work.tenantId, id ?? null, called]);
  const [own] = id ? known.filter((each) => each.id === id) : known;
  if (!own) throw noSuchScenario(['input', 'id']);
  if (known.length > 1) throw new Conflict('Another scenario has this name.', ['input', 'name']);
  const conditionsChanged = own.conditions !== told || (own.id === fresh && told !== '');
  if (own.id !== fresh && own.name === called && !conditionsChanged) return { id: own.id, conditionsChanged };
  await work.rows(update, [work.tenantId, own.id, called, told, work.now]);
  work.record(scenarioSaved.fact({ accountId: null, data: { scenarioId: own.id, conditionsChanged } }));
  if (conditionsChanged) await scheduleExtraction(work, own.id);
  return { id: own.id, conditionsChanged };
}

/** A requirement as a use case is told it. */
export interface RequirementStatement {
  readonly fieldName: string;
  readonly requiredLevel: RequiredLevel;
  readonly fallbackAction?: FallbackAction | null;
  /** How sure an extraction is, 0 to 1; of no account for what a person states. */
  readonly confidence?: number;
}

/** The most fields that one scenario may need. */
export const mostRequirements = 100;
/** Below this confidence a person should look at an extracted requirement. */
export const reviewBelow = 0.8;

const lockScenario = statement<{ id: string }>('lock_scenario', 'select id from scenario where tenant_id = $1 and id = $2 for no key update');
const saveRequirements = statement<{ id: string }>(
  'save_scenario_requirements',
  `insert into scenario_requirement as stored (tenant_id, id, scenario_id, field_name, required_level, fallback_action, origin, confidence, needs_review, extractor, model, prompt_name, prompt_version, recorded_at)
   select $1, id, $2, field_name, required_level, fallback_action, $4, confidence, needs_review, $6, $7, $8, $9::int, $5
   from jsonb_to_recordset($3::jsonb) as g(id uuid, field_name text, required_level text, fallback_action text, confidence float8, needs_review boolean) order by field_name
   on conflict (tenant_id, scenario_id, field_name) do update set required_level = excluded.required_level, fallback_action = excluded.fallback_action,
     origin = excluded.origin, confidence = excluded.confidence, needs_review = excluded.needs_review, extractor = excluded.extractor,
     model = excluded.model, prompt_name = excluded.prompt_name, prompt_version = excluded.prompt_version, recorded_at = excluded.recorded_at
   where (excluded.origin = 'PERSON' or stored.origin = 'EXTRACTION')
     and (stored.required_level, stored.fallback_action, stored.origin, stored.confidence, stored.extractor, stored.model, stored.prompt_name, stored.prompt_version)
         is distinct from (excluded.required_level, excluded.fallback_action, excluded.origin, excluded.confidence, excluded.extractor, excluded.model, excluded.prompt_name, excluded.prompt_version)
   returning id`,
);

/**
 * States fields that a scenario needs; the others it needs stay as they are. What a person stated is left alone by an
 * extraction, and what an extraction is not sure of is marked for review. Answers the ids of those that changed.
 */
export async function saveScenarioRequirements(work: Work, scenarioId: Id<'Scenario'>, by: 'PERSON' | RequirementExtraction, stated: readonly RequirementStatement[]): Promise<string[]> {
  const extraction = by === 'PERSON' ? null : by;
  const origin = extraction ? 'EXTRACTION' : 'PERSON';
  const [scenario] = await work.rows(lockScenario, [work.tenantId, scenarioId]);
  if (!scenario) throw noSuchScenario(['input', 'scenarioId']);
  const names = stated.map(({ fieldName }) => checkFieldName(fieldName, ['input', 'fieldName']));
  const known = (await requirementsOf(work, work.tenantId, [scenarioId])).get(scenarioId) ?? [];
  if (new Set([...known.map(({ fieldName }) => fieldName), ...names]).size > mostRequirements) throw new LimitExceeded(`A scenario needs at most ${mostRequirements} fields.`);
  const rows = stated.map(({ fieldName, requiredLevel, fallbackAction, confidence }) => {
    const sure = origin === 'PERSON' ? 1 : Math.min(1, Math.max(0, confidence ?? 0));
    return { id: work.newId(), field_name: fieldName, required_level: requiredLevel, fallback_action: fallbackAction ?? 'ASK', confidence: sure, needs_review: sure < reviewBelow };
  });
  // Of two statements about one field the later one holds; one statement may not touch a row twice.
  const last = [...new Map(rows.map((row) => [row.field_name, row])).values()];
  if (last.length === 0) return [];
  const saved = await work.rows(saveRequirements, [work.tenantId, scenarioId, JSON.stringify(last), origin, work.now, extraction?.extractor ?? null, extraction?.model ?? null, extraction?.promptName ?? null, extraction?.promptVersion ?? null]);
  const ids = saved.map(({ id }) => id);
  await derive(work, scenarioId, extraction, ids);
  if (ids.length > 0) work.record(scenarioRequirementsSaved.fact({ accountId: null, data: { scenarioId, scenarioRequirementIds: ids } }));
  return ids;
}

/** What was extracted derives from the scenario's text, by the rule of its last statement; what a person stated from nothing. */
async function derive(work: Work, scenarioId: Id<'Scenario'>, extraction: RequirementExtraction | null, requirementIds: readonly string[]): Promise<void> {
  if (requirementIds.length === 0) return;
  await forgetRequirements(work, requirementIds);
  if (!extraction) return;
  const { extractor, promptName, promptVersion } = extraction;
  const rule = { name: extractor === 'MODEL' ? promptName : `${promptName}-template`, version: promptVersion };
  await recordDerivations(work, requirementIds.map((id) => ({ to: requirementLineage.ref(id), from: [scenarioLineage.ref(scenarioId)], relation: 'EXTRACTED_FROM', rule })));
}

/** Ends the lineage of requirements that are stated anew or gone. */
export async function forgetRequirements(work: Work, requirementIds: readonly string[]): Promise<void> {
  if (requirementIds.length > 0) await removeDerivations(work, requirementIds.map((id) => requirementLineage.ref(id)));
}
