import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stageChanges } from '../../src/features/crm/stage-changes.ts';
import { stageEntries, type StagePoint, type StageReport } from '../../src/features/crm/stage-entries.ts';
import { defaultStages } from '../../src/features/stages/default-stages.ts';
import type { StageCatalogue } from '../../src/features/stages/stage-catalogue.ts';

const catalogue: StageCatalogue = { version: 0, stages: defaultStages, publishedAt: null };
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 9, minute)).toISOString();
const report = (stage: string, minute: number, more: Partial<StageReport> = {}): StageReport => ({ id: `${stage}-${minute}`, source: 'salesforce', stage, occurredAt: at(minute), accountId: 'account', closedAs: null, digest: `${stage} ${minute}`, origin: 6, ...more });
const stated = (stage: string | null, minute: number, source = 'salesforce'): StagePoint => ({ source, stage, occurredAt: at(minute) });
const typesOf = (reports: readonly StageReport[], points: readonly StagePoint[] = [], by = catalogue) => stageChanges(stageEntries(points, reports), by).map(({ type }) => type);

describe('a change of stage is what the catalogue says', () => {
  test.each([
    [['Prospecting'], ['opportunity_created']],
    [['Demo Scheduled'], ['opportunity_created']],
    [['Closed Won'], ['opportunity_won']],
    [['closedlost'], ['opportunity_lost']],
    [['Prospecting', 'Negotiation/Review'], ['opportunity_created', 'stage_advanced']],
    [['Negotiation/Review', 'Qualification'], ['opportunity_created', 'stage_regressed']],
    [['Prospecting', 'Closed Won'], ['opportunity_created', 'opportunity_won']],
    [['Closed Lost', 'Prospecting'], ['opportunity_lost', 'stage_advanced']],
    [['Closed Won', 'Prospecting'], ['opportunity_won', 'stage_regressed']],
    [['Prospecting', 'Demo Scheduled', 'Qualification'], ['opportunity_created', 'stage_change', 'stage_change']],
    [['Demo Scheduled', 'Closed Lost'], ['opportunity_created', 'opportunity_lost']],
    [['Prospecting', ' prospecting ', 'PROSPECTING'], ['opportunity_created']],
    [['Prospecting', 'Qualification', 'Prospecting', 'Qualification'], ['opportunity_created', 'stage_advanced', 'stage_regressed', 'stage_advanced']],
  ])('%j', (stages, types) => expect(typesOf(stages.map((stage, index) => report(stage, index)))).toEqual(types));

  test('a stage that the catalogue does not name is closed where its source says so', () => {
    expect(typesOf([report('Verloren', 1, { closedAs: 'LOST' }), report('Prospecting', 2), report('Gewonnen', 3, { closedAs: 'WON' })])).toEqual(['opportunity_lost', 'stage_advanced', 'opportunity_won']);
    expect(typesOf([report('Prospecting', 1, { closedAs: 'LOST' })])).toEqual(['opportunity_created']);
  });

  test('only what a connector reported makes a signal; what was upserted is where the change starts from', () => {
    expect(typesOf([], [stated('Prospecting', 1), stated('Closed Won', 2)])).toEqual([]);
    expect(typesOf([report('Closed Won', 2)], [stated('Prospecting', 1)])).toEqual(['opportunity_won']);
    expect(typesOf([report('Qualification', 3)], [stated('Prospecting', 1), stated('Qualification', 3)])).toEqual(['stage_advanced']);
    expect(typesOf([report('Qualification', 3)], [stated('Prospecting', 1), stated('Qualification', 2)])).toEqual([]);
    expect(typesOf([report('Qualification', 3)], [stated('Closed Lost', 1, 'hubspot')])).toEqual(['opportunity_created']);
  });

  test('a deal that ended and came back in its stage did not change it', () => {
    expect(typesOf([report('Prospecting', 1), report('Prospecting', 3)], [stated(null, 2)])).toEqual(['opportunity_created']);
    expect(stageEntries([stated(null, 2)], [report('Prospecting', 1), report('Prospecting', 3)]).map(({ enteredAt, leftAt }) => [enteredAt, leftAt])).toEqual([[at(1), at(2)], [at(3), null]]);
  });
});

test('a late delivery between two others changes what its neighbours are', () => {
  const early = [report('Prospecting', 1), report('Negotiation/Review', 9)];
  const before = stageChanges(stageEntries([], early), catalogue);
  const after = stageChanges(stageEntries([], [...early, report('Closed Lost', 5)]), catalogue);
  expect(after.map(({ type }) => type)).toEqual(['opportunity_created', 'opportunity_lost', 'stage_advanced']);
  expect(after[0]?.eventId).toBe(before[0]?.eventId);
  expect(after[2]?.eventId).not.toBe(before[1]?.eventId);
});

describe('the signals are a function of what was delivered', () => {
  const stage = fc.constantFrom('Prospecting', 'prospecting', 'Qualification', 'Closed Won', 'closedwon', 'Closed Lost', 'Demo', 'DEMO ');
  const reports = fc.array(fc.record({ stage, minute: fc.integer({ min: 0, max: 6 }), source: fc.constantFrom('salesforce', 'hubspot'), content: fc.integer({ min: 0, max: 1 }), closedAs: fc.constantFrom(null, 'WON' as const, 'LOST' as const) }), { maxLength: 10 })
    .map((all) => all.map(({ stage: name, minute, source, content, closedAs }) => report(name, minute, { id: 'any', source, closedAs, digest: `${name} ${content} ${closedAs}` })));
  const points = fc.array(fc.record({ stage: fc.oneof(stage, fc.constant(null)), minute: fc.integer({ min: 0, max: 6 }), source: fc.constantFrom('salesforce', 'hubspot', 'manual') }).map(({ stage: name, minute, source }) => stated(name, minute, source)), { maxLength: 6 });

  test('neither their order nor their repetition matters', () => {
    fc.assert(
      fc.property(reports, points, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (all, others, order) => {
        const shuffled = <Item>(items: readonly Item[]): Item[] => items.map((item) => ({ item, key: order.next().value ?? 0 })).toSorted((one, other) => one.key - other.key).map(({ item }) => item);
        const entries = stageEntries(others, all);
        const again = stageEntries(shuffled([...others, ...others.slice(0, 2)]), shuffled([...all, ...all.slice(0, 3)]));
        expect(again).toEqual(entries);
        expect(stageChanges(again, catalogue)).toEqual(stageChanges(entries, catalogue));
      }),
      { numRuns: 1_000 },
    );
  });

  test('different changes have different event ids', () => {
    fc.assert(fc.property(reports, (all) => {
      const changes = stageChanges(stageEntries([], all), catalogue);
      expect(new Set(changes.map(({ eventId }) => eventId)).size).toBe(changes.length);
    }), { numRuns: 500 });
  });
});
