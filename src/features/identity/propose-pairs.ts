/** Two nodes, the smaller id first, as the database keeps them. */
export type Pair = readonly [string, string];

/** The pair of two nodes, in the one order of its ids. */
export const pairOf = (one: string, other: string): Pair => (one < other ? [one, other] : [other, one]);
/** Text that is equal for equal pairs. */
export const pairKey = ([left, right]: Pair): string => `${left} ${right}`;

/** The most nodes of one group that are compared. */
export const mostInGroup = 101;

/**
 * The pairs to propose among nodes that have a value in common, in their fixed order: each node is paired with the first
 * one before it that it was not rejected with. So a group of n nodes makes n - 1 pairs at most, not n²/2; a rejection leads to
 * the next one to compare with, and the result depends on the nodes and the rejections alone.
 */
export function proposePairs(members: readonly string[], isBlocked: (pair: Pair) => boolean): Pair[] {
  return members.slice(0, mostInGroup).flatMap((node, place) => {
    const partner = members.slice(0, place).find((before) => !isBlocked(pairOf(before, node)));
    return partner === undefined ? [] : [pairOf(partner, node)];
  });
}
