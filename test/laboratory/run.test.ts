import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunMetrics } from '../../src/features/laboratory/finish-run.ts';
import type { FinishedRun } from '../../src/features/laboratory/replay-signatures.ts';
import { scoringModelParameters } from '../../src/features/scoring/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { scoringTools } from '../scoring/arrange.ts';
import { laboratory } from './arrange.ts';

const day = 86_400_000;
let program: Arranged;
const ids: Record<string, string> = {};
beforeAll(async () => {
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
  await publish();
  // Five accounts: what they show, and what became of them.
  for (const name of ['won', 'flagged-lost', 'won-unseen', 'quiet', 'candidate-only']) ids[name] = await program.account(name);
  const deal = (name: string, stage: string) => program.upsert('opportunities', [{ account: { id: ids[name] }, externalRef: { system: 'crm', id: `deal-${name}` }, name: 'Deal', stage, stageSince: program.clock.now().toISOString() }]);
  for (const name of ['won', 'flagged-lost', 'won-unseen']) await deal(name, 'Negotiation');
  program.clock.advance(10 * day);
  for (const name of ['won', 'flagged-lost']) for (const type of ['demo_request', 'meeting', 'stage_change', 'meeting']) await tell(ids[name] ?? '', type);
  for (const type of ['note', 'note', 'note']) await tell(ids['candidate-only'] ?? '', type);
  program.clock.advance(10 * day);
  await deal('won', 'Closed Won');
  await deal('flagged-lost', 'Closed Lost');
  await deal('won-unseen', 'Closed Won');
  program.clock.advance(60 * day);
  await program.settled();
});
afterAll(() => program.close());
const { publish, tell } = scoringTools(() => program);
const { makeRun, replay } = laboratory(() => program);
const metricsOf = ({ metrics }: FinishedRun): RunMetrics => metrics as unknown as RunMetrics;

describe('a run', () => {
  test('of the model in force moves nothing, and measures what happened', async () => {
    const run = await makeRun({ days: 81 });
    const metrics = metricsOf(await replay(run));
    expect(metrics).toMatchObject({ accounts: 5, judgedAccounts: 5, won: 2, lost: 1, precision: 0.5, recall: 0.5, meanLeadTimeHours: 240, crossingsGained: 0, crossingsLost: 0 });
    expect(metrics.models.CANDIDATE).toEqual(metrics.models.PRODUCTION);
    expect(metrics.baseRate.value).toBe(0.4);
    expect(metrics.models.CANDIDATE.lift.value).toBe(1.25);
    expect(metrics.models.RECENCY).toMatchObject({ flagged: 3, judged: 3, hits: 1 });
    expect(metrics.models.NOTHING).toMatchObject({ flagged: 0, precision: { value: null }, recall: { value: 0 } });
    expect(metrics.scoresCompared).toBeGreaterThan(0);
    expect(metrics.scoresEqual).toBe(metrics.scoresCompared);
    const moved = await program.rows('select account_id from lab.run_account where run_id = $1 and production_score is distinct from candidate_score', [run.id]);
    expect(moved).toEqual([]);
    expect(await program.rows(`select distinct why_not from lab.run_crossing where run_id = $1 and direction = 'UP'`, [run.id])).toEqual([{ why_not: 'NO_CONSENT' }]);
  });

  test('of another model tells what it gains and loses', async () => {
    const run = await makeRun({ days: 81 });
    const parameters = scoringModelParameters.parse({ ...run.parameters, signalTypes: [{ type: 'note', weight: 100, halfLifeHours: 1_000, cap: null }] });
    const metrics = metricsOf(await replay(await makeRun({ days: 81, parameters })));
    expect(metrics).toMatchObject({ precision: 0, recall: 0, meanLeadTimeHours: null, crossingsGained: 1, crossingsLost: 2 });
  });

  test('done twice, in other portions, gives the same rows and the same digest; another candidate another one', async () => {
    const [one, two] = [await makeRun({ days: 81 }), await makeRun({ days: 81, seed: '7' })];
    const [first, second] = [await replay(one, 1), await replay(two, 100)];
    expect(second).toEqual(first);
    expect(await replay(one, 2)).toEqual(first);
    expect(await program.count('select from lab.run_account where run_id = $1', [one.id])).toBe(5);
    const other = await replay(await makeRun({ days: 81, parameters: scoringModelParameters.parse({ ...one.parameters, highIntentThreshold: 10 }) }));
    expect(other.digest).not.toBe(first.digest);
  });

  test('does not see what production recorded after its instant', async () => {
    const run = await makeRun({ days: 81 });
    const before = await replay(run);
    program.clock.advance(1_000);
    await tell(ids['quiet'] ?? '', 'demo_request');
    await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: 'new' }, name: 'New' }]);
    program.clock.advance(1_000);
    expect(await replay(run)).toEqual(before);
  });
});
