import type { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { scoringModelParameters } from './scoring-model.ts';
import { scoringModelPublished } from './scoring.events.ts';

/** The name of the job that computes a tenant's scores anew. */
export const rescoreTask = 'rescore-tenant';

const lockTenantModels = statement('lock_scoring_models', `select pg_advisory_xact_lock(hashtextextended('scoring_model:' || $1, 0))`);
const nextVersion = statement<{ version: number }>('next_scoring_model_version', 'select coalesce(max(version), 0) + 1 as version from scoring_model where tenant_id = $1');
const insert = statement(
  'insert_scoring_model',
  'insert into scoring_model (tenant_id, version, parameters, published_at, published_by) values ($1, $2, $3, $4, $5)',
);

/** Puts a new version of the tenant's model in force; a job computes every score anew. Answers the version. */
export async function publishScoringModel(work: Work, parameters: unknown): Promise<number> {
  const checked = scoringModelParameters.safeParse(parameters);
  if (!checked.success) throw toInvalidInput(checked.error);
  await work.rows(lockTenantModels, [work.tenantId]);
  const [next] = await work.rows(nextVersion, [work.tenantId]);
  const version = next?.version ?? 1;
  await work.rows(insert, [work.tenantId, version, JSON.stringify(checked.data), work.now, work.actor.id]);
  work.record(scoringModelPublished.fact({ accountId: null, data: { version } }));
  if (version > 1) await schedule(work, { task: rescoreTask, payload: { tenantId: work.tenantId, requestId: work.requestId }, key: `${rescoreTask}:${work.tenantId}` });
  return version;
}

function toInvalidInput(error: z.ZodError): InvalidInput {
  const [issue] = error.issues;
  return new InvalidInput(issue?.message ?? 'The model cannot be taken.', ['input', ...(issue?.path.map(String) ?? [])]);
}
