import { Conflict, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { scenarioRequirementReviewed } from './profiles.events.ts';
import { forgetRequirements } from './save-scenario.ts';

/** What a person decided about an extracted requirement. */
export type ReviewDecision = 'ACCEPT' | 'REJECT';

const lock = statement<{ scenarioId: Id<'Scenario'>; fieldName: string; origin: 'PERSON' | 'EXTRACTION'; needsReview: boolean }>(
  'lock_requirement_to_review',
  'select scenario_id as "scenarioId", field_name as "fieldName", origin, needs_review as "needsReview" from scenario_requirement where tenant_id = $1 and id = $2 for update',
);
const accept = statement('accept_requirement', 'update scenario_requirement set needs_review = false where tenant_id = $1 and id = $2');
const remove = statement('remove_rejected_requirement', 'delete from scenario_requirement where tenant_id = $1 and id = $2');
const remember = statement(
  'remember_rejected_requirement',
  'insert into rejected_requirement (tenant_id, scenario_id, field_name, rejected_by, rejected_at) values ($1, $2, $3, $4, $5) on conflict do nothing',
);

/**
 * Decides about an extracted requirement: accepted, it is no longer to be reviewed; rejected, it is gone, and extraction
 * does not propose it again. Answers the scenario. To accept twice changes nothing.
 */
export async function reviewRequirement(work: Work, requirementId: string, decision: ReviewDecision): Promise<Id<'Scenario'>> {
  const [requirement] = await work.rows(lock, [work.tenantId, requirementId]);
  if (!requirement) throw noSuchRequirement();
  const { scenarioId, fieldName, origin, needsReview } = requirement;
  if (origin === 'PERSON') throw new Conflict('A person stated this requirement; there is nothing to review.', ['requirementId']);
  if (decision === 'ACCEPT' && !needsReview) return scenarioId;
  await work.rows(decision === 'ACCEPT' ? accept : remove, [work.tenantId, requirementId]);
  if (decision === 'REJECT') await forgetRequirements(work, [requirementId]);
  if (decision === 'REJECT') await work.rows(remember, [work.tenantId, scenarioId, fieldName, work.actor.id, work.now]);
  work.record(scenarioRequirementReviewed.fact({ accountId: null, data: { scenarioId, scenarioRequirementId: requirementId, decision } }));
  return scenarioId;
}

/** The one answer for requirement ids that are malformed, unknown, or another tenant's. */
export function noSuchRequirement(): NotFound {
  return new NotFound('There is no such requirement. Check the id.', ['requirementId']);
}
