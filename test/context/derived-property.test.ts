import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ticketBlocks, ticketPriorities } from '../../src/features/accounts/index.ts';
import { contextRuleForms, deriveValues, type ContextFacts, type ContextRules } from '../../src/features/context/index.ts';
import { programRules } from '../../src/features/context/context-rules.queries.ts';
import { nextMove } from '../../src/features/context/next-move.ts';
import { competitiveThreats } from '../../src/features/context/competitive-threats.ts';
import { foldText, hasWord, indexCompetitors, mentionedIn } from '../../src/features/context/competitor-mentions.ts';

const now = '2026-11-30T12:00:00.000Z';
const uuid = fc.uuid();
const day = fc.date({ min: new Date('2026-06-01'), max: new Date('2027-03-01'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
const instant = fc.date({ min: new Date('2026-06-01'), max: new Date('2027-01-31'), noInvalidDate: true }).map((date) => date.toISOString());
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null });
const words = fc.constantFrom('We compare Gong', 'gongfu', 'Clari and Gong', 'nothing', 'Technical', '正在比较Gong和我们', 'dropped clari');

const facts: fc.Arbitrary<ContextFacts> = fc.record({
  account: fc.record({
    id: uuid, name: fc.string({ minLength: 1 }), isStub: fc.boolean(), status: fc.constantFrom('ACTIVE' as const, 'INACTIVE' as const, 'AT_RISK' as const, 'CHURN' as const),
    hasIndustry: fc.boolean(), hasEmployeeCount: fc.boolean(), hasWebsite: fc.boolean(), hasOwner: fc.boolean(),
  }),
  deals: fc.array(fc.record({
    id: uuid, name: fc.string(), stage: fc.constantFrom('Demo', 'Closed Won'), stageKind: fc.constantFrom('OPEN' as const, 'UNKNOWN' as const), amountMinor: maybe(fc.integer({ min: 0, max: 1e12 })), currency: fc.constantFrom('USD', 'JPY', null),
    closeDate: maybe(day), nextStep: maybe(fc.string()), stageSince: maybe(instant), disagreements: fc.subarray(['amount', 'stage']),
  }), { maxLength: 4 }),
  tickets: fc.array(fc.record({
    id: uuid, key: fc.stringMatching(/^[A-Z]{2}-[0-9]{1,3}$/), summary: fc.string(), statusCategory: fc.constantFrom('TO_DO' as const, 'IN_PROGRESS' as const, 'DONE' as const), priority: maybe(fc.constantFrom(...ticketPriorities)),
    labels: fc.subarray(['blocker', 'BLOCKER', 'technical']), assignee: maybe(fc.constantFrom('Ann (SE)', 'Bob')), createdOn: maybe(day),
  }), { maxLength: 8 }),
  texts: fc.array(fc.record({ type: fc.constantFrom('Thread' as const, 'Note' as const, 'WeeklySummary' as const), id: uuid, occurredAt: instant, texts: fc.array(words, { maxLength: 3 }) }), { maxLength: 6 }),
  contacts: fc.array(fc.record({ type: fc.constantFrom('Activity' as const, 'Note' as const), id: uuid, occurredAt: instant }), { maxLength: 4 }),
  presences: fc.array(fc.record({ id: uuid, name: fc.constantFrom('Ann', 'Bob', 'Cid'), status: fc.constantFrom('active', 'away'), lastActiveAt: maybe(instant), occurredAt: instant }), { maxLength: 5 }),
  people: fc.array(fc.record({ id: uuid, role: maybe(fc.constantFrom('Economic Buyer', 'Champion')), occurredAt: instant }), { maxLength: 3 }),
});

const rules: fc.Arbitrary<ContextRules> = fc.record({ labels: fc.subarray(['Blocker', 'technical']), priorities: fc.subarray([...ticketPriorities]) })
  .map((parameters) => ({ ...programRules, BLOCKER: { ...programRules.BLOCKER, parameters } }));

describe('derived values', () => {
  test('never disagree with each other', () => {
    fc.assert(fc.property(facts, rules, (given, by) => {
      const { deal, blockers, dealHealth, brief, threats, lastContact, engineer, quality } = deriveValues(given, by, now);
      const blocking = given.tickets.filter((ticket) => ticketBlocks(ticket, by.BLOCKER.parameters));
      expect(new Set(blockers.map(({ id }) => id))).toEqual(new Set(blocking.map(({ id }) => id)));
      expect(blockers.some(({ statusCategory }) => statusCategory === 'DONE')).toBe(false);
      const conditions = new Map(dealHealth.reasons.map(({ condition, effect }) => [condition, effect]));
      // A health that is not GREEN names a condition with that effect; what it names is what the other values say.
      if (dealHealth.value === 'RED' || dealHealth.value === 'YELLOW') expect([...conditions.values()]).toContain(dealHealth.value);
      else expect([...conditions.values()].every((effect) => effect === 'NONE')).toBe(true);
      if (conditions.has('ACTIVE_BLOCKER') && conditions.get('ACTIVE_BLOCKER') !== 'NONE') expect(blockers.length).toBeGreaterThan(0);
      if (deal && blockers.length > 0) expect(['YELLOW', 'RED']).toContain(dealHealth.value);
      if (deal && threats.length > 0) expect(['YELLOW', 'RED']).toContain(dealHealth.value);
      const [, amount = '', blocker = '', se = ''] = brief.lines.map(({ text }) => text);
      expect(blocker.includes(': none')).toBe(blockers.length === 0);
      if (blockers[0]) expect(blocker).toContain(`${blockers[0].key}: ${blockers[0].summary}`);
      expect(amount.includes('no open deal')).toBe(deal === null);
      expect(se.endsWith(' available')).toBe(engineer?.availableNow === true);
      if (engineer) expect(given.presences.filter(({ id }) => engineer.mentionIds.includes(id)).map(({ name }) => name)).toContain(engineer.name);
      expect(quality.missing.includes('OPEN_DEAL')).toBe(deal === null);
      expect(quality.missing.includes('LAST_CONTACT')).toBe(lastContact === null);
      expect(quality.value).toBeGreaterThanOrEqual(0);
      expect(quality.value).toBeLessThanOrEqual(100);
      if (lastContact) expect(lastContact.days).toBeGreaterThanOrEqual(0);
      for (const { firstSeenAt, lastSeenAt } of threats) expect(Date.parse(firstSeenAt)).toBeLessThanOrEqual(Date.parse(lastSeenAt));
    }), { numRuns: 500 });
  });

  test('do not depend on the order of the records', () => {
    fc.assert(fc.property(facts, rules, (given, by) => {
      const turned = { ...given, deals: given.deals.toReversed(), tickets: given.tickets.toReversed(), texts: given.texts.toReversed(), contacts: given.contacts.toReversed(), presences: given.presences.toReversed() };
      const [one, other] = [deriveValues(given, by, now), deriveValues(turned, by, now)];
      expect({ ...other, quality: null }).toEqual({ ...one, quality: null });
    }), { numRuns: 300 });
  });

  test('stay as they are until the next move, but for days since the last contact', () => {
    fc.assert(fc.property(facts, rules, fc.integer({ min: 1, max: 400 * 24 }), (given, by, hours) => {
      const first = deriveValues(given, by, now);
      const moves = nextMove(given, by, first, now);
      const end = moves === null ? Infinity : Date.parse(moves);
      const later = Math.min(Date.parse(now) + hours * 3_600_000, end - 1);
      if (later <= Date.parse(now)) return;
      const then = deriveValues(given, by, new Date(later).toISOString());
      const said = ({ dealHealth, threats, engineer, blockers, quality }: typeof first) => ({ value: dealHealth.value, conditions: dealHealth.reasons.map(({ condition, effect }) => [condition, effect]), threats, engineer, blockers, quality });
      expect(said(then)).toEqual(said(first));
    }), { numRuns: 500 });
  });
});

describe('competitor names', () => {
  const index = indexCompetitors([{ name: 'Gong', aliases: ['Gong.io'], caseSensitive: false }, { name: 'Seismic', aliases: [], caseSensitive: true }, { name: 'Zoho CRM', aliases: [], caseSensitive: false }]);

  test.each([
    ['comparing us to Gong - need', ['Gong']], ['gong\'s pricing', ['Gong']], ['(Gong)', ['Gong']], ['GONG!', ['Gong']], ['see gong.io/demo', ['Gong']], ['Ｇｏｎｇ', ['Gong']], ['Go\u200bng', ['Gong']],
    ['正在比较Gong和我们', ['Gong']], ['Gong을 검토', ['Gong']], ['ГонгGong', []], ['Gongfu', []], ['MahGong', []], ['gong_deal', []], ['Góng', []], ['gong2', []], ['a\u0301Gong', []],
    ['a seismic shift', []], ['Seismic came up', ['Seismic']], ['ZOHO CRM trial', ['Zoho CRM']], ['Zoho', []], ['', []],
  ])('in %j are %j', (text, names) => {
    expect([...mentionedIn(text, index)]).toEqual(names);
  });

  test('are found as whole words, whatever stands around them', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
      expect(mentionedIn(`${before} Gong ${after}`, index).has('Gong')).toBe(true);
      expect(mentionedIn(`xGongx`, index).has('Gong')).toBe(false);
    }));
  });
});

test('however many names are looked for, each is found where it stands as a whole word, and nowhere else', () => {
  const word = fc.stringMatching(/^[abA가中 _.-]{0,3}[abA가中][abA가中 _.-]{0,3}$/u).map((text) => text.trim()).filter((text) => text.length >= 2);
  const competitors = fc.uniqueArray(fc.record({ name: word, caseSensitive: fc.boolean() }), { maxLength: 12, selector: ({ name }) => name.toLowerCase() });
  fc.assert(fc.property(competitors, fc.array(fc.constantFrom('a', 'b', 'A', '가', '中', ' ', '_', '.', '-', '\u00ad', 'ａ'), { maxLength: 40 }), (all, characters) => {
    const text = characters.join('');
    const plain = foldText(text);
    const expected = all.filter(({ name, caseSensitive }) => (caseSensitive ? hasWord(plain, foldText(name)) : hasWord(plain.toLowerCase(), foldText(name).toLowerCase()))).map(({ name }) => name);
    expect([...mentionedIn(text, indexCompetitors(all.map((each) => ({ ...each, aliases: [] }))))].toSorted()).toEqual(expected.toSorted());
  }), { numRuns: 1_000 });
});

test('the largest rule set is searched for in the largest context', () => {
  const competitors = Array.from({ length: 500 }, (_each, place) => ({ name: `zz${place}`, aliases: Array.from({ length: 9 }, (_other, at) => `zzzz zzz${place} ${at}`), caseSensitive: false }));
  const rules = contextRuleForms.COMPETITOR.parse({ competitors, lookbackDays: 3_660, dismissals: [] });
  const texts = Array.from({ length: 100 }, (_each, place) => ({ type: 'Note' as const, id: String(place), occurredAt: '2026-01-01T00:00:00.000Z', texts: [`${'z '.repeat(4_990)}zz7`] }));
  for (let times = 0; times < 50; times += 1) expect(competitiveThreats(texts, rules, '2026-01-02T00:00:00.000Z').map(({ name }) => name)).toEqual(['zz7']);
});
