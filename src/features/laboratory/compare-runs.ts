import { InvalidInput } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { parseGlobalId, toGlobalId } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { runById } from './experiment.queries.ts';
import type { RunMetrics } from './finish-run.ts';
import type { ExperimentRunRow } from './graphql/experiment.type.ts';
import type { ComparedModel, ModelFigures } from './run-metrics.ts';

/** Two sides that are compared: a run, and another run's candidate or, where there is none, the run's production model. */
export interface ComparedRuns {
  readonly run: ExperimentRunRow;
  readonly other: ExperimentRunRow | null;
  readonly metrics: RunMetrics;
  readonly otherMetrics: RunMetrics;
}

const latestRun = statement<{ id: string }>(
  'latest_completed_run',
  `select id from lab.experiment_run where tenant_id = $1 and experiment_id = $2 and status = 'COMPLETED' order by requested_at desc, id desc limit 1`,
);

async function completedRun(call: Call, id: string, path: string): Promise<ExperimentRunRow | null> {
  const named = parseGlobalId(id, [path]);
  if (named?.type !== 'Experiment' && named?.type !== 'ExperimentRun') throw new InvalidInput(`${path} must be the id of an experiment or of a run.`, [path]);
  const [latest] = named.type === 'Experiment' ? await call.read.rows(latestRun, [call.tenantId, named.id]) : [named];
  const run = latest ? await ask(call, runById, null, latest.id) : null;
  return run?.status === 'COMPLETED' ? run : null;
}

/** The runs behind two ids; of an experiment its latest completed run. Null where there is no completed run of the first. */
export async function findCompared(call: Call, id: string, withId: string | null): Promise<ComparedRuns | null> {
  const run = await completedRun(call, id, 'id');
  if (!run) return null;
  const other = withId === null ? null : await completedRun(call, withId, 'with');
  if (withId !== null && !other) throw new InvalidInput('with names no completed run. Run the experiment, or leave it out to compare with production.', ['with']);
  return { run, other, metrics: run.metrics as RunMetrics, otherMetrics: (other ?? run).metrics as RunMetrics };
}

/** The figures of one way to score accounts, with its name. */
export function figuresOf(metrics: RunMetrics, model: ComparedModel): ModelFigures & { readonly model: ComparedModel } {
  return { model, ...metrics.models[model] };
}

// Both sides by account: the candidate of the run, and the candidate of the other or the production model of the same.
const sides = `select coalesce(a.account_id, b.account_id) as account_id, b.score as before, a.score as after, coalesce(a.flagged, false) as flagged_after, coalesce(b.flagged, false) as flagged_before
   from (select account_id, candidate_score as score, candidate_flagged as flagged from lab.run_account where tenant_id = $1 and run_id = $2) a
   full join (select account_id, case when $3::uuid is null then production_score else candidate_score end as score, case when $3::uuid is null then production_flagged else candidate_flagged end as flagged
     from lab.run_account where tenant_id = $1 and run_id = coalesce($3::uuid, $2)) b on b.account_id = a.account_id`;
const moved = statement<{ accountId: string; before: number | null; after: number | null }>(
  'moved_scores_of_runs',
  `select account_id as "accountId", before, after from (${sides}) s where before is distinct from after order by abs(coalesce(after, 0) - coalesce(before, 0)) desc, account_id limit $4`,
  'BY_VALUE',
);
const counts = statement<{ moved: number; gained: number; lost: number }>(
  'count_differences_of_runs',
  `select (count(*) filter (where before is distinct from after))::int as moved, (count(*) filter (where flagged_after and not flagged_before))::int as gained, (count(*) filter (where flagged_before and not flagged_after))::int as lost from (${sides}) s`,
  'BY_VALUE',
);

/** A crossing as it is shown. */
export interface ShownCrossing {
  readonly accountId: string;
  readonly at: string;
  readonly score: number;
  readonly wouldPropose: boolean;
  readonly whyNot: string | null;
}
const shown = `c.account_id as "accountId", c.at, c.score, c.would_propose as "wouldPropose", c.why_not as "whyNot"`;
const differing = (which: string, side: string): string => `select ${shown} from (${sides}) s cross join lateral (
     select * from lab.run_crossing c where c.tenant_id = $1 and ${side} and c.account_id = s.account_id and c.direction = 'UP' order by c.at limit 1) c
   where ${which} order by c.at, c.account_id limit $4`;
const gained = statement<ShownCrossing>('crossings_gained_by_run', differing('flagged_after and not flagged_before', `c.run_id = $2 and c.model = 'CANDIDATE'`), 'BY_VALUE');
const lost = statement<ShownCrossing>(
  'crossings_lost_by_run',
  differing('flagged_before and not flagged_after', `c.run_id = coalesce($3::uuid, $2) and c.model = case when $3::uuid is null then 'PRODUCTION' else 'CANDIDATE' end`),
  'BY_VALUE',
);
const proposed = statement<ShownCrossing>(
  'crossings_that_would_propose',
  `select ${shown} from lab.run_crossing c where c.tenant_id = $1 and c.run_id = $2 and c.model = 'CANDIDATE' and c.would_propose order by c.at, c.account_id limit $3`,
);

const idsOf = ({ run, other }: ComparedRuns): readonly [string, string | null] => [run.uuid, other?.uuid ?? null];

/** What differs between the two sides of a comparison. Each is one statement. */
export const differences = {
  moved: (call: Call, compared: ComparedRuns, first: number) => call.read.rows(moved, [call.tenantId, ...idsOf(compared), first]),
  counts: async (call: Call, compared: ComparedRuns) => (await call.read.rows(counts, [call.tenantId, ...idsOf(compared)]))[0] ?? { moved: 0, gained: 0, lost: 0 },
  gained: (call: Call, compared: ComparedRuns, first: number) => call.read.rows(gained, [call.tenantId, ...idsOf(compared), first]),
  lost: (call: Call, compared: ComparedRuns, first: number) => call.read.rows(lost, [call.tenantId, ...idsOf(compared), first]),
  wouldPropose: (call: Call, { run }: ComparedRuns, first: number) => call.read.rows(proposed, [call.tenantId, run.uuid, first]),
};

const mostShown = 100;

/** A comparison as REST sends it; null where there is no completed run. */
export async function comparisonOf(call: Call, id: string, withId: string | null): Promise<Readonly<Record<string, unknown>> | null> {
  const compared = await findCompared(call, id, withId);
  if (!compared) return null;
  const { run, other, metrics, otherMetrics } = compared;
  const named = <Row extends { readonly accountId: string }>(rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row, accountId: toGlobalId('Account', row.accountId) }));
  return {
    runId: run.id,
    withRunId: other?.id ?? null,
    precision: metrics.precision,
    recall: metrics.recall,
    meanLeadTimeHours: metrics.meanLeadTimeHours,
    candidate: figuresOf(metrics, 'CANDIDATE'),
    comparedWith: figuresOf(otherMetrics, other ? 'CANDIDATE' : 'PRODUCTION'),
    baselines: (['PRODUCTION', 'RECENCY', 'NOTHING'] as const).map((model) => figuresOf(metrics, model)),
    counts: await differences.counts(call, compared),
    moved: named(await differences.moved(call, compared, mostShown)),
    crossingsGained: named(await differences.gained(call, compared, mostShown)),
    crossingsLost: named(await differences.lost(call, compared, mostShown)),
    wouldPropose: named(await differences.wouldPropose(call, compared, mostShown)),
  };
}
