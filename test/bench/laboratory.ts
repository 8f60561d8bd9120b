import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { finishRun } from '../../src/features/laboratory/finish-run.ts';
import { replayPortion } from '../../src/features/laboratory/replay-portion.ts';
import type { ReplayedPortion, ReplayedRun } from '../../src/features/laboratory/replay-signatures.ts';
import { modelInForce, scoringModelParameters, type ScoringModel } from '../../src/features/scoring/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import type { Bench } from './bench.ts';

const day = 86_400_000;
const accountsAtOnce = 500;
const caller = (tenantId: Id<'Tenant'>) => ({ tenantId, actor: { kind: 'system', id: 'bench' } as const, requestId: 'bench' });

/** A run over all signals of the tenant, and beside it a loop written by hand over the same rows, which knows one model and no merges, outcomes or intervals. */
export async function measureLaboratory({ options, adminUrl, meter, plan, report }: Bench): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const newId = createIds(systemClock);
  const database = await openDatabase({ url: options.databaseUrl, connections: 2, clock: systemClock, newId, entities: [], onError: () => undefined });
  const tenantId = options.tenantId as Id<'Tenant'>;
  try {
    const run = await makeRun(admin, tenantId);
    const end = await meter.start();
    const program = await measured(async () => {
      let signals = 0;
      for (let after: Id<'Account'> | null = null; ; ) {
        const from: Id<'Account'> | null = after;
        const portion: ReplayedPortion = await database.lab(caller(tenantId), (work) => replayPortion(work, run, { after: from, most: accountsAtOnce }));
        signals += portion.signals;
        after = portion.last;
        if (after === null) break;
      }
      await database.lab(caller(tenantId), (work) => finishRun(work, run));
      return signals;
    });
    const model = await database.transact(caller(tenantId), (work) => modelInForce(work, work.tenantId));
    const hand = await measured(() => handLoop(admin, tenantId, model, run));
    const { foreign } = await end();
    const row = (name: string, { milliseconds, cpu, memory, signals }: Measured): (string | number)[] => [name, signals, milliseconds, cpu, (cpu / Math.max(1, signals)) * 1_000, memory];
    report.table('A run of an experiment', ['', 'signals', 'ms', 'CPU ms', 'CPU µs a signal', 'heap at most, MB more'], [row('the program: two models, recency, proof, outcomes', program), row('a loop by hand: one model', hand)]);
    const figures = { program: { milliseconds: program.cpu, memory: program.memory }, hand: { milliseconds: hand.cpu, memory: hand.memory } };
    report.measure({ name: 'laboratory.replay', title: `Replay of ${program.signals} signals: CPU, memory more`, unit: 'run', contestants: figures, rounds: [figures], discarded: 0, foreign, isQuiet: !(foreign > plan.foreign) });
  } finally {
    await database.close();
    await admin.end();
  }
}

interface Measured {
  readonly milliseconds: number;
  readonly cpu: number;
  readonly memory: number;
  readonly signals: number;
}

async function measured(body: () => Promise<number>): Promise<Measured> {
  const [memory, began, cpu] = [process.memoryUsage().heapUsed, performance.now(), process.cpuUsage()];
  let peak = memory;
  const over = new AbortController();
  const watch = (async (): Promise<void> => {
    for (; !over.signal.aborted; await wait(20)) peak = Math.max(peak, process.memoryUsage().heapUsed);
  })();
  const signals = await body();
  const [milliseconds, used] = [performance.now() - began, process.cpuUsage(cpu)];
  over.abort();
  await watch;
  return { milliseconds, cpu: (used.user + used.system) / 1_000, memory: (peak - memory) / 1e6, signals };
}

async function makeRun(admin: Client, tenantId: Id<'Tenant'>): Promise<ReplayedRun> {
  const { rows: [found] } = await admin.query<{ version: number; parameters: unknown; since: Date }>(
    'select version, parameters, (select min(recorded_at) from signal where tenant_id = $1) as since from scoring_model where tenant_id = $1 order by version desc limit 1', [tenantId]);
  if (!found) throw new Error('the tenant has no scoring model');
  const now = new Date();
  const run: ReplayedRun = {
    id: randomUUID() as Id<'ExperimentRun'>, windowFrom: new Date(found.since.getTime() - day).toISOString(), windowTo: now.toISOString(), clock: 'RECORDED', frozenAt: now.toISOString(), horizonDays: 90,
    parameters: scoringModelParameters.parse(found.parameters), baseVersion: found.version, seed: '1',
  };
  const experiment = randomUUID();
  await admin.query(`insert into lab.experiment (tenant_id, id, name, parameters, base_version, window_from, window_to, clock, created_at, created_by) values ($1, $2, 'bench', $3, $4, $5, $6, 'RECORDED', $6, 'bench')`, [tenantId, experiment, run.parameters, run.baseVersion, run.windowFrom, run.windowTo]);
  await admin.query(
    `insert into lab.experiment_run (tenant_id, id, experiment_id, window_from, window_to, clock, frozen_at, horizon_days, parameters, base_version, seed, status, requested_at, requested_by)
     values ($1, $2, $3, $4, $5, 'RECORDED', $5, 90, $6, $7, 1, 'QUEUED', $5, 'bench')`, [tenantId, run.id, experiment, run.windowFrom, run.windowTo, run.parameters, run.baseVersion]);
  return run;
}

/** What somebody writes who needs the crossings of one model once: a decaying sum per type in floating point, evaluated at each signal. */
async function handLoop(admin: Client, tenantId: string, model: ScoringModel, run: ReplayedRun): Promise<number> {
  await admin.query('begin');
  await admin.query(`declare hand cursor for select account_id, type, extract(epoch from recorded_at) * 1000 as at, extract(epoch from effective_at) * 1000 as effective from signal where tenant_id = '${tenantId}' and recorded_at <= '${run.windowTo}' order by account_id, recorded_at`);
  const types = new Map(model.signalTypes.map((type) => [type.type, type]));
  let [signals, account, above] = [0, '', false];
  let sums = new Map<string, { raw: number; at: number }>();
  for (;;) {
    const { rows } = await admin.query<{ account_id: string; type: string; at: string; effective: string }>('fetch 5000 from hand');
    for (const row of rows) {
      if (row.account_id !== account) [account, above, sums] = [row.account_id, false, new Map()];
      const [type, at, effective] = [types.get(row.type), Number(row.at), Number(row.effective)];
      signals += 1;
      if (!type) continue;
      const sum = sums.get(row.type) ?? { raw: 0, at };
      const left = (from: number, halfLife: number): number => 2 ** (-(at - from) / (halfLife * 3_600_000));
      sums.set(row.type, { raw: sum.raw * left(sum.at, type.halfLifeHours) + type.weight * left(effective, type.halfLifeHours), at });
      let raw = 0;
      for (const [name, { raw: own, at: from }] of sums) raw += own * left(from, types.get(name)?.halfLifeHours ?? 1);
      const isAbove = -100 * Math.expm1(-Math.max(0, raw) / model.saturation) >= model.highIntentThreshold;
      if (isAbove !== above) above = isAbove;
    }
    if (rows.length < 5_000) break;
  }
  await admin.query('commit');
  return signals;
}
