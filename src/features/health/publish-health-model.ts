import { InvalidInput } from '../../platform/errors.ts';
import { checkCurrency } from '../../platform/graphql/money.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { digestOfModel, healthModelParameters, type HealthModel } from './health-model.ts';
import { healthModelInForce } from './health-model.queries.ts';
import { healthModelPublished } from './health.events.ts';

/** The name of the job that computes a tenant's health anew. */
export const reassessTask = 'reassess-tenant';

// One model after the other: without a row there is nothing else to lock.
const lockKey = `hashtextextended('health_model:' || $1, 0)`;
const lock = statement('lock_health_models', `select pg_advisory_xact_lock(${lockKey})`);
/** Holds off whoever publishes a health model: it is published before, or at a later instant. Takes the tenant. */
export const holdHealthModel = statement('hold_health_model', `select pg_advisory_xact_lock_shared(${lockKey})`);
const insert = statement(
  'insert_health_model',
  'insert into health_model (tenant_id, version, parameters, digest, published_at, published_by) values ($1, $2, $3, $4, $5, $6)',
);

/** Puts a new version of the tenant's health model in force; a job stores every account's health anew. Answers the model. */
export async function publishHealthModel(work: Work, parameters: unknown): Promise<HealthModel> {
  const checked = healthModelParameters.safeParse(parameters);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new InvalidInput(issue?.message ?? 'The model cannot be taken.', ['input', ...(issue?.path.map(String) ?? [])]);
  }
  // Not a part of the form: versions of before, which are read in it, may name others.
  for (const [index, { currency }] of checked.data.kpis.entries()) if (currency !== null) checkCurrency(currency, ['input', 'kpis', String(index), 'currency']);
  await work.rows(lock, [work.tenantId]);
  await work.moveOn();
  const version = (await healthModelInForce(work, null)).version + 1;
  const digest = digestOfModel(checked.data);
  await work.rows(insert, [work.tenantId, version, JSON.stringify(checked.data), digest, work.now, work.actor.id]);
  work.record(healthModelPublished.fact({ accountId: null, data: { version, digest } }));
  await schedule(work, { task: reassessTask, payload: { tenantId: work.tenantId, requestId: work.requestId }, key: `${reassessTask}:${work.tenantId}` });
  return { ...checked.data, version, digest, publishedAt: work.now };
}
