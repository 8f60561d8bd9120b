import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { HealthCategory, healthCategories, KpiDirection, KpiUnit } from './enums.ts';
import { categoryKey, nameKey } from './health-names.ts';

const figure = (name: string) => z.number({ error: `${name} must be a finite number` }).min(-1e15, `${name} is beyond all measure`).max(1e15, `${name} is beyond all measure`);
const weight = figure('weight').gt(0, 'weight must be more than 0').max(1_000, 'weight must be at most 1000');
const name = z.string().trim().min(1, 'a name must not be empty').max(200, 'a name is longer than 200 characters')
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'a name holds a NUL character or half a surrogate pair')
  .refine((text) => nameKey(text) !== '', 'a name must have letters or digits');
const names = z.array(name).min(1, 'names must hold at least one name').max(50, 'names may hold at most 50 names');

const category = z.strictObject({
  category: z.enum(HealthCategory),
  /** What it counts in the overall health, against the other categories that have a score. */
  weight,
  /** What KPIs call it. */
  names,
});

const kpi = z
  .strictObject({
    /** What the parameter is called, the first one as it is shown. */
    names,
    /** Where it counts when the category that came with the KPI is none of the model's. */
    category: z.enum(HealthCategory),
    direction: z.enum(KpiDirection),
    unit: z.enum(KpiUnit),
    /** For ratings, the best there is: 5 of `4.5/5`. */
    scale: figure('scale').gt(0, 'scale must be more than 0').nullable(),
    /** For money: the currency, ISO 4217. */
    currency: z.string().regex(/^[A-Z]{3}$/, 'currency must be three capitals').nullable(),
    /** Worse than this is critical: score 40. */
    critical: figure('critical'),
    /** This or better is healthy: score 70. */
    healthy: figure('healthy'),
    /** Score 0 here and beyond; null: where the line through the two thresholds comes to 0. */
    worst: figure('worst').nullable(),
    /** Score 100 here and beyond; null: where that line comes to 100. */
    best: figure('best').nullable(),
    /** The least and the most that can be; a value beyond is not judged. Null: there is none. */
    least: figure('least').nullable(),
    most: figure('most').nullable(),
    /** For percentages: from here on, and above 1, a number without a sign is per cent, as it can be no ratio. Null: it never is, as it may be a count. */
    plainFrom: figure('plainFrom').nullable(),
    /** What it counts in its category, against the other KPIs there. */
    weight,
  })
  .superRefine((rule, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if ((rule.unit === 'RATING') !== (rule.scale !== null)) fault('scale', 'a rating needs a scale, and nothing else has one');
    if ((rule.unit === 'MONEY') !== (rule.currency !== null)) fault('currency', 'money needs a currency, and nothing else has one');
    const higher = rule.direction === 'HIGHER_IS_BETTER';
    const inOrder = (worse: number, better: number): boolean => (higher ? worse < better : worse > better);
    if (!inOrder(rule.critical, rule.healthy)) fault('critical', `the thresholds contradict each other: where ${higher ? 'more' : 'less'} is better, critical must be ${higher ? 'below' : 'above'} healthy`);
    if (rule.worst !== null && !inOrder(rule.worst, rule.critical)) fault('worst', `worst must be ${higher ? 'below' : 'above'} critical`);
    if (rule.best !== null && !inOrder(rule.healthy, rule.best)) fault('best', `best must be ${higher ? 'above' : 'below'} healthy`);
    if (rule.plainFrom !== null && rule.unit !== 'PERCENT') fault('plainFrom', 'only a percentage says from where on a number without a sign is one');
    const lines = [rule.critical, rule.healthy, rule.worst, rule.best].filter((line) => line !== null);
    if (rule.least !== null && Math.min(...lines) < rule.least) fault('least', 'least must not lie above a threshold, worst or best');
    if (rule.most !== null && Math.max(...lines) > rule.most) fault('most', 'most must not lie below a threshold, worst or best');
    if (rule.scale !== null && [rule.critical, rule.healthy].some((threshold) => threshold < 0 || threshold > (rule.scale ?? 0))) fault('critical', 'a rating\'s thresholds must lie on its scale');
  });

/** The parameters of a health model as its row stores them. */
export const healthModelParameters = z
  .strictObject({
    categories: z.array(category, { error: 'categories must be a list' }),
    kpis: z.array(kpi, { error: 'kpis must be a list' }).max(500, 'kpis may name at most 500 parameters'),
    /** Days after which a monthly trend is not used if KPIs are fresher; null: never. Versions of before had no horizon. */
    trendHorizonDays: z.int('trendHorizonDays must be a whole number or null').min(1, 'trendHorizonDays must be at least 1').max(3_660, 'trendHorizonDays must be at most 3660').nullable().default(null),
    /** The least share of the categories' weights that KPIs must cover for an overall score, 0..1. Versions of before asked for none. */
    minCoverage: figure('minCoverage').min(0, 'minCoverage must be 0 or more').max(1, 'minCoverage must be at most 1').default(0),
  })
  .superRefine(({ categories, kpis }, context) => {
    const given = categories.map((each) => each.category).toSorted();
    if (JSON.stringify(given) !== JSON.stringify(healthCategories.toSorted())) context.addIssue({ code: 'custom', path: ['categories'], message: 'categories must name each of the five categories once' });
    refuseTwins(context, 'categories', categories.map((each) => each.names.map(categoryKey)));
    // What is delivered in one of two units has a rule for each.
    refuseTwins(context, 'kpis', kpis.map((each) => each.names.map((one) => `${nameKey(one)}" in "${each.unit}`)));
  });

function refuseTwins(context: z.RefinementCtx, list: string, keys: readonly (readonly string[])[]): void {
  const holders = new Map<string, number>();
  for (const [index, own] of keys.entries()) {
    for (const key of new Set(own)) {
      if (holders.has(key)) context.addIssue({ code: 'custom', path: [list, index, 'names'], message: `the name "${key}" stands for two of the ${list}` });
      holders.set(key, index);
    }
  }
}

/** What a health model says, without its version. */
export type HealthModelParameters = z.output<typeof healthModelParameters>;
/** How one parameter of KPIs is judged. */
export type KpiRule = HealthModelParameters['kpis'][number];

/**
 * A version of a tenant's health model; never changed in place. Version 0 is the program's own, in force until the tenant
 * publishes one: it was published at no instant.
 */
export type HealthModel = Readonly<HealthModelParameters & { readonly version: number; readonly digest: string; readonly publishedAt: string | null }>;

/** SHA-256 of what a model says, in hex: equal for models that say the same. */
export function digestOfModel(parameters: HealthModelParameters): string {
  return createHash('sha256').update(canonicalJson(parameters)).digest('hex');
}
