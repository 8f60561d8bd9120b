import { afterAll, beforeAll, expect, test } from 'vitest';
import { contribution, scorePartsAt, replay } from '../../src/features/scoring/intent-score.ts';
import { defaultScoringModelParameters } from '../../src/features/scoring/scoring-model.ts';
import { roles } from '../../src/app/config.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program.close());

interface Shown {
  readonly points: number;
  readonly signal: { readonly sourceEventId: string; readonly payload: object; readonly account: { readonly name: string } };
}

/** The strongest signals of an account by the formula alone, over all that are stored. */
async function byFormula(ref: string, first: number): Promise<string[]> {
  const model = { ...defaultScoringModelParameters(75), version: 1 };
  const rows = (await program.rows('select type, source_event_id as event, occurred_at as "occurredAt", recorded_at as "recordedAt" from signal where source_event_id like $1', [`${ref}%`])) as unknown as { type: string; event: string; occurredAt: Date; recordedAt: Date }[];
  const signals = rows.map((row) => ({ ...row, occurredAt: row.occurredAt.getTime(), recordedAt: row.recordedAt.getTime() }));
  const at = program.clock.now().getTime();
  const parts = scorePartsAt(replay(signals, model), model, 1, at);
  return signals.map((signal) => ({ signal, points: contribution(signal, model, at, parts).points }))
    .sort((one, other) => Math.abs(other.points) - Math.abs(one.points) || other.signal.occurredAt - one.signal.occurredAt || (one.signal.event < other.signal.event ? -1 : 1))
    .slice(0, first).map(({ signal }) => signal.event);
}

// Sources whose clocks run ahead: what claims to come from the near future decays from when it was recorded, and is not the newest.
test.each([0, 60, 290])('the strongest signals are those of the formula, also where sources run %i seconds ahead', async (ahead) => {
  const ref = `ahead-${ahead}`;
  await program.upsertAccounts([{ externalRef: crm(ref), name: ref }]);
  const types = ['meeting', 'website_visit', 'email_open'];
  for (let turn = 0; turn < 12; turn += 1) {
    program.clock.advance(20_000);
    const now = program.clock.now().getTime();
    // Every third one is late instead, so that signals of both kinds stand between each other.
    const occurredAt = new Date(now + (turn % 3 === 2 ? -90 : ahead) * 1_000).toISOString();
    await program.ingest(types.map((type) => ({ account: { externalRef: crm(ref) }, type, source: 'test', sourceEventId: `${ref}-${String(turn).padStart(2, '0')}-${type}`, occurredAt, payload: { turn } })));
  }
  await program.settled();
  program.clock.advance(3_600_000);
  for (const first of [1, 2, 5, 20]) {
    const { accountBy } = await program.see<{ accountBy: { intent: { contributions: Shown[] } } }>(
      `query($by: AccountSelector!) { accountBy(by: $by) { intent { ... on IntentScore { contributions(first: ${first}) { points signal { sourceEventId payload account { name } } } } } } }`, { by: { externalRef: crm(ref) } });
    const { contributions } = accountBy.intent;
    expect(contributions.map(({ signal }) => signal.sourceEventId)).toEqual(await byFormula(ref, first));
    expect(contributions.every(({ signal }) => signal.account.name === ref && 'turn' in signal.payload)).toBe(true);
  }
});
