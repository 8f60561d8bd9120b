import { z } from 'zod';
import type { Anchor } from './anchor.ts';
import { anchorLine } from './export-lines.ts';

const anchorAnywhere = z.union([anchorLine, z.looseObject({ kind: z.literal('audit.anchored'), tenantId: z.uuid(), data: anchorLine.omit({ type: true }) }).transform(({ tenantId, data }) => ({ tenantId, ...data }))]);

/** An anchor as it was kept; null: it does not say whose chain it is of. */
export interface KeptAnchor extends Anchor {
  readonly tenantId: string | null;
}

/** Reads an anchor that was kept elsewhere: a line of an export, or an event `audit.anchored` as it is on the bus; null: it is something else. */
export function readAnchor(value: unknown): KeptAnchor | null {
  const found = anchorAnywhere.safeParse(value);
  return found.success ? { tenantId: null, ...found.data } : null;
}

/** Reads anchors as above, of what was read from JSON already; the rest is passed over. */
export async function readAnchorsOf(values: AsyncIterable<unknown>): Promise<KeptAnchor[]> {
  const anchors: KeptAnchor[] = [];
  for await (const value of values) {
    const found = readAnchor(value);
    if (found) anchors.push(found);
  }
  return anchors;
}

/** Of anchors that were kept, those of a tenant's chain, in the order of sequence. */
export function anchorsOfTenant(kept: readonly KeptAnchor[], tenantId: string): Anchor[] {
  return kept.filter((anchor) => anchor.tenantId === null || anchor.tenantId === tenantId).sort((one, other) => one.sequence - other.sequence);
}
