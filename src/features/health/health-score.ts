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
 * The health that KPIs show where no monthly trend was delivered. Requirements 8 ask for a proxy and leave its formula
 * open; this one is ours. A category's score is the mean of its judged KPIs' scores by the weights of their parameters;
 * the overall score is the mean of the categories that have one, by the weights of the categories: those without are left
 * out and the others' weights count for all. Scores are 0 to 100, weights have no unit. So a better value of one KPI
 * never lowers a score, and a KPI that cannot be judged changes none.
 */
export function proxyScores(
  kpis: readonly (Weighted & { readonly category: HealthCategory })[],
  categoryWeights: Readonly<Record<HealthCategory, number>>,
): { readonly overall: number | null; readonly categories: CategoryScores } {
  const byCategory = Map.groupBy(kpis, ({ category }) => category);
  const categories = Object.fromEntries(healthCategories.map((category) => [category, weightedMean(byCategory.get(category) ?? [])])) as Record<HealthCategory, number | null>;
  const present = healthCategories.flatMap((category) => {
    const score = categories[category];
    return score === null ? [] : [{ score, weight: categoryWeights[category] }];
  });
  return { overall: weightedMean(present), categories };
}
