import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { healthCategories, type HealthCategory } from '../../src/features/health/enums.ts';
import { defaultHealthModel } from '../../src/features/health/default-health-model.ts';
import { digestOfModel, healthModelParameters, type HealthModel, type KpiRule } from '../../src/features/health/health-model.ts';
import { assess, judge, type KpiRecord, type TrendRecord } from '../../src/features/health/assessment.ts';
import { proxyScores, weightedMean } from '../../src/features/health/health-score.ts';
import { judgeKpi, scoreOfFigure } from '../../src/features/health/judge-kpi.ts';

const base: KpiRule = { names: ['Figure'], category: 'SUPPORT', direction: 'HIGHER_IS_BETTER', unit: 'NUMBER', scale: null, currency: null, critical: 40, healthy: 70, worst: null, best: null, least: null, most: null, plainFrom: null, weight: 1 };
const model: HealthModel = { ...defaultHealthModel, version: 7, digest: 'd', publishedAt: null };

test('the program\'s own model is version 0 of every tenant, and so it never changes', () => {
  expect(healthModelParameters.parse(defaultHealthModel)).toEqual(defaultHealthModel);
  // Who changes it changes what was known of the past: a migration must store the former one as version 0 of the tenants there are, as 0020 does.
  expect(digestOfModel(defaultHealthModel)).toBe('018513c4fed1827c5e06ce5824bdbbf43dbe905fe2a89c2afc4f45476cb4028d');
});

test.each<[Partial<KpiRule>, string, string]>([
  [{}, '39.9', 'CRITICAL'], [{}, '40', 'AT_RISK'], [{}, '69.9', 'AT_RISK'], [{}, '70', 'HEALTHY'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '4 h', 'HEALTHY'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '24 h', 'AT_RISK'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '2 days', 'CRITICAL'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '< 2 h', 'HEALTHY'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '> 2 h', 'UNKNOWN'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '> 24 h', 'CRITICAL'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '>= 24 h', 'UNKNOWN'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '< 20 h', 'UNKNOWN'],
  [{ direction: 'LOWER_IS_BETTER', critical: 24, healthy: 4, unit: 'HOURS' }, '3', 'UNKNOWN'],
  [{ unit: 'PERCENT' }, '82 %', 'HEALTHY'], [{ unit: 'PERCENT', plainFrom: 1 }, '82', 'HEALTHY'], [{ unit: 'PERCENT' }, '82', 'UNKNOWN'], [{ unit: 'PERCENT', plainFrom: 20 }, '2.5', 'UNKNOWN'], [{ unit: 'PERCENT', plainFrom: 0 }, '0.82', 'UNKNOWN'], [{ unit: 'PERCENT' }, '0.82 %', 'CRITICAL'], [{ unit: 'PERCENT' }, '0', 'CRITICAL'], [{ unit: 'PERCENT' }, '1.2k', 'UNKNOWN'],
  [{ unit: 'RATING', scale: 5, critical: 3, healthy: 4 }, '4.5/5', 'HEALTHY'], [{ unit: 'RATING', scale: 5, critical: 3, healthy: 4 }, '9/10', 'UNKNOWN'], [{ unit: 'RATING', scale: 5, critical: 3, healthy: 4 }, '6', 'UNKNOWN'],
  [{ unit: 'MONEY', currency: 'USD' }, '$82', 'HEALTHY'], [{ unit: 'MONEY', currency: 'USD' }, '€82', 'UNKNOWN'], [{ unit: 'MONEY', currency: 'USD' }, 'USD 39', 'CRITICAL'], [{ unit: 'MONEY', currency: 'USD' }, '0.1k', 'HEALTHY'],
  [{ names: ['Open tickets'] }, '12 tickets', 'CRITICAL'], [{ names: ['Open tickets'] }, '12 fewer', 'UNKNOWN'], [{}, '82 %', 'UNKNOWN'], [{}, '82 h', 'UNKNOWN'], [{}, 'n/a', 'UNKNOWN'],
  [{ least: 0 }, '-3', 'UNKNOWN'], [{ least: 0 }, '0', 'CRITICAL'], [{ least: 0 }, '< 0', 'UNKNOWN'], [{ most: 100 }, '101', 'UNKNOWN'], [{ most: 100 }, '100', 'HEALTHY'], [{ most: 100 }, '> 100', 'UNKNOWN'], [{ most: 100 }, '100+', 'HEALTHY'],
])('%j: %s is %s', (rule, text, status) => {
  const judged = judgeKpi({ parameter: 'Figure', value: text }, { ...base, ...rule });
  expect(judged.status).toBe(status);
  expect(judged.score === null).toBe(status === 'UNKNOWN');
  expect(judged.because).toContain(text);
});

const rules = fc.record({ low: fc.integer({ min: -1_000, max: 1_000 }), gap: fc.double({ min: 0.01, max: 1_000, noNaN: true }), out: fc.option(fc.double({ min: 0.01, max: 1_000, noNaN: true })), higher: fc.boolean() }).map(({ low, gap, out, higher }): KpiRule => {
  const [critical, healthy] = higher ? [low, low + gap] : [low + gap, low];
  const beyond = higher ? 1 : -1;
  return { ...base, direction: higher ? 'HIGHER_IS_BETTER' : 'LOWER_IS_BETTER', critical, healthy, worst: out === null ? null : critical - beyond * out, best: out === null ? null : healthy + beyond * out };
});
const figures = fc.double({ min: -5_000, max: 5_000, noNaN: true });

test('a better figure never lowers the score; it is 0 to 100, and its status and its score agree', () => {
  fc.assert(fc.property(rules, figures, figures, (rule, a, b) => {
    const [worse, better] = (a < b) === (rule.direction === 'HIGHER_IS_BETTER') ? [a, b] : [b, a];
    expect(scoreOfFigure(better, rule)).toBeGreaterThanOrEqual(scoreOfFigure(worse, rule));
    for (const figure of [a, b, rule.critical, rule.healthy]) {
      const { status, score } = judgeKpi({ parameter: 'Figure', value: figure.toFixed(9) }, rule);
      if (score === null) continue;
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      expect(status).toBe(score < 40 ? 'CRITICAL' : score < 70 ? 'AT_RISK' : 'HEALTHY');
    }
  }));
});

const weighted = fc.record({ score: fc.double({ min: 0, max: 100, noNaN: true }), weight: fc.double({ min: 0.01, max: 1_000, noNaN: true }), category: fc.constantFrom(...healthCategories) });
const weights = fc.tuple(...healthCategories.map(() => fc.double({ min: 0.01, max: 1_000, noNaN: true }))).map((given) => Object.fromEntries(healthCategories.map((category, place) => [category, given[place] ?? 1])) as Record<HealthCategory, number>);

test('the overall score lies among those of the categories, grows with each KPI, and depends on the ratio of weights alone', () => {
  fc.assert(fc.property(fc.array(weighted, { minLength: 1, maxLength: 12 }), weights, fc.nat(), fc.double({ min: 0, max: 100, noNaN: true }), (kpis, byCategory, nth, gain) => {
    const { partial: overall, categories } = proxyScores(kpis, byCategory);
    const present = Object.values(categories).filter((score) => score !== null);
    expect(new Set(kpis.map(({ category }) => category)).size).toBe(present.length);
    expect(overall).toBeGreaterThanOrEqual(Math.min(...present));
    expect(overall).toBeLessThanOrEqual(Math.max(...present));
    const improved = kpis.map((kpi, place) => (place === nth % kpis.length ? { ...kpi, score: Math.min(100, kpi.score + gain) } : kpi));
    expect(proxyScores(improved, byCategory).partial ?? 0).toBeGreaterThanOrEqual((overall ?? 0) - 1e-9);
    const scaled = Object.fromEntries(Object.entries(byCategory).map(([category, weight]) => [category, weight * 3])) as typeof byCategory;
    expect(proxyScores(kpis, scaled).partial).toBeCloseTo(overall ?? 0, 8);
  }));
  expect(weightedMean([])).toBeNull();
  expect(proxyScores([], { PRODUCT_USAGE: 1, SUPPORT: 1, CUSTOMER_SENTIMENT: 1, BUSINESS_OUTCOMES: 1, RELATIONSHIP_STRENGTH: 1 })).toEqual({ partial: null, categories: { PRODUCT_USAGE: null, SUPPORT: null, CUSTOMER_SENTIMENT: null, BUSINESS_OUTCOMES: null, RELATIONSHIP_STRENGTH: null } });
});

const kpi = (fields: Partial<KpiRecord>): KpiRecord => ({ id: 'k', accountId: 'a', rowVersion: 'v', productId: null, categoryName: 'Support', parameter: 'CSAT', value: '4.5/5', occurredAt: '2026-11-01T00:00:00.000Z', ...fields }) as KpiRecord;

test('names are known however they are written; the category that came with the KPI goes before the model\'s', () => {
  for (const parameter of ['csat', 'CSAT (score)', 'Customer satisfaction (CSAT)', 'customer-satisfaction score']) expect(judge(model, kpi({ parameter })).status, parameter).toBe('HEALTHY');
  for (const categoryName of ['Support KPI', 'support', 'Customer Support metrics']) expect(judge(model, kpi({ categoryName })).category).toBe('SUPPORT');
  expect(judge(model, kpi({ categoryName: 'Whatever' })).category).toBe('CUSTOMER_SENTIMENT');
  expect(judge(model, kpi({ parameter: 'Moon phase', categoryName: 'Whatever' }))).toMatchObject({ status: 'UNKNOWN', category: null, because: expect.stringContaining('version 7') });
});

test.each<[string, string, string, RegExp?]>([
  ['Daily active users', '1,240', 'UNKNOWN', /count/], ['Daily active users', '12', 'UNKNOWN', /count/], ['Monthly active users', '350', 'UNKNOWN'], ['Daily active users (%)', '12', 'CRITICAL'], ['DAU', '46 %', 'HEALTHY'],
  ['NRR', '1.05', 'UNKNOWN', /share/], ['NRR', '105', 'HEALTHY'], ['NRR', '130 %', 'HEALTHY'], ['ROI', '2.5', 'UNKNOWN', /ratio/], ['ROI', '250 %', 'HEALTHY'],
  ['Expansion revenue (EUR)', '50000', 'UNKNOWN', /USD/], ['Expansion revenue (USD)', '50000', 'HEALTHY'], ['Expansion revenue (USD)', '50k', 'HEALTHY'], ['Expansion revenue (EUR)', '$50,000', 'UNKNOWN', /name says "EUR"/],
  ['NPS', '150', 'UNKNOWN', /cannot be/], ['NPS', '-400', 'UNKNOWN'], ['NPS', '-40', 'CRITICAL'], ['Open tickets', '-3', 'UNKNOWN'], ['FRT', '-2 h', 'UNKNOWN'], ['WAU', '-5%', 'UNKNOWN'], ['Uptime', '150%', 'UNKNOWN', /from 0 % up to 100 %/],
  ['First response time (hours)', '2', 'HEALTHY'], ['MTTR (hours)', '18', 'HEALTHY'], ['Mean time to resolution (MTTR) (minutes)', '90', 'HEALTHY'], ['Time to value (days)', '45', 'AT_RISK'], ['Days since last login', '12', 'AT_RISK'], ['Days since last login', '2 weeks', 'AT_RISK'], ['First response time (hours)', '82 %', 'UNKNOWN'],
  ['CSAT', '85%', 'HEALTHY'], ['CSAT', '4.5/5', 'HEALTHY'], ['CSAT', '85', 'UNKNOWN'], ['CSAT (out of 10)', '9', 'UNKNOWN', /out of 10/], ['CSAT (%)', '75', 'AT_RISK'], ['Uptime (%)', '0.999', 'UNKNOWN', /share/], ['Error rate', '0.5 %', 'HEALTHY'], ['CSAT (%)', '4.5/5', 'UNKNOWN'], ['CSAT (out of 5)', '4.5', 'HEALTHY'],
])('the program\'s own model: %s of %s is %s', (parameter, value, status, because = /./) => {
  const judged = judge(model, kpi({ parameter, value }));
  expect([judged.status, judged.because]).toEqual([status, expect.stringMatching(because)]);
});

const account = 'a' as never;
const now = '2026-11-21T12:00:00.000Z';
const trendOf = (fields: object): TrendRecord => ({ id: 't', accountId: 'a', rowVersion: 'v', year: 2026, month: 9, occurredAt: '2026-09-30T00:00:00.000Z', overall: 12, PRODUCT_USAGE: 1, SUPPORT: null, CUSTOMER_SENTIMENT: 3, BUSINESS_OUTCOMES: 4, RELATIONSHIP_STRENGTH: 5, ...fields }) as unknown as TrendRecord;

test('a trend older than the horizon gives way to KPIs that are fresher, and only to those', () => {
  const judged = { ...model, trendHorizonDays: 62 };
  const old = trendOf({ year: 2023, month: 1, occurredAt: '2023-01-31T23:59:59.999Z', overall: 91 });
  const critical = ['NPS', 'CSAT', 'Open tickets', 'FRT', 'WAU', 'Renewal rate', 'QBR attendance'].map((parameter, place) => kpi({ id: `k${place}` as never, categoryName: 'as the rule says', parameter, value: { NPS: '-50', CSAT: '1/5', 'Open tickets': '90', FRT: '9 days' }[parameter] ?? '5 %' }));
  const fresh = assess(account, { model: judged, kpis: critical, latest: old, now });
  expect(fresh).toMatchObject({ source: 'PROXY', sourceReason: 'TREND_TOO_OLD', coverage: 1, trend: null, trendStaleAt: null, counts: { critical: 7 } });
  expect(fresh.overall).toBeLessThan(40);
  expect(fresh.reasons[0]).toBe('The monthly trend of 2023-01 is older than 62 days and KPIs are fresher; the scores are computed from 7 of 7 KPIs.');
  expect(fresh.inputs).toHaveLength(7);
  // A KPI from before the trend, and one that cannot be judged, are not fresher.
  const stale = critical.map((each) => ({ ...each, occurredAt: '2023-01-01T00:00:00.000Z' }));
  for (const kpis of [stale, [kpi({ value: 'n/a' })], []]) {
    const kept = assess(account, { model: judged, kpis, latest: old, now });
    expect(kept).toMatchObject({ source: 'TREND', sourceReason: 'ONLY_OLD_TREND', overall: 91, trendStaleAt: null });
    expect(kept.reasons[0]).toBe('The scores are those of the monthly trend of 2023-01. It is older than 62 days, but no KPI that can be judged is fresher.');
  }
  // What a source says today about a month long gone is as old as that month.
  expect(assess(account, { model: judged, kpis: critical, latest: { ...old, occurredAt: now }, now }).sourceReason).toBe('TREND_TOO_OLD');
  // The last millisecond of the horizon, and the one after.
  const recent = trendOf({ occurredAt: '2026-09-20T12:00:00.000Z' });
  expect(assess(account, { model: judged, kpis: critical, latest: recent, now })).toMatchObject({ sourceReason: 'CURRENT_TREND', trendStaleAt: '2026-11-21T12:00:00.001Z' });
  expect(assess(account, { model: judged, kpis: critical, latest: recent, now: '2026-11-21T12:00:00.001Z' }).sourceReason).toBe('TREND_TOO_OLD');
  // Versions of before have no horizon.
  expect(assess(account, { model: { ...model, trendHorizonDays: null }, kpis: critical, latest: old, now })).toMatchObject({ source: 'TREND', sourceReason: 'CURRENT_TREND', overall: 91, trendStaleAt: null });
});

test('KPIs that cover less of the formula than the model asks for make no overall score, but what they say is shown', () => {
  const [usage, support] = [kpi({ categoryName: 'Product Usage', parameter: 'WAU', value: '55 %' }), kpi({})];
  const one = assess(account, { model, kpis: [usage], latest: null, now });
  expect(one).toMatchObject({ overall: null, partial: 55, coverage: 0.25, source: 'PROXY', sourceReason: 'NO_TREND', categories: { PRODUCT_USAGE: 55 } });
  expect(one.reasons).toContain('The KPIs cover 25 % of the formula; an overall score needs 40 %.');
  const two = assess(account, { model, kpis: [usage, support], latest: null, now });
  expect([two.overall, two.coverage]).toEqual([two.partial, expect.closeTo(0.45, 9)]);
  expect(assess(account, { model: { ...model, minCoverage: 0 }, kpis: [usage], latest: null, now }).overall).toBe(55);
  // The overall score of a trend is a measurement of its own, whatever categories came with it.
  expect(assess(account, { model, kpis: [], latest: trendOf({ PRODUCT_USAGE: null, CUSTOMER_SENTIMENT: null, BUSINESS_OUTCOMES: null }), now })).toMatchObject({ overall: 12, coverage: 0.15 });
});

test('a trend goes before the proxy, whose weights count for the categories that are there; of nothing there is nothing', () => {
  const two = [kpi({}), kpi({ id: 'l' as never, productId: 'p' as never, categoryName: 'Product Usage', parameter: 'WAU', value: '40 %', occurredAt: '2026-11-02T00:00:00.000Z' }), kpi({ id: 'm' as never, value: 'n/a' })];
  const proxy = assess(account, { model, kpis: two, latest: null, now });
  expect(proxy).toMatchObject({ source: 'PROXY', asOf: '2026-11-02T00:00:00.000Z', counts: { total: 3, accountLevel: 2, productLevel: 1, critical: 0, atRisk: 1, healthy: 1, unknown: 1 } });
  expect(proxy.categories).toMatchObject({ SUPPORT: 85, PRODUCT_USAGE: 40, CUSTOMER_SENTIMENT: null });
  expect(proxy.overall).toBeCloseTo((85 * 0.2 + 40 * 0.25) / 0.45, 9);
  const trend = trendOf({});
  expect(assess(account, { model, kpis: two, latest: trend, now })).toMatchObject({ source: 'TREND', sourceReason: 'CURRENT_TREND', overall: 12, partial: 12, asOf: '2026-09-30T00:00:00.000Z', categories: { SUPPORT: null, PRODUCT_USAGE: 1 }, counts: { total: 3 }, reasons: ['The scores are those of the monthly trend of 2026-09.', 'Weakest is product usage with 1.', '1 of 3 KPIs cannot be judged.'] });
  expect(assess(account, { model, kpis: [kpi({ value: 'n/a' })], latest: null, now })).toMatchObject({ source: 'NONE', sourceReason: 'NO_DATA', overall: null, coverage: 0, asOf: null, counts: { total: 1, unknown: 1 } });
});

const faults: readonly [string, object, string][] = [
  ['thresholds the wrong way round', { critical: 70, healthy: 40 }, 'critical'],
  ['equal thresholds', { critical: 40, healthy: 40 }, 'critical'],
  ['thresholds of the other direction', { direction: 'LOWER_IS_BETTER' }, 'critical'],
  ['a worst that is better than critical', { worst: 50 }, 'worst'],
  ['a best that is worse than healthy', { best: 60 }, 'best'],
  ['a rating without a scale', { unit: 'RATING' }, 'scale'],
  ['a least above a threshold', { least: 41 }, 'least'],
  ['a most below a threshold', { most: 69 }, 'most'],
  ['a sign that only percentages have', { plainFrom: 1 }, 'plainFrom'],
  ['a scale of no rating', { scale: 5 }, 'scale'],
  ['a threshold beyond the scale', { unit: 'RATING', scale: 5 }, 'critical'],
  ['money without a currency', { unit: 'MONEY' }, 'currency'],
  ['a currency in small letters', { unit: 'MONEY', currency: 'usd' }, 'currency'],
  ['no weight', { weight: 0 }, 'weight'],
  ['no finite number', { critical: -Infinity }, 'critical'],
  ['no name', { names: [] }, 'names'],
  ['a name of signs', { names: ['--'] }, '0'],
  ['a name with NUL', { names: ['a\0'] }, '0'],
];
test.each(faults)('a model with %s is refused, where the fault is', (_name, fields, place) => {
  const checked = healthModelParameters.safeParse({ ...defaultHealthModel, kpis: [{ ...base, ...fields }] });
  expect(checked.error?.issues.map(({ path }) => String(path.at(-1)))).toContain(place);
});

test('no name stands for two parameters or two categories, and every category is weighed once', () => {
  const refused = (changed: object): string | undefined => healthModelParameters.safeParse({ ...defaultHealthModel, ...changed }).error?.issues[0]?.message;
  expect(refused({ kpis: [base, { ...base, names: ['figure (%)'] }] })).toContain('stands for two');
  expect(refused({ kpis: [base, { ...base, unit: 'PERCENT' }] })).toBeUndefined();
  expect(refused({ categories: defaultHealthModel.categories.slice(1) })).toContain('each of the five');
  expect(refused({ categories: defaultHealthModel.categories.map((each) => ({ ...each, category: 'SUPPORT' })) })).toContain('each of the five');
  expect(refused({ categories: defaultHealthModel.categories.map((each) => ({ ...each, names: ['Same'] })) })).toContain('stands for two');
  expect(refused({ more: 1 })).toBeDefined();
});
