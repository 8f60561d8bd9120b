import type { Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { readList, type ListedRow, type ListSource } from '../../platform/page/list.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { scoringModelParameters } from '../scoring/index.ts';
import type { ExperimentRow, ExperimentRunRow } from './graphql/experiment.type.ts';

/** What a list of experiments can be filtered by. */
export interface ExperimentFilter {
  readonly isArchived?: boolean | null;
}

interface RawExperiment extends ListedRow {
  readonly parameters: unknown;
  readonly windowFrom: string;
  readonly windowTo: string;
}
interface RawRun extends RawExperiment {
  readonly experimentId: string;
  readonly metrics: unknown;
  readonly accountsDone: number;
  readonly accountsTotal: number | null;
  readonly signalsDone: number;
  readonly signalsTotal: number | null;
}

// A cancelled run says nothing about the experiment: the run before it counts.
const status = `coalesce((select case r.status when 'QUEUED' then 'RUNNING' else r.status end from lab.experiment_run r
   where r.tenant_id = t.tenant_id and r.experiment_id = t.id and r.status <> 'CANCELLED' order by r.requested_at desc, r.id desc limit 1), 'DRAFT') as status`;
const columns = `t.id as uuid, t.name, t.description, t.parameters, t.base_version as "baseVersion", t.window_from as "windowFrom", t.window_to as "windowTo", t.clock, t.horizon_days as "horizonDays",
  t.created_at as "createdAt", t.created_by as "createdBy", t.archived_at as "archivedAt", ${status}`;
const runColumns = `r.id as uuid, r.experiment_id as "experimentId", r.status, r.parameters, r.base_version as "baseVersion", r.window_from as "windowFrom", r.window_to as "windowTo", r.clock, r.frozen_at as "frozenAt",
  r.horizon_days as "horizonDays", r.seed::text as seed, r.requested_at as "requestedAt", r.requested_by as "requestedBy", r.started_at as "startedAt", r.finished_at as "finishedAt", r.failure, r.digest, r.metrics,
  r.accounts_done as "accountsDone", r.accounts_total as "accountsTotal", r.signals_done::float8 as "signalsDone", r.signals_total::float8 as "signalsTotal", r.pinned_at as "pinnedAt", r.pinned_by as "pinnedBy"`;

function toExperiment({ parameters, windowFrom, windowTo, ...row }: RawExperiment): ExperimentRow {
  return asNode('Experiment', { ...row, model: scoringModelParameters.parse(parameters), window: { from: windowFrom, to: windowTo } }, null) as unknown as ExperimentRow;
}

function toRun({ parameters, windowFrom, windowTo, accountsDone, accountsTotal, signalsDone, signalsTotal, ...row }: RawRun): ExperimentRunRow {
  const progress = { accountsDone, accountsTotal, signalsDone, signalsTotal };
  return asNode('ExperimentRun', { ...row, model: scoringModelParameters.parse(parameters), window: { from: windowFrom, to: windowTo }, progress }, null) as unknown as ExperimentRunRow;
}

const byIds = statement<RawExperiment>('experiments_by_id', `select ${columns} from lab.experiment t where t.tenant_id = $1 and t.id = any($2::uuid[])`);
const runsByIds = statement<RawRun>('experiment_runs_by_id', `select ${runColumns} from lab.experiment_run r where r.tenant_id = $1 and r.id = any($2::uuid[])`);
const ofExperiments = statement<RawRun>(
  'runs_of_experiments',
  `select r.* from unnest($2::uuid[], $3::int[]) as asked(id, most) cross join lateral (
     select ${runColumns} from lab.experiment_run r where r.tenant_id = $1 and r.experiment_id = asked.id order by r.requested_at desc, r.id desc limit asked.most) r`,
);

/** The experiment of an id; null where the tenant has none. */
export const experimentById: Question<string, ExperimentRow | null> = {
  name: 'experiments_by_id',
  async load(call, ids) {
    const found = new Map((await call.read.rows(byIds, [call.tenantId, ids])).map((row) => [row.uuid, toExperiment(row)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The run of an id; null where the tenant has none. */
export const runById: Question<string, ExperimentRunRow | null> = {
  name: 'experiment_runs_by_id',
  async load(call, ids) {
    const found = new Map((await call.read.rows(runsByIds, [call.tenantId, ids])).map((row) => [row.uuid, toRun(row)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The latest runs of an experiment, newest first. */
export const runsOfExperiment: Question<{ readonly experimentId: string; readonly first: number }, readonly ExperimentRunRow[]> = {
  name: 'runs_of_experiments',
  identity: ({ experimentId, first }) => `${experimentId} ${first}`,
  async load(call, keys) {
    const most = new Map<string, number>();
    for (const { experimentId, first } of keys) most.set(experimentId, Math.max(first, most.get(experimentId) ?? 0));
    const rows = await call.read.rows(ofExperiments, [call.tenantId, [...most.keys()], [...most.values()]]);
    const found = Map.groupBy(rows.map(toRun), ({ experimentId }) => experimentId);
    return keys.map(({ experimentId, first }) => (found.get(experimentId) ?? []).slice(0, first));
  },
};

const source: ListSource<ExperimentFilter> = {
  name: 'experiments',
  table: 'lab.experiment',
  columns,
  orders: { CREATED_AT: { by: 't.created_at', type: 'timestamptz' } },
  filters: { isArchived: (value) => (value ? 't.archived_at is not null' : 't.archived_at is null') },
  defaultOrder: { field: 'CREATED_AT', direction: OrderDirection.DESC },
};

/** The tenant's experiments as a list. */
export async function listExperiments(call: Call, args: { readonly first: number; readonly after?: string | null; readonly filter: ExperimentFilter | null; readonly orderBy: OrderBy | null }): Promise<Page<ExperimentRow>> {
  const raw = await readList<RawExperiment, ExperimentFilter>(call, source, args, null);
  return { pageInfo: raw.pageInfo, countAll: (asking) => raw.countAll(asking), edges: raw.edges.map(({ cursor, node }) => ({ cursor, node: toExperiment(node) })) };
}
