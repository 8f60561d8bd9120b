import type { Id } from '../../platform/ids.ts';
import type { Assessment, JudgedKpi } from './assess-health.ts';
import { healthCategories, type HealthCategory, type HealthSourceReason, type KpiStatus } from './enums.ts';
import { healthTrendLineage, kpiLineage } from './health-lineage-kinds.ts';
import type { HealthModel, KpiRule } from './health-model.ts';
import { categoryKey, nameKey } from './health-names.ts';
import { coverageOf, proxyScores, type CategoryScores, type Weighted } from './health-score.ts';
import { judgeKpi, ruleFor, type Judgement } from './judge-kpi.ts';

/** A KPI's row as it is assessed. */
export interface KpiRecord {
  readonly id: Id<'Kpi'>;
  readonly accountId: Id<'Account'>;
  readonly rowVersion: string;
  readonly productId: Id<'Product'> | null;
  readonly categoryName: string;
  readonly parameter: string;
  readonly value: string;
  readonly occurredAt: string;
}

/** A monthly trend's row as it is assessed. */
export interface TrendRecord extends CategoryScores {
  readonly id: Id<'HealthTrend'>;
  readonly accountId: Id<'Account'>;
  readonly rowVersion: string;
  readonly year: number;
  readonly month: number;
  readonly occurredAt: string;
  readonly overall: number;
}

interface Rules {
  /** Of a parameter that is delivered in several units, a rule for each. */
  readonly byParameter: ReadonlyMap<string, readonly KpiRule[]>;
  readonly byCategory: ReadonlyMap<string, HealthCategory>;
  readonly weights: Readonly<Record<HealthCategory, number>>;
}

// A model is never changed in place, so what is looked up in it is kept for as long as it lives.
const rulesOf = new WeakMap<HealthModel, Rules>();

function rules(model: HealthModel): Rules {
  const known = rulesOf.get(model);
  if (known) return known;
  const made: Rules = {
    byParameter: new Map([...Map.groupBy(model.kpis.flatMap((rule) => [...new Set(rule.names.map(nameKey))].map((key) => ({ key, rule }))), ({ key }) => key)].map(([key, found]) => [key, found.map(({ rule }) => rule)])),
    byCategory: new Map(model.categories.flatMap(({ category, names }) => names.map((name) => [categoryKey(name), category] as const))),
    weights: Object.fromEntries(model.categories.map(({ category, weight }) => [category, weight])) as Record<HealthCategory, number>,
  };
  rulesOf.set(model, made);
  return made;
}

/** How a KPI stands, with its category, what it counts there, and the rule that says so; null where the model has none. */
export type JudgementInModel = Judgement & { readonly category: HealthCategory | null; readonly weight: number; readonly rule: KpiRule | null };

/** How a KPI stands under a model. */
export function judge(model: HealthModel, kpi: Pick<KpiRecord, 'parameter' | 'value' | 'categoryName'>): JudgementInModel {
  const { byParameter, byCategory } = rules(model);
  const rule = ruleFor(kpi, byParameter.get(nameKey(kpi.parameter)) ?? []);
  const category = byCategory.get(categoryKey(kpi.categoryName)) ?? rule?.category ?? null;
  if (!rule) return { status: 'UNKNOWN', score: null, because: `The health model (version ${model.version}) has no thresholds for "${kpi.parameter}".`, category, weight: 0, rule: null };
  return { ...judgeKpi(kpi, rule), category, weight: rule.weight, rule };
}

const noScores: CategoryScores = { PRODUCT_USAGE: null, SUPPORT: null, CUSTOMER_SENTIMENT: null, BUSINESS_OUTCOMES: null, RELATIONSHIP_STRENGTH: null };

/** What the health of one account is computed from. */
interface Known {
  readonly model: HealthModel;
  readonly kpis: readonly KpiRecord[];
  /** The latest monthly trend. */
  readonly latest: TrendRecord | null;
  /** The instant that its age is measured to. RFC 3339. */
  readonly now: string;
}

type Counting = Weighted & { readonly category: HealthCategory; readonly occurredAt: string };

/** The health of one account out of its rows. `health-score.ts` says which of them count. */
export function assess(accountId: Id<'Account'>, { model, kpis, latest, now }: Known): Assessment {
  const counting: Counting[] = [];
  const judged = kpis.map((kpi): JudgedKpi => {
    const { status, score, because, category, weight } = judge(model, kpi);
    if (score !== null && category !== null) counting.push({ score, weight, category, occurredAt: kpi.occurredAt });
    const { id, rowVersion, productId, categoryName, parameter, value, occurredAt } = kpi;
    return { id, rowVersion, productId, categoryName, category, parameter, value, status, score, weight, because, occurredAt };
  });
  const count = (status: KpiStatus): number => judged.filter((kpi) => kpi.status === status).length;
  const accountLevel = judged.filter(({ productId }) => productId === null).length;
  const counts = {
    total: judged.length, accountLevel, productLevel: judged.length - accountLevel,
    critical: count('CRITICAL'), atRisk: count('AT_RISK'), healthy: count('HEALTHY'), unknown: count('UNKNOWN'),
  };
  const staleAt = latest && staleAtOf(latest, model);
  const sourceReason = chooseSource(latest, staleAt, counting, now);
  const trend = sourceReason === 'CURRENT_TREND' || sourceReason === 'ONLY_OLD_TREND' ? latest : null;
  const shown = shownScores(model, counting, trend);
  return {
    accountId,
    ...shown,
    sourceReason,
    trendStaleAt: sourceReason === 'CURRENT_TREND' && staleAt !== null ? new Date(staleAt).toISOString() : null,
    weights: rules(model).weights,
    model: { version: model.version, digest: model.digest },
    trend: trend && { id: trend.id, rowVersion: trend.rowVersion, year: trend.year, month: trend.month },
    kpis: judged,
    counts,
    reasons: [...sourceInWords(sourceReason, { model, latest, counting, kpis: judged }), ...reasonsOf(shown, judged, model)],
    inputs: [...(trend ? [healthTrendLineage.ref(trend.id)] : []), ...judged.map(({ id }) => kpiLineage.ref(id))],
  };
}

const day = 86_400_000;

/** When a trend was measured: as it says, but not after the end of its month. Epoch milliseconds. */
function measuredAt({ year, month, occurredAt }: TrendRecord): number {
  return Math.min(Date.parse(occurredAt), Date.UTC(year, month) - 1);
}

/** From when on a trend is past the model's horizon; null where that has none. Epoch milliseconds. */
function staleAtOf(trend: TrendRecord, { trendHorizonDays }: HealthModel): number | null {
  return trendHorizonDays === null ? null : measuredAt(trend) + trendHorizonDays * day + 1;
}

function chooseSource(latest: TrendRecord | null, staleAt: number | null, counting: readonly Counting[], now: string): HealthSourceReason {
  if (!latest) return counting.length > 0 ? 'NO_TREND' : 'NO_DATA';
  if (staleAt === null || Date.parse(now) < staleAt) return 'CURRENT_TREND';
  return counting.some(({ occurredAt }) => Date.parse(occurredAt) > measuredAt(latest)) ? 'TREND_TOO_OLD' : 'ONLY_OLD_TREND';
}

type Shown = Pick<Assessment, 'overall' | 'partial' | 'coverage' | 'categories' | 'source' | 'asOf'>;

function shownScores(model: HealthModel, counting: readonly Counting[], trend: TrendRecord | null): Shown {
  const { weights } = rules(model);
  if (trend) {
    const { PRODUCT_USAGE, SUPPORT, CUSTOMER_SENTIMENT, BUSINESS_OUTCOMES, RELATIONSHIP_STRENGTH, overall, occurredAt } = trend;
    const categories = { PRODUCT_USAGE, SUPPORT, CUSTOMER_SENTIMENT, BUSINESS_OUTCOMES, RELATIONSHIP_STRENGTH };
    return { overall, partial: overall, coverage: coverageOf(categories, weights), categories, source: 'TREND', asOf: occurredAt };
  }
  if (counting.length === 0) return { overall: null, partial: null, coverage: 0, categories: noScores, source: 'NONE', asOf: null };
  const latest = counting.map(({ occurredAt }) => occurredAt).reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b));
  const { partial, categories } = proxyScores(counting, weights);
  const coverage = coverageOf(categories, weights);
  return { overall: coverage >= model.minCoverage ? partial : null, partial, coverage, categories, source: 'PROXY', asOf: latest };
}

const inWords = (category: HealthCategory): string => category.toLowerCase().replaceAll('_', ' ');

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function sourceInWords(reason: HealthSourceReason, { model, latest, counting, kpis }: { readonly model: HealthModel; readonly latest: TrendRecord | null; readonly counting: readonly Counting[]; readonly kpis: readonly JudgedKpi[] }): string[] {
  const trend = `monthly trend of ${latest?.year}-${String(latest?.month).padStart(2, '0')}`;
  const computed = `the scores are computed from ${counting.length} of ${kpis.length} KPIs.`;
  switch (reason) {
    case 'CURRENT_TREND': return [`The scores are those of the ${trend}.`];
    case 'ONLY_OLD_TREND': return [`The scores are those of the ${trend}. It is older than ${model.trendHorizonDays} days, but no KPI that can be judged is fresher.`];
    case 'TREND_TOO_OLD': return [`The ${trend} is older than ${model.trendHorizonDays} days and KPIs are fresher; ${computed}`];
    case 'NO_TREND': return [`There is no monthly trend; ${computed}`];
    case 'NO_DATA': return [kpis.length === 0 ? 'There is neither a monthly trend nor a KPI.' : 'There is no monthly trend, and no KPI can be judged.'];
  }
}

function reasonsOf({ overall, partial, coverage, categories }: Shown, kpis: readonly JudgedKpi[], { minCoverage }: HealthModel): string[] {
  const measured = healthCategories.flatMap((category) => {
    const score = categories[category];
    return score === null ? [] : [{ category, score }];
  });
  const weakest = measured.toSorted((a, b) => a.score - b.score)[0];
  const critical = kpis.filter(({ status }) => status === 'CRITICAL').slice(0, 5).map(({ parameter, because }) => `${parameter}: ${because}`);
  const unknown = kpis.filter(({ status }) => status === 'UNKNOWN').length;
  return [
    ...(overall === null && partial !== null ? [`The KPIs cover ${percent(coverage)} of the formula; an overall score needs ${percent(minCoverage)}.`] : []),
    ...(weakest ? [`Weakest is ${inWords(weakest.category)} with ${Math.round(weakest.score)}.`] : []),
    ...critical,
    ...(unknown > 0 ? [`${unknown} of ${kpis.length} KPIs cannot be judged.`] : []),
  ];
}
