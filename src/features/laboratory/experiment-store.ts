import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { ScoringModelParameters } from '../scoring/index.ts';

/** By which instant of a signal a replay counts it. */
export type ReplayClock = 'RECORDED' | 'OCCURRED';

/** An experiment that is to be stored. Times are RFC 3339. */
export interface NewExperiment {
  readonly name: string;
  readonly description: string | null;
  readonly parameters: ScoringModelParameters;
  readonly baseVersion: number;
  readonly windowFrom: string;
  readonly windowTo: string;
  readonly clock: ReplayClock;
  readonly horizonDays: number;
}

/** An experiment as it is locked for a change. */
export interface LockedExperiment extends Pick<NewExperiment, 'windowFrom' | 'windowTo' | 'clock' | 'horizonDays'> {
  readonly parameters: unknown;
  readonly isArchived: boolean;
}

const insert = statement(
  'insert_experiment',
  `insert into lab.experiment (tenant_id, id, name, description, parameters, base_version, window_from, window_to, clock, horizon_days, created_at, created_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
);
const lock = statement<LockedExperiment>(
  'lock_experiment',
  `select window_from as "windowFrom", window_to as "windowTo", clock, horizon_days as "horizonDays", parameters, archived_at is not null as "isArchived"
   from lab.experiment where tenant_id = $1 and id = $2 for update`,
);
const archive = statement('archive_experiment', 'update lab.experiment set archived_at = $3 where tenant_id = $1 and id = $2 and archived_at is null');

/** Stores an experiment. */
export async function insertExperiment(work: LabWork, experiment: NewExperiment): Promise<Id<'Experiment'>> {
  const { name, description, parameters, baseVersion, windowFrom, windowTo, clock, horizonDays } = experiment;
  const id = work.newId<'Experiment'>();
  await work.rows(insert, [work.tenantId, id, name, description, JSON.stringify(parameters), baseVersion, windowFrom, windowTo, clock, horizonDays, work.now, work.actor.id]);
  return id;
}

/** Locks an experiment; null where the tenant has none of that id. */
export async function lockExperiment(work: LabWork, id: string): Promise<LockedExperiment | null> {
  return (await work.rows(lock, [work.tenantId, id]))[0] ?? null;
}

/** Notes that an experiment is archived; one that is archived already keeps its instant. */
export async function storeArchived(work: LabWork, id: string): Promise<void> {
  await work.rows(archive, [work.tenantId, id, work.now]);
}
