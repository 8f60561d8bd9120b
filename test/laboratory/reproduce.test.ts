import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followModel } from '../../src/features/laboratory/follow-model.ts';
import { AccountReplay } from '../../src/features/laboratory/replay-account.ts';
import { reproduceScores } from '../../src/features/laboratory/reproduce-scores.ts';
import { accountsThroughTime, signalsOf } from '../../src/features/laboratory/timeline.ts';
import { RunningScore, scoreStandings } from '../../src/features/scoring/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { anyHistory, historyMaker, tickAlways } from './history.ts';

let program: Arranged;
beforeAll(async () => {
  // The scheduler stays out: each history runs the jobs that it has.
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
  tickAlways(program.clock);
});
afterAll(() => program.close());

const { happen, caller, uuidOf, model, rescoreAll } = historyMaker(() => program);

/** The score of each account at the end of a window, by a replay of nothing but its signals under the model in force. */
async function replayed(ids: readonly string[], from: number, until: string): Promise<(number | null)[]> {
  const scope = { clock: 'RECORDED', until, frozenAt: until } as const;
  const inForce = await model();
  return program.database.transact(caller(), async (work) => {
    const through = await accountsThroughTime(work, ids, scope);
    const window = { from, to: Date.parse(until) };
    const followers = new Map(ids.map((id) => [id, followModel(new RunningScore(inForce))]));
    const replays = new Map([...followers].map(([id, follower]) => [id, new AccountReplay(window, [follower], through.get(id) ?? [], false)]));
    for await (const event of signalsOf(work, ids, scope)) replays.get(event.accountId)?.take(event);
    for (const replay of replays.values()) replay.end();
    return ids.map((id) => followers.get(id)?.scoreAt(window.to) ?? null);
  });
}

const histories = Number(process.env['HISTORIES'] ?? 12);

test('a replay gives every score that production ever stored, and the score at the end, bit for bit', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, fc.nat({ max: 30 }), async (history, days) => {
      const ids = (await happen(history)).map(uuidOf);
      await rescoreAll();
      program.clock.advance(13);
      const until = program.clock.now().toISOString();
      const { points, equal, differences } = await program.database.transact(caller(), (work) => reproduceScores(work, ids, { until, frozenAt: until }));
      expect({ differences, equal }).toEqual({ differences: [], equal: points });
      expect(points).toBe(await program.count('select from score_point where account_id = any($1::uuid[])', [ids]));
      const shown = await program.database.transact(caller(), (work) => scoreStandings(work, ids, until));
      expect(await replayed(ids, Date.parse(until) - days * 86_400_000, until)).toEqual(ids.map((id) => shown.get(id)?.value ?? null));
    }),
    { numRuns: histories, endOnFailure: true },
  );
});
