/**
 * The latest of some facts, in the order of their ids: all of the latest instant. Which of two records of one instant arrived
 * first must decide nothing, so that the same deliveries give the same evidence in any order.
 */
export function latestOf<Fact extends { readonly id: string; readonly occurredAt: string }>(facts: readonly Fact[]): readonly Fact[] {
  const latest = Math.max(...facts.map(({ occurredAt }) => Date.parse(occurredAt)));
  return facts.filter(({ occurredAt }) => Date.parse(occurredAt) === latest).toSorted((one, other) => (one.id < other.id ? -1 : 1));
}
