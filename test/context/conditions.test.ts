import { describe, expect, test } from 'vitest';
import { deriveValues, type ContextFacts, type ContextRules } from '../../src/features/context/index.ts';
import { programRules } from '../../src/features/context/context-rules.queries.ts';

const now = '2026-11-30T12:00:00.000Z';
const id = (place: number): string => `018f0000-0000-7000-8000-00000000000${place}`;
const account = { id: id(0), name: 'Acme', isStub: false, status: 'ACTIVE' as const, hasIndustry: true, hasEmployeeCount: true, hasWebsite: true, hasOwner: true };
const deal = { id: id(1), name: 'Deal', stage: 'Demo', stageKind: 'OPEN' as const, amountMinor: 15_000_000, currency: 'USD', closeDate: '2027-01-31', nextStep: 'Call', stageSince: '2026-11-20T00:00:00.000Z', disagreements: [] };
const blocker = { id: id(2), key: 'A-1', summary: 'SSO', statusCategory: 'TO_DO' as const, priority: 'HIGH' as const, labels: ['blocker'], assignee: null, createdOn: '2026-11-01' };
const healthy: ContextFacts = { account, deals: [deal], tickets: [], texts: [], contacts: [{ type: 'Activity', id: id(3), occurredAt: '2026-11-27T10:00:00.000Z' }], presences: [], people: [] };
const derive = (more: Partial<ContextFacts>, rules: ContextRules = programRules) => deriveValues({ ...healthy, ...more }, rules, now);
const health = (more: Partial<ContextFacts>, rules?: ContextRules) => {
  const { value, reasons } = derive(more, rules).dealHealth;
  return [value, ...reasons.map(({ condition }) => condition)];
};
const thread = (place: number, text: string, occurredAt: string) => ({ type: 'Thread' as const, id: id(place), occurredAt, texts: [text] });

describe('deal health by the default rules', () => {
  const contact = (day: string) => [{ type: 'Activity' as const, id: id(3), occurredAt: `${day}T23:59:59.000Z` }];
  test.each<[string, Partial<ContextFacts>, string[]]>([
    ['all is well', {}, ['GREEN', 'ACCOUNT_STATUS', 'ACTIVE_BLOCKER', 'LAST_CONTACT', 'CLOSE_DATE', 'STAGE_AGE', 'COMPETITOR']],
    ['a blocker', { tickets: [blocker] }, ['YELLOW', 'ACTIVE_BLOCKER']],
    ['a blocker of the highest priority', { tickets: [{ ...blocker, priority: 'HIGHEST' }] }, ['RED', 'ACTIVE_BLOCKER']],
    ['a blocker that is done', { tickets: [{ ...blocker, statusCategory: 'DONE', priority: 'HIGHEST' }] }, ['GREEN', 'ACCOUNT_STATUS', 'ACTIVE_BLOCKER', 'LAST_CONTACT', 'CLOSE_DATE', 'STAGE_AGE', 'COMPETITOR']],
    ['contact 14 days ago', { contacts: contact('2026-11-16') }, ['GREEN', 'ACCOUNT_STATUS', 'ACTIVE_BLOCKER', 'LAST_CONTACT', 'CLOSE_DATE', 'STAGE_AGE', 'COMPETITOR']],
    ['contact 15 days ago', { contacts: contact('2026-11-15') }, ['YELLOW', 'LAST_CONTACT']],
    ['contact 31 days ago', { contacts: contact('2026-10-30') }, ['RED', 'LAST_CONTACT']],
    ['closes today', { deals: [{ ...deal, closeDate: '2026-11-30' }] }, ['GREEN', 'ACCOUNT_STATUS', 'ACTIVE_BLOCKER', 'LAST_CONTACT', 'CLOSE_DATE', 'STAGE_AGE', 'COMPETITOR']],
    ['should have closed yesterday', { deals: [{ ...deal, closeDate: '2026-11-29' }] }, ['YELLOW', 'CLOSE_DATE']],
    ['should have closed 31 days ago', { deals: [{ ...deal, closeDate: '2026-10-30' }] }, ['RED', 'CLOSE_DATE']],
    ['46 days in its stage', { deals: [{ ...deal, stageSince: '2026-10-15T00:00:00.000Z' }] }, ['YELLOW', 'STAGE_AGE']],
    ['at risk', { account: { ...account, status: 'AT_RISK' } }, ['YELLOW', 'ACCOUNT_STATUS']],
    ['has left', { account: { ...account, status: 'CHURN' } }, ['RED', 'ACCOUNT_STATUS']],
    ['has left, and no deal', { account: { ...account, status: 'CHURN' }, deals: [] }, ['RED', 'ACCOUNT_STATUS']],
    ['a competitor', { texts: [thread(4, 'They look at Gong', '2026-11-20T00:00:00.000Z')] }, ['YELLOW', 'COMPETITOR']],
    ['sources disagree', { deals: [{ ...deal, disagreements: ['amount'] }] }, ['YELLOW', 'CONTRADICTION']],
    ['four cautions', { tickets: [blocker], contacts: contact('2026-11-10'), deals: [{ ...deal, closeDate: '2026-11-29', disagreements: ['stage'] }] }, ['RED', 'MANY_CAUTIONS', 'ACTIVE_BLOCKER', 'LAST_CONTACT', 'CLOSE_DATE', 'CONTRADICTION']],
    ['no deal', { deals: [] }, ['UNKNOWN', 'TOO_LITTLE_KNOWN']],
    ['a deal of which nothing is known', { deals: [{ ...deal, closeDate: null, stageSince: null }], contacts: [] }, ['UNKNOWN', 'TOO_LITTLE_KNOWN']],
  ])('%s', (_, more, expected) => {
    expect(health(more)).toEqual(expected);
  });
});

test('availability is of the assigned sales engineer, not of any', () => {
  const seen = (place: number, name: string, status: string, more: object = {}) => ({ id: id(place), name, status, lastActiveAt: null, occurredAt: '2026-11-30T11:50:00.000Z', ...more });
  const away = seen(5, 'John Park', 'away', { lastActiveAt: '2026-11-30T10:00:00.000Z' });
  const other = seen(6, 'Mike Torres', 'active', { lastActiveAt: '2026-11-30T09:00:00.000Z' });
  expect(derive({ presences: [other, away] }).engineer).toMatchObject({ name: 'John Park', availableNow: false });
  // The assignee of an open ticket comes first, whatever is written behind the name.
  expect(derive({ presences: [other, away], tickets: [{ ...blocker, assignee: 'mike torres (SE)' }] }).engineer).toMatchObject({ name: 'Mike Torres', availableNow: true });
  // An observation of another day says nothing about now.
  expect(derive({ presences: [seen(5, 'John Park', 'active', { occurredAt: '2026-11-29T11:50:00.000Z' })] }).engineer).toEqual({ name: 'John Park', availableNow: null, observedAt: '2026-11-29T11:50:00.000Z', mentionIds: [id(5)] });
  // Of several records of one person the latest counts.
  expect(derive({ presences: [seen(5, 'John Park', 'active', { occurredAt: '2026-11-30T11:00:00.000Z' }), seen(6, 'John Park', 'away')] }).engineer).toMatchObject({ availableNow: false, mentionIds: [id(6)] });
  expect(derive({}).engineer).toBeNull();
});

test('competitors are found in threads, notes and weekly summaries alike, within the look-back, unless they are dismissed', () => {
  const note = { type: 'Note' as const, id: id(5), occurredAt: '2026-11-10T00:00:00.000Z', texts: ['clari asked for a price'] };
  const summary = { type: 'WeeklySummary' as const, id: id(6), occurredAt: '2026-11-23T00:00:00.000Z', texts: ['On Track', 'Competitor (Gong) also in evaluation'] };
  const texts = [thread(4, 'Gong again', '2026-11-01T00:00:00.000Z'), note, summary, thread(7, 'Gong long ago', '2026-01-01T00:00:00.000Z')];
  expect(derive({ texts }).threats).toEqual([
    { name: 'Gong', evidence: [{ type: 'WeeklySummary', id: id(6) }, { type: 'Thread', id: id(4) }], firstSeenAt: '2026-11-01T00:00:00.000Z', lastSeenAt: '2026-11-23T00:00:00.000Z' },
    { name: 'Clari', evidence: [{ type: 'Note', id: id(5) }], firstSeenAt: note.occurredAt, lastSeenAt: note.occurredAt },
  ]);
  const dismissing = { ...programRules, COMPETITOR: { ...programRules.COMPETITOR, parameters: { ...programRules.COMPETITOR.parameters, dismissals: ['Ruled out'] } } };
  const dismissed = thread(8, 'Gong is ruled out', '2026-11-29T00:00:00.000Z');
  expect(derive({ texts: [...texts, dismissed] }, dismissing).threats.map(({ name }) => name)).toEqual(['Clari']);
  expect(derive({ texts: [...texts, dismissed, thread(9, 'Gong is back', '2026-11-29T10:00:00.000Z')] }, dismissing).threats.map(({ name }) => name)).toEqual(['Gong', 'Clari']);
});

test('the primary blocker has the highest priority, then the oldest day, then the smallest key', () => {
  const keys = (...tickets: Partial<ContextFacts['tickets'][number]>[]) => derive({ tickets: tickets.map((more, place) => ({ ...blocker, id: id(place), ...more })) }).blockers.map(({ key }) => key);
  expect(keys({ key: 'A-3', priority: null }, { key: 'A-2', priority: 'LOW' }, { key: 'A-1', createdOn: '2026-11-03' }, { key: 'A-0', createdOn: '2026-11-02' }, { key: 'A-9', createdOn: null }, { key: 'A-8', createdOn: '2026-11-02' })).toEqual(['A-0', 'A-8', 'A-1', 'A-9', 'A-2', 'A-3']);
});

test('days since the last contact are whole UTC days, and what is planned does not count yet', () => {
  const days = (...instants: string[]) => derive({ contacts: instants.map((occurredAt, place) => ({ type: 'Activity' as const, id: id(place), occurredAt })) }).lastContact?.days ?? null;
  expect(days('2026-11-29T23:59:59.999Z')).toBe(1);
  expect(days('2026-11-30T00:00:00.000Z')).toBe(0);
  expect(days('2026-12-01T00:00:00.000Z')).toBeNull();
  expect(days('2026-12-01T00:00:00.000Z', '2026-11-20T12:00:00.000Z')).toBe(10);
});
