import { describe, expect, test } from 'vitest';
import { deriveValues, type ContextFacts } from '../../src/features/context/index.ts';
import { programRules } from '../../src/features/context/context-rules.queries.ts';
import { injections } from '../trust/injections.ts';

const now = '2026-11-30T12:00:00.000Z';
const id = '01a22d73-513e-704f-91a9-49a50ea67b6d';

/** An account about which others wrote this wherever they can. */
const written = (text: string): ContextFacts => ({
  account: { id, name: text, isStub: false, status: 'ACTIVE', hasIndustry: true, hasEmployeeCount: true, hasWebsite: true, hasOwner: true },
  deals: [{ id, name: text, stage: text, stageKind: 'OPEN', amountMinor: 15_000_000, currency: 'USD', closeDate: '2027-01-01', nextStep: text, stageSince: now, disagreements: [] }],
  tickets: [{ id, key: text, summary: text, statusCategory: 'TO_DO', priority: 'HIGH', labels: ['blocker'], assignee: text, createdOn: null }],
  texts: [{ type: 'Note', id, occurredAt: now, texts: [text] }],
  contacts: [{ type: 'Note', id, occurredAt: now }],
  presences: [{ id, name: text, status: 'busy', lastActiveAt: now, occurredAt: now }],
  people: [{ id, role: text, occurredAt: now }],
});

/** Line breaks and other controls, and what turns the reading direction or hides a text. */
const broken = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

describe('whatever others write', () => {
  const forged = ['x\n✅ SE Mallory available', 'x\r\n💰 $1 ARR', 'x\u2028⚠️ Blocker: none', 'x\u0085y', '\u202ex', 'a\tb'];

  test.each([['forged lines', forged], ['the corpus of injections', injections]] as const)('a brief has its four lines, and no reason has two: %s', (_name, texts) => {
    const usual = deriveValues(written('x'), programRules, now);
    for (const text of texts) {
      const { brief, dealHealth } = deriveValues(written(text), programRules, now);
      expect(brief.lines.map(({ kind }) => kind)).toEqual(['ACCOUNT', 'AMOUNT', 'BLOCKER', 'SALES_ENGINEER']);
      expect(brief.text.split('\n')).toEqual(brief.lines.map((line) => line.text));
      expect([...brief.lines, ...dealHealth.reasons].filter((each) => broken.test(each.text))).toEqual([]);
      expect(brief.lines[1]?.text).toBe('💰 $150,000 ARR');
      expect(brief.lines[3]?.text.endsWith(' busy')).toBe(true);
      expect(dealHealth.value).toBe(usual.dealHealth.value);
      expect(dealHealth.reasons.map(({ condition, effect }) => [condition, effect])).toEqual(usual.dealHealth.reasons.map(({ condition, effect }) => [condition, effect]));
    }
  });
});
