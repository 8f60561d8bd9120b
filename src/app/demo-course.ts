import type { DemoRandom } from './demo-random.ts';

/** The five categories in the order in which the demo makes them. */
export type CategoryHealth = readonly [usage: number, support: number, sentiment: number, outcomes: number, relationship: number];

/** How the health of an account of the demo went, month by month, the last month last. */
export interface Course {
  readonly months: readonly { readonly overall: number; readonly categories: CategoryHealth }[];
  /** Whether monthly trends were delivered; else its health is what its KPIs show. */
  readonly hasTrends: boolean;
}

/** How accounts fare: from where to where within a year, how much they swing, and how often such ones are. */
const ways = [
  { from: 78, to: 80, swing: 3 }, { from: 72, to: 76, swing: 4 }, { from: 84, to: 88, swing: 2 }, { from: 52, to: 81, swing: 4 }, { from: 60, to: 74, swing: 5 },
  { from: 83, to: 44, swing: 4 }, { from: 74, to: 57, swing: 5 }, { from: 62, to: 60, swing: 10 }, { from: 45, to: 36, swing: 4 }, { from: 66, to: 68, swing: 5 },
] as const;

const onScale = (score: number): number => Math.round(Math.min(99, Math.max(4, score)) * 10) / 10;

/** Draws a year: a line from a beginning to an end, with each category apart from it by an amount of its own, and noise. */
export function drawCourse(random: DemoRandom, months: number): Course {
  const { from, to, swing } = random.pick(ways);
  const apart = Array.from({ length: 5 }, () => random.between(-20, 20));
  const start = from + random.between(-4, 4);
  return {
    months: Array.from({ length: months }, (_, month) => {
      const level = start + ((to - start) * (month + 1)) / months + random.between(-swing, swing);
      const [usage = 0, support = 0, sentiment = 0, outcomes = 0, relationship = 0] = apart.map((own) => onScale(level + own + random.between(-3, 3)));
      const overall = onScale(0.25 * usage + 0.2 * support + 0.2 * sentiment + 0.2 * outcomes + 0.15 * relationship);
      return { overall, categories: [usage, support, sentiment, outcomes, relationship] };
    }),
    hasTrends: random.chance(0.85),
  };
}

/** A figure that scores so much where `critical` scores 40 and `healthy` 70, as the health model reads it. */
const figureAt = (score: number, critical: number, healthy: number): number => critical + ((score - 40) / 30) * (healthy - critical);

function duration(hours: number): string {
  if (hours < 1) return '< 1 h';
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} days`;
}

interface DemoKpi {
  readonly category: string;
  readonly parameter: string;
  readonly value: string;
}

/** What one KPI shows lies around what its category does: no customer is good, or bad, at everything. */
const near = (random: DemoRandom, score: number): number => Math.min(99, Math.max(3, score + random.between(-22, 22)));
const atLeast = (least: number, figure: number): number => Math.max(least, figure);
const percent = (score: number, critical: number, healthy: number): string => `${Math.min(100, Math.max(0, figureAt(score, critical, healthy))).toFixed(0)} %`;

/** KPIs of a product, each with its own. */
export function productKpisOf(random: DemoRandom, [usage]: CategoryHealth): readonly DemoKpi[] {
  return [{ category: 'Product Usage', parameter: 'Licence utilisation', value: percent(near(random, usage), 50, 80) }];
}

/** KPIs of a month as a customer's systems would write them, with their units. */
export function kpisOf(random: DemoRandom, categories: CategoryHealth): readonly DemoKpi[] {
  const [usage, support, sentiment, outcomes, relationship] = categories;
  return [
    { category: 'Product Usage', parameter: 'Weekly active users', value: percent(near(random, usage), 40, 70) },
    { category: 'Product Usage', parameter: 'Feature adoption rate', value: percent(near(random, usage), 30, 60) },
    { category: 'Support', parameter: 'First response time', value: duration(atLeast(0.4, figureAt(near(random, support), 24, 4))) },
    { category: 'Support', parameter: 'Open tickets', value: `${atLeast(0, figureAt(near(random, support), 20, 5)).toFixed(0)}${random.chance(0.5) ? ' tickets' : ''}` },
    { category: 'Support', parameter: 'SLA compliance', value: percent(near(random, support), 85, 95) },
    { category: 'Customer Sentiment', parameter: 'NPS', value: figureAt(near(random, sentiment), 0, 30).toFixed(0) },
    { category: 'Customer Sentiment', parameter: 'CSAT', value: random.chance(0.05) ? 'n/a' : `${Math.min(5, figureAt(near(random, sentiment), 3, 4)).toFixed(1)}/5` },
    { category: 'Business Outcomes', parameter: 'Net revenue retention (NRR)', value: `${figureAt(near(random, outcomes), 90, 105).toFixed(0)} %` },
    { category: 'Business Outcomes', parameter: 'Expansion revenue', value: `$${(Math.round(atLeast(0, figureAt(near(random, outcomes), 1_000, 10_000)) / 100) / 10).toFixed(1)}k` },
    { category: 'Relationship Strength', parameter: 'Stakeholder engagement', value: percent(near(random, relationship), 40, 70) },
    { category: 'Relationship Strength', parameter: 'Days since last contact', value: `${atLeast(1, figureAt(near(random, relationship), 45, 14)).toFixed(0)} days` },
  ];
}
