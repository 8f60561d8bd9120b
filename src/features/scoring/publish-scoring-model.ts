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
  'insert into scoring_model (tenant_id, version, parameters, published_at, published_by, action_id, promoted_from_run, restored_version) values ($1, $2, $3, $4, $5, $6, $7, $8)',
);

/** What a promotion publishes. */
export interface PromotedModel {
  readonly parameters: unknown;
  /** The version that was seen in force. */
  readonly replaces: number;
  /** The approved action. */
  readonly actionId: string;
  /** The laboratory run that the model comes from; null for a roll-back. */
  readonly runId: string | null;
  /** The earlier version whose parameters are restored; null for a run. */
  readonly restoredVersion: number | null;
}

/** Puts a new version of the tenant's model in force; a job computes every score anew. Answers the version. */
export async function publishScoringModel(work: Work, parameters: unknown): Promise<number> {
  const version = await publish(work, parameters, null);
  if (version === null) throw new Error('a model that replaces whatever is in force is published');
  return version;
}

/** Publishes the model of an approved promotion and names its ground. Null, and nothing published, if another version is in force than the one it replaces. */
export function promoteScoringModel(work: Work, promoted: PromotedModel): Promise<number | null> {
  return publish(work, promoted.parameters, promoted);
}

/** Keeps other models of the tenant from being published until this transaction ends. */
export async function holdScoringModels(work: Work): Promise<void> {
  await work.rows(lockTenantModels, [work.tenantId]);
}

async function publish(work: Work, parameters: unknown, promoted: PromotedModel | null): Promise<number | null> {
  const checked = scoringModelParameters.safeParse(parameters);
  if (!checked.success) throw toInvalidInput(checked.error);
  await holdScoringModels(work);
  const [next] = await work.rows(nextVersion, [work.tenantId]);
  const version = next?.version ?? 1;
  if (promoted && promoted.replaces !== version - 1) return null;
  await work.rows(insert, [work.tenantId, version, JSON.stringify(checked.data), work.now, work.actor.id, promoted?.actionId ?? null, promoted?.runId ?? null, promoted?.restoredVersion ?? null]);
  work.record(scoringModelPublished.fact({ accountId: null, data: { version } }));
  if (version > 1) await schedule(work, { task: rescoreTask, payload: { tenantId: work.tenantId, requestId: work.requestId }, key: `${rescoreTask}:${work.tenantId}` });
  return version;
}

function toInvalidInput(error: z.ZodError): InvalidInput {
  const [issue] = error.issues;
  return new InvalidInput(issue?.message ?? 'The model cannot be taken.', ['input', ...(issue?.path.map(String) ?? [])]);
}
