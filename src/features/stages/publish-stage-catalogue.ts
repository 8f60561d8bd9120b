import { Conflict } from '../../platform/errors.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkStages, type CatalogueStage, type StageCatalogue } from './stage-catalogue.ts';
import { stagesInForce } from './stage-catalogue.queries.ts';
import { stageKey } from './stage-key.ts';
import { stageCataloguePublished } from './stages.events.ts';

/** The name of the job that derives a tenant's stage signals again. */
export const rederiveTask = 'derive-stage-signals';

const lockKey = `hashtextextended('stage_catalogue:' || $1, 0)`;
const lock = statement('lock_stage_catalogues', `select pg_advisory_xact_lock(${lockKey})`);
const share = statement('share_stage_catalogue', `select pg_advisory_xact_lock_shared(${lockKey})`);
const insert = statement('insert_stage_catalogue', 'insert into stage_catalogue (tenant_id, version, stages, kinds, published_at, published_by) values ($1, $2, $3, $4, $5, $6)');

/** The catalogue in force, which is not replaced before the transaction ends. */
export async function heldStages(work: Work): Promise<StageCatalogue> {
  await work.rows(share, [work.tenantId]);
  return stagesInForce(work, work.tenantId);
}

/** Publishes a new version of the tenant's stage catalogue; a job derives the signals of changed stages again. Throws `Conflict` if `basedOn` is no longer in force. */
export async function publishStageCatalogue(work: Work, input: { readonly stages: readonly CatalogueStage[]; readonly basedOn?: number | null }): Promise<StageCatalogue> {
  const stages = checkStages(input.stages);
  await work.rows(lock, [work.tenantId]);
  await work.moveOn();
  const present = await stagesInForce(work, work.tenantId);
  const { basedOn } = input;
  if (basedOn !== undefined && basedOn !== null && basedOn !== present.version) throw new Conflict(`Version ${present.version} is in force, not ${basedOn}. Read it, apply your change to it, and publish again.`, ['input', 'basedOn']);
  const version = present.version + 1;
  const kinds = Object.fromEntries(stages.map(({ name, kind }) => [stageKey(name), kind]));
  await work.rows(insert, [work.tenantId, version, JSON.stringify(stages), JSON.stringify(kinds), work.now, work.actor.id]);
  work.record(stageCataloguePublished.fact({ accountId: null, data: { version } }));
  await schedule(work, { task: rederiveTask, payload: { tenantId: work.tenantId, requestId: work.requestId }, key: `${rederiveTask}:${work.tenantId}` });
  return { version, stages, publishedAt: work.now };
}
