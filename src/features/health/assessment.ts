import type { Id } from '../../platform/ids.ts';
import type { Assessment, JudgedKpi } from './assess-health.ts';
import { healthCategories, type HealthCategory, type KpiStatus } from './enums.ts';
import { healthTrendLineage, kpiLineage } from './health-lineage-kinds.ts';
import type { HealthModel, KpiRule } from './health-model.ts';
import { categoryKey, nameKey } from './health-names.ts';
import { proxyScores, type CategoryScores, type Weighted } from './health-score.ts';
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

/** The health of one account out of its rows. The scores of the latest monthly trend go before those of the proxy. */
export function assess(accountId: Id<'Account'>, { model, kpis, trend }: { readonly model: HealthModel; readonly kpis: readonly KpiRecord[]; readonly trend: TrendRecord | null }): Assessment {
  const weighted: (Weighted & { category: HealthCategory; occurredAt: string })[] = [];
  const judged = kpis.map((kpi): JudgedKpi => {
    const { status, score, because, category, weight } = judge(model, kpi);
    if (score !== null && category !== null) weighted.push({ score, weight, category, occurredAt: kpi.occurredAt });
    const { id, rowVersion, productId, categoryName, parameter, value, occurredAt } = kpi;
    return { id, rowVersion, productId, categoryName, category, parameter, value, status, score, weight, because, occurredAt };
  });
  const count = (status: KpiStatus): number => judged.filter((kpi) => kpi.status === status).length;
  const accountLevel = judged.filter(({ productId }) => productId === null).length;
  const counts = {
    total: judged.length, accountLevel, productLevel: judged.length - accountLevel,
    critical: count('CRITICAL'), atRisk: count('AT_RISK'), healthy: count('HEALTHY'), unknown: count('UNKNOWN'),
  };
  const shown = shownScores(model, weighted, trend);
  return {
    accountId,
    ...shown,
    weights: rules(model).weights,
    model: { version: model.version, digest: model.digest },
    trend: trend && { id: trend.id, rowVersion: trend.rowVersion, year: trend.year, month: trend.month },
    kpis: judged,
    counts,
    reasons: reasonsOf(shown, judged, trend),
    inputs: [...(trend ? [healthTrendLineage.ref(trend.id)] : []), ...judged.map(({ id }) => kpiLineage.ref(id))],
  };
}

type Shown = Pick<Assessment, 'overall' | 'categories' | 'source' | 'asOf'>;

function shownScores(model: HealthModel, weighted: readonly (Weighted & { category: HealthCategory; occurredAt: string })[], trend: TrendRecord | null): Shown {
  if (trend) {
    const { PRODUCT_USAGE, SUPPORT, CUSTOMER_SENTIMENT, BUSINESS_OUTCOMES, RELATIONSHIP_STRENGTH, overall, occurredAt } = trend;
    return { overall, categories: { PRODUCT_USAGE, SUPPORT, CUSTOMER_SENTIMENT, BUSINESS_OUTCOMES, RELATIONSHIP_STRENGTH }, source: 'TREND', asOf: occurredAt };
  }
  if (weighted.length === 0) return { overall: null, categories: noScores, source: 'NONE', asOf: null };
  const latest = weighted.map(({ occurredAt }) => occurredAt).reduce((a, b) => (Date.parse(a) >= Date.parse(b) ? a : b));
  return { ...proxyScores(weighted, rules(model).weights), source: 'PROXY', asOf: latest };
}

const inWords = (category: HealthCategory): string => category.toLowerCase().replaceAll('_', ' ');

function reasonsOf({ source, categories }: Shown, kpis: readonly JudgedKpi[], trend: TrendRecord | null): string[] {
  const measured = healthCategories.flatMap((category) => {
    const score = categories[category];
    return score === null ? [] : [{ category, score }];
  });
  const weakest = measured.toSorted((a, b) => a.score - b.score)[0];
  const first = {
    TREND: `The scores are those of the monthly trend of ${trend?.year}-${String(trend?.month).padStart(2, '0')}.`,
    PROXY: `There is no monthly trend; the scores are computed from ${kpis.filter(({ score, category }) => score !== null && category !== null).length} of ${kpis.length} KPIs.`,
    NONE: kpis.length === 0 ? 'There is neither a monthly trend nor a KPI.' : 'There is no monthly trend, and no KPI can be judged.',
  }[source];
  const critical = kpis.filter(({ status }) => status === 'CRITICAL').slice(0, 5).map(({ parameter, because }) => `${parameter}: ${because}`);
  const unknown = kpis.filter(({ status }) => status === 'UNKNOWN').length;
  return [
    first,
    ...(weakest ? [`Weakest is ${inWords(weakest.category)} with ${Math.round(weakest.score)}.`] : []),
    ...critical,
    ...(unknown > 0 ? [`${unknown} of ${kpis.length} KPIs cannot be judged.`] : []),
  ];
}
