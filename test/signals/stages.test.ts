import { afterAll, beforeAll, expect, test } from 'vitest';
import { stageSignalType } from '../../src/features/signals/stage-signal.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const kinds = { opportunity_lost: 'LOST', opportunity_won: 'WON', stage_change: 'OPEN' } as const;

test.each([
  ['Closed Lost', 'LOST'],
  ['Closed Lost - No Budget', 'LOST'],
  ['closed_lost', 'LOST'],
  ['closedlost', 'LOST'],
  ['ClosedLost', 'LOST'],
  ['Lost to a competitor', 'LOST'],
  ['Closed Won', 'WON'],
  ['Closed/Won (expansion)', 'WON'],
  ['closedwon', 'WON'],
  ['Negotiation', 'OPEN'],
  ['Glostrup visit', 'OPEN'],
  ['Wonderful demo', 'OPEN'],
  ['', 'OPEN'],
])('the stage %j is %s for scores and for lists alike', async (stage, kind) => {
  const [row] = await program.rows('select stage_kind($1) as kind', [stage]);
  expect({ scores: kinds[stageSignalType({ StageName: stage })], lists: row?.['kind'] }).toEqual({ scores: kind, lists: kind });
});

test.each([{ StageName: 'Closed Lost' }, { stageName: 'Closed Lost' }, { stage_name: 'Closed Lost' }, { stage: 'Closed Lost', amount: 5 }, { dealstage: 'closedlost' }, { IsClosed: true, IsWon: false }])(
  'a lost deal is lost however its source calls the stage: %j',
  (payload) => expect(stageSignalType(payload)).toBe('opportunity_lost'),
);

test.each([{}, { stage: 'Negotiation' }, { stage: 5 }, { comment: 'we lost' }, { StageName: 'Lost', IsClosed: false }])('anything else is a change of stage: %j', (payload) => expect(stageSignalType(payload)).toBe('stage_change'));
