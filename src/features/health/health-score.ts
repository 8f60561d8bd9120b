import { healthCategories, type HealthCategory } from './enums.ts';

/** Scores by category, 0 to 100; null where nothing was measured. */
export type CategoryScores = Readonly<Record<HealthCategory, number | null>>;

/** A score and what it counts. */
export interface Weighted {
  readonly score: number;
  readonly weight: number;
}

/** Σ weight · score / Σ weight; null of nothing. Never outside the scores that it is made of. */
export function weightedMean(parts: readonly Weighted[]): number | null {
  if (parts.length === 0) return null;
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const mean = parts.reduce((sum, { score, weight }) => sum + (score * weight) / total, 0);
  const scores = parts.map(({ score }) => score);
  return Math.min(Math.max(...scores), Math.max(Math.min(...scores), mean));
}

/**
 * The health that KPIs show where no monthly trend is used. Requirements 8 ask for a proxy and leave its formula open;
 * this one is ours. Scores are 0 to 100, weights have no unit, coverage is 0 to 1.
 *
 *   category    mean of the scores of its judged KPIs, by the weights of their parameters
 *   partial     mean of the categories that have a score, by the weights of the categories
 *   coverage    Σ weights of the categories that have a score / Σ weights of all categories
 *   overall     partial where coverage is at least the model's minCoverage; else null: so few KPIs make no overall health
 *
 * A better value of one KPI never lowers a score, and a KPI that cannot be judged changes none.
 *
 * A monthly trend within the model's horizon (trendHorizonDays, from the trend's instant or the end of its month,
 * whichever is earlier) goes before this. Beyond the horizon it is used only while no judged KPI is fresher. A trend's
 * overall score is used as it was delivered; its coverage is the weight share of the categories it states.
 */
export function proxyScores(
  kpis: readonly (Weighted & { readonly category: HealthCategory })[],
  categoryWeights: Readonly<Record<HealthCategory, number>>,
): { readonly partial: number | null; readonly categories: CategoryScores } {
  const byCategory = Map.groupBy(kpis, ({ category }) => category);
  const categories = Object.fromEntries(healthCategories.map((category) => [category, weightedMean(byCategory.get(category) ?? [])])) as Record<HealthCategory, number | null>;
  const present = healthCategories.flatMap((category) => {
    const score = categories[category];
    return score === null ? [] : [{ score, weight: categoryWeights[category] }];
  });
  return { partial: weightedMean(present), categories };
}

/** The share of the categories' weights for which there is a score, 0..1. */
export function coverageOf(categories: CategoryScores, categoryWeights: Readonly<Record<HealthCategory, number>>): number {
  const weightOf = (some: readonly HealthCategory[]): number => some.reduce((sum, category) => sum + categoryWeights[category], 0);
  const measured = healthCategories.filter((category) => categories[category] !== null);
  return measured.length === healthCategories.length ? 1 : weightOf(measured) / weightOf(healthCategories);
}
