import { randomUUID } from 'node:crypto';
import { finishRun } from '../../src/features/laboratory/finish-run.ts';
import { replayPortion } from '../../src/features/laboratory/replay-portion.ts';
import type { FinishedRun, ReplayedRun } from '../../src/features/laboratory/replay-signatures.ts';
import { modelInForce, scoringModelParameters } from '../../src/features/scoring/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Arranged } from '../accounts/arrange.ts';

const day = 86_400_000;

/** What a run is made of; the rest is what production does. */
export type GivenRun = Partial<Omit<ReplayedRun, 'id'>> & { readonly days?: number };

/** Runs experiments as the worker does, without one. */
export function laboratory(program: () => Arranged) {
  const caller = () => ({ tenantId: program().tenant, actor: { kind: 'user', id: 'analyst' } as const, requestId: 'test' });
  /** A run of what is in force over the last days, stored as the worker finds it. */
  async function makeRun({ days = 100, ...given }: GivenRun = {}): Promise<ReplayedRun> {
    const model = await program().database.transact(caller(), (work) => modelInForce(work, work.tenantId));
    const [row] = await program().rows('select parameters from scoring_model where tenant_id = $1 and version = $2', [program().tenant, model.version]);
    const now = program().clock.now();
    const run: ReplayedRun = {
      id: randomUUID() as Id<'ExperimentRun'>,
      windowFrom: new Date(now.getTime() - days * day).toISOString(),
      windowTo: now.toISOString(),
      clock: 'RECORDED',
      frozenAt: now.toISOString(),
      horizonDays: 30,
      parameters: scoringModelParameters.parse(row?.['parameters']),
      baseVersion: model.version,
      seed: '7',
      ...given,
    };
    const experiment = randomUUID();
    await program().rows(
      `insert into lab.experiment (tenant_id, id, name, parameters, base_version, window_from, window_to, clock, created_at, created_by) values ($1, $2, 'test', $3, $4, $5, $6, $7, $8, 'test')`,
      [program().tenant, experiment, run.parameters, run.baseVersion, run.windowFrom, run.windowTo, run.clock, run.frozenAt],
    );
    await program().rows(
      `insert into lab.experiment_run (tenant_id, id, experiment_id, window_from, window_to, clock, frozen_at, horizon_days, parameters, base_version, seed, status, requested_at, requested_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'QUEUED', $7, 'test')`,
      [program().tenant, run.id, experiment, run.windowFrom, run.windowTo, run.clock, run.frozenAt, run.horizonDays, run.parameters, run.baseVersion, run.seed],
    );
    return run;
  }
  /** Replays all accounts, some at a time, and finishes the run. */
  async function replay(run: ReplayedRun, most = 3): Promise<FinishedRun> {
    for (let after: Id<'Account'> | null = null; ; ) {
      const from: Id<'Account'> | null = after;
      after = (await program().database.lab(caller(), (work) => replayPortion(work, run, { after: from, most }))).last;
      if (after === null) return program().database.lab(caller(), (work) => finishRun(work, run));
    }
  }
  return { makeRun, replay, caller };
}
