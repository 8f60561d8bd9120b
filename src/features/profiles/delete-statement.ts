import { NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { removeDerivations } from '../lineage/index.ts';
import type { Deletion } from './delete-profile-item.ts';
import { directDependents, type Dependent } from './dependents.ts';
import { requirementLineage, scenarioLineage } from './lineage-kinds.ts';
import { fieldDefinitionDeleted, scenarioDeleted, scenarioRequirementDeleted } from './profiles.events.ts';
import { forgetRequirements } from './save-scenario.ts';

/*
 * What an administrator stated and takes back. The past stays: each was as it was, asked for an instant before.
 */
const gone: Deletion = { outcome: 'DELETED', deleted: true, orphaned: [] };
const refused = (dependents: readonly Dependent[]): Deletion => ({ outcome: 'HAS_DEPENDENTS', dependents });

const lockDefinition = statement<{ name: string }>('lock_field_definition', 'select name from field_definition where tenant_id = $1 and id = $2 for update');
const requiring = statement<{ id: string; name: string }>(
  'requirements_of_last_definition',
  `select id, field_name as name from scenario_requirement where tenant_id = $1 and field_name = $2
     and not exists (select from field_definition where tenant_id = $1 and name = $2 and id <> $3) order by id`,
);
const removeDefinition = statement('delete_field_definition', 'delete from field_definition where tenant_id = $1 and id = $2');

/**
 * Deletes a definition. Refused, unless forced, while scenarios need the field and no other definition of its name is
 * left; forced, they go on needing it, undefined. Values do not hold it up: they stay, with what the checks said of them
 * when they were stated. From then on values of an undefined field are UNCHECKED, and personal, as of every such field.
 */
export async function deleteFieldDefinition(work: Work, id: string, { force }: { force: boolean }): Promise<Deletion> {
  const [definition] = await work.rows(lockDefinition, [work.tenantId, id]);
  if (!definition) throw new NotFound('There is no such item. Check the id.', ['id']);
  const { name } = definition;
  const needed = force ? [] : await work.rows(requiring, [work.tenantId, name, id]);
  if (needed.length > 0) return refused(needed.map((each) => ({ type: 'ScenarioRequirement', ...each })));
  await work.rows(removeDefinition, [work.tenantId, id]);
  work.record(fieldDefinitionDeleted.fact({ accountId: null, data: { fieldDefinitionId: id, name } }));
  return gone;
}

const lockScenario = statement<{ id: string }>('lock_scenario_to_delete', 'select id from scenario where tenant_id = $1 and id = $2 for update');
const removeRequirements = statement<{ id: string }>('delete_requirements_of_scenario', 'delete from scenario_requirement where tenant_id = $1 and scenario_id = $2 returning id');
const forgetExtraction = statement('forget_requirement_extraction', 'delete from requirement_extraction where tenant_id = $1 and scenario_id = $2');
const forgetRejected = statement('forget_rejected_requirements', 'delete from rejected_requirement where tenant_id = $1 and scenario_id = $2');
const removeScenario = statement('delete_scenario', 'delete from scenario where tenant_id = $1 and id = $2');

/** Deletes a scenario with its requirements. Refused, unless forced, when anything else was derived from it. */
export async function deleteScenario(work: Work, id: string, { force }: { force: boolean }): Promise<Deletion> {
  const [scenario] = await work.rows(lockScenario, [work.tenantId, id]);
  if (!scenario) throw new NotFound('There is no such item. Check the id.', ['id']);
  const item = scenarioLineage.ref(id);
  const dependents = force ? [] : (await directDependents(work, item)).filter(({ type }) => type !== 'ScenarioRequirement');
  if (dependents.length > 0) return refused(dependents);
  const requirements = (await work.rows(removeRequirements, [work.tenantId, id])).map((row) => row.id);
  for (const each of [forgetExtraction, forgetRejected, removeScenario]) await work.rows(each, [work.tenantId, id]);
  await forgetRequirements(work, requirements);
  await removeDerivations(work, [item]);
  work.record(scenarioDeleted.fact({ accountId: null, data: { scenarioId: id, scenarioRequirementIds: requirements } }));
  return gone;
}

const lockRequirement = statement<{ scenarioId: Id<'Scenario'>; fieldName: string; origin: 'PERSON' | 'EXTRACTION' }>(
  'lock_requirement_to_delete',
  'select scenario_id as "scenarioId", field_name as "fieldName", origin from scenario_requirement where tenant_id = $1 and id = $2 for update',
);
const removeRequirement = statement('delete_scenario_requirement', 'delete from scenario_requirement where tenant_id = $1 and id = $2');
const remember = statement(
  'remember_deleted_requirement',
  'insert into rejected_requirement (tenant_id, scenario_id, field_name, rejected_by, rejected_at) values ($1, $2, $3, $4, $5) on conflict do nothing',
);

/**
 * Deletes a requirement. Refused, unless forced, when anything was derived from it. One that was extracted is rejected by
 * this: extraction does not propose it again. One that a person stated is taken back, so that extraction may find it.
 */
export async function deleteScenarioRequirement(work: Work, id: string, { force }: { force: boolean }): Promise<Deletion> {
  const [requirement] = await work.rows(lockRequirement, [work.tenantId, id]);
  if (!requirement) throw new NotFound('There is no such item. Check the id.', ['id']);
  const dependents = force ? [] : await directDependents(work, requirementLineage.ref(id));
  if (dependents.length > 0) return refused(dependents);
  const { scenarioId, fieldName, origin } = requirement;
  await work.rows(removeRequirement, [work.tenantId, id]);
  if (origin === 'EXTRACTION') await work.rows(remember, [work.tenantId, scenarioId, fieldName, work.actor.id, work.now]);
  await forgetRequirements(work, [id]);
  work.record(scenarioRequirementDeleted.fact({ accountId: null, data: { scenarioId, scenarioRequirementId: id } }));
  return gone;
}
