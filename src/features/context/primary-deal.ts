import type { DealFact } from './facts.ts';

/**
 * The deal that the context is about: of those neither won nor lost, the one that closes first (unknown close dates last),
 * then the largest amount, then by name, stage and reference, so that the order of arrival does not decide. Null when none is open.
 */
export function primaryDeal(deals: readonly DealFact[]): DealFact | null {
  return deals.filter(({ stageKind }) => stageKind !== 'WON' && stageKind !== 'LOST').toSorted(compareDeals)[0] ?? null;
}

function compareDeals(one: DealFact, other: DealFact): number {
  const [a, b] = [one.closeDate ?? '9999-12-31', other.closeDate ?? '9999-12-31'];
  if (a !== b) return a < b ? -1 : 1;
  const amounts = (other.amountMinor ?? -1) - (one.amountMinor ?? -1);
  if (amounts !== 0) return amounts;
  return compareText(one.name, other.name) || compareText(one.stage, other.stage) || compareText(one.ref ?? '', other.ref ?? '') || compareText(one.id, other.id);
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
