import { expect, test } from 'vitest';
import { stageSignalType } from '../../src/features/signals/stage-signal.ts';
import { defaultStages } from '../../src/features/stages/default-stages.ts';

const catalogue = { version: 0, stages: defaultStages, publishedAt: null };
const typeOf = (payload: Record<string, unknown>) => stageSignalType(payload, catalogue);

test.each([{ StageName: 'Closed Lost' }, { stageName: 'CLOSED  lost' }, { stage_name: 'Closed Lost' }, { stage: 'Closed Lost', amount: 5 }, { dealstage: 'closedlost' }, { IsClosed: true, IsWon: false }, { StageName: 'Verloren', IsClosed: true, IsWon: false }])(
  'a stated change to a lost deal is lost however its source calls the stage: %j',
  (payload) => expect(typeOf(payload)).toBe('opportunity_lost'),
);

test.each([{ StageName: 'Closed Won' }, { dealstage: 'closedwon' }, { IsWon: true }])('and to a won one, won: %j', (payload) => expect(typeOf(payload)).toBe('opportunity_won'));

test.each([{}, { stage: 'Negotiation/Review' }, { stage: 5 }, { comment: 'we lost' }, { StageName: 'Lost in translation' }, { StageName: 'Prospecting', IsClosed: true, IsWon: false }])(
  'anything else is a change of stage, and the catalogue goes before what the source says: %j',
  (payload) => expect(typeOf(payload)).toBe('stage_change'),
);
