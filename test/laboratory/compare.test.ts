import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { createExperiment, mutate, runExperiment, runIs } from './experiments.ts';

const day = 86_400_000;
let program: Arranged;
const ids: Record<string, string> = {};
const at = (days: number): string => new Date(program.clock.now().getTime() - days * day).toISOString();
beforeAll(async () => {
  program = await arrange();
  for (const name of ['alpha', 'beta', 'gamma']) ids[name] = await program.account(name);
  const signal = (name: string, type: string, days: number) => ({ account: { externalRef: { system: 'salesforce', id: name } }, type, occurredAt: at(days), eventId: `${name}-${type}-${days}` });
  const signals = [signal('alpha', 'demo_request', 100), signal('alpha', 'meeting', 99), signal('alpha', 'stage_change', 98), signal('beta', 'note', 100), signal('beta', 'note', 99)];
  expect(await mutate(program, importSignals, { input: signals })).toMatchObject({ taken: 5, duplicates: 0, refused: 0 });
  expect(await mutate(program, importSignals, { input: signals })).toMatchObject({ taken: 0, duplicates: 5, refused: 0 });
});
afterAll(() => program.close());

const results = 'taken duplicates refused results { __typename ... on ImportedRow { change } ... on UserError { code message path } }';
const importSignals = `mutation($input: [ImportHistorySignalInput!]!) { importSignalHistory(input: $input) { __typename ... on ImportedHistory { ${results} } ... on UserError { code message } } }`;
const importOutcomes = `mutation($input: [ImportOutcomeInput!]!) { importOutcomes(input: $input) { __typename ... on ImportedHistory { ${results} } ... on UserError { code message } } }`;
const compare = `query Compare($id: ID!, $with: ID) { compareExperiment(id: $id, with: $with) { moved { account { id } before after } precision recall movedCount gainedCount lostCount run { id } with { id }
  candidate { model flagged precision { value low high } brier { value } calibration { samples predicted observed } } comparedWith { model flagged } baselines { model lift { value } }
  crossingsGained { account { id } at score wouldPropose whyNot } crossingsLost { account { id } } wouldPropose { at } } }`;

test('outcomes are imported row by row, and a refused one says why', async () => {
  const deal = (name: string, externalId: string, more: Record<string, unknown> = {}) => ({ account: { id: ids[name] }, externalId, result: 'WON', closedAt: at(60), amount: { amountMinor: 100_000, currency: 'USD' }, ...more });
  const answer = await mutate(program, importOutcomes, { input: [deal('alpha', 'd1'), deal('beta', 'd2', { result: 'LOST' }), deal('alpha', 'd3', { closedAt: null }), deal('alpha', 'd4', { closedAt: at(-5) }), { ...deal('alpha', 'd5'), account: { externalRef: { system: 'salesforce', id: 'nobody' } } }] });
  expect(answer).toMatchObject({ taken: 2, duplicates: 0, refused: 3 });
  expect(answer['results']).toEqual([
    { __typename: 'ImportedRow', change: 'TAKEN' }, { __typename: 'ImportedRow', change: 'TAKEN' },
    expect.objectContaining({ code: 'BAD_USER_INPUT', path: ['input', '2', 'closedAt'] }), expect.objectContaining({ code: 'BAD_USER_INPUT', path: ['input', '3', 'closedAt'] }), expect.objectContaining({ code: 'NOT_FOUND', path: ['input', '4', 'account'] }),
  ]);
  expect(await mutate(program, importOutcomes, { input: [deal('beta', 'd2', { result: 'LOST' })] })).toMatchObject({ taken: 0, duplicates: 1 });
  expect(await mutate(program, importOutcomes, { input: [] })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await mutate(program, importOutcomes, { input: [deal('alpha', 'x')] }, 'viewer')).toMatchObject({ code: 'FORBIDDEN' });
});

test('an experiment on imported history is compared with production and with another experiment', async () => {
  const input = { window: { from: at(120), to: at(0) }, clock: 'OCCURRED', horizonDays: 60 };
  const model = { highIntentThreshold: 20, signalTypes: [{ type: 'note', weight: 30, halfLifeHours: 500 }] };
  const [same, other] = [await createExperiment(program, input), await createExperiment(program, { ...input, name: 'Notes', model })];
  const runs = [await runExperiment(program, same.id), await runExperiment(program, other.id)];
  for (const run of runs) await runIs(program, run.id, 'COMPLETED');
  const see = async (id: string, withId: string | null) => dataOf(await program.query<{ compareExperiment: Record<string, unknown> | null }, Record<string, unknown>>(compare, { id, with: withId })).compareExperiment;
  expect(await see(same.id, null)).toMatchObject({ moved: [], movedCount: 0, precision: 1, recall: 1, with: null, candidate: { model: 'CANDIDATE', flagged: 1 }, comparedWith: { model: 'PRODUCTION', flagged: 1 } });
  const against = await see(other.id, null);
  expect(against).toMatchObject({ movedCount: 2, gainedCount: 1, lostCount: 1, precision: 0, recall: 0, run: { id: runs[1]?.id }, crossingsGained: [{ account: { id: ids['beta'] }, wouldPropose: false, whyNot: 'NO_CONSENT' }], crossingsLost: [{ account: { id: ids['alpha'] } }], wouldPropose: [] });
  const moved = (against?.['moved'] ?? []) as readonly { account: { id: string } }[];
  expect(new Set(moved.map(({ account }) => account.id))).toEqual(new Set([ids['alpha'], ids['beta']]));
  expect(await see(other.id, same.id)).toMatchObject({ movedCount: 2, gainedCount: 1, lostCount: 1, with: { id: runs[0]?.id }, comparedWith: { model: 'CANDIDATE', flagged: 1 } });
  expect(await see(runs[0]?.id ?? '', runs[0]?.id ?? '')).toMatchObject({ movedCount: 0, gainedCount: 0, lostCount: 0 });
  const draft = await createExperiment(program, input);
  expect(await see(draft.id, null)).toBeNull();
  const { errors } = await program.query(compare, { id: same.id, with: draft.id });
  expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
});
