import { randomUUID } from 'node:crypto';
import { toGlobalId } from '../../src/platform/ids.ts';
import { unit } from '../../src/features/laboratory/measure-account.ts';
import { RunFigures } from '../../src/features/laboratory/run-metrics.ts';
import type { ScoringModelParameters } from '../../src/features/scoring/index.ts';

/** Figures of forty accounts, every fourth of them won: the candidate flags the won and a few more, production one in two at random. */
function metricsOf(): object {
  const figures = new RunFigures(1n);
  for (let index = 0; index < 40; index += 1) {
    const won = index % 4 === 0;
    const model = (flagged: boolean, predicted: number) => ({
      flagged, judged: flagged, hit: flagged && won, lead: flagged && won ? 30 * 86_400_000 : null,
      bins: [{ tenth: Math.floor(predicted * 10), samples: 10, predicted: predicted * 10 * unit, wins: won ? 10 : 0, squaredError: (predicted - Number(won)) ** 2 * 10 * unit }],
    });
    figures.take({ judged: true, won, lost: !won, models: [model(won || index % 11 === 1, won ? 0.85 : 0.25), model(index % 2 === 0, index % 2 === 0 ? 0.75 : 0.15), model(true, 0.5)] });
  }
  const added = figures.figures();
  const { precision, recall, meanLeadTimeHours } = added.models.CANDIDATE;
  return { ...added, precision: precision.value, recall: recall.value, meanLeadTimeHours: meanLeadTimeHours.value, crossingsGained: 3, crossingsLost: 10, wouldPropose: { candidate: 9, production: 14, recency: 30 }, scoresCompared: 0, scoresEqual: 0, seed: '1', resamples: 1_000 };
}

/** A run to be planted. */
export interface PlantedRun {
  readonly parameters: ScoringModelParameters;
  readonly baseVersion?: number;
  readonly status?: 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly isPinned?: boolean;
  readonly name?: string;
}

/** Plants a run as a worker would have left it, without replaying anything: for tests of what is built on runs. */
export async function plantRun(
  program: { rows(query: string, values: unknown[]): Promise<unknown>; readonly tenant: string },
  { parameters, baseVersion = 1, status = 'COMPLETED', isPinned = true, name = 'Lower threshold' }: PlantedRun,
): Promise<{ readonly experiment: string; readonly run: string; readonly experimentId: string; readonly runId: string }> {
  const [experimentId, runId] = [randomUUID(), randomUUID()];
  const window = ['2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z'];
  const given = [program.tenant, experimentId, JSON.stringify(parameters), baseVersion, ...window];
  await program.rows(
    `insert into lab.experiment (tenant_id, id, name, parameters, base_version, window_from, window_to, clock, horizon_days, created_at, created_by) values ($1, $2, $7, $3, $4, $5, $6, 'RECORDED', 90, $6, 'ana')`,
    [...given, name],
  );
  const isDone = status === 'COMPLETED';
  await program.rows(
    `insert into lab.experiment_run (tenant_id, experiment_id, parameters, base_version, window_from, window_to, id, clock, frozen_at, horizon_days, seed, status, requested_at, requested_by, started_at, finished_at, failure, digest, metrics, pinned_at, pinned_by)
     values ($1, $2, $3, $4, $5, $6, $7, 'RECORDED', $6, 90, 1, $8, $6, 'ana', $6, $6, $9, $10, $11, $12, $13)`,
    [...given, runId, status, status === 'FAILED' ? 'TOO_MANY_ATTEMPTS' : null, isDone ? 'ab'.repeat(32) : null, isDone ? JSON.stringify(metricsOf()) : null, isDone && isPinned ? window[1] : null, isDone && isPinned ? 'ana' : null],
  );
  return { experimentId, runId, experiment: toGlobalId('Experiment', experimentId), run: toGlobalId('ExperimentRun', runId) };
}
