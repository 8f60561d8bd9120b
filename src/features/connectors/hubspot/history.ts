import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { HubspotClient } from './client.ts';
import { isObjectId, objectKinds, kindNamed, type ObjectKind } from './object-kinds.ts';

/**
 * Where the reading of history is. HubSpot's search gives 10,000 results at most and sorts by one property. So a search
 * begins at the modification time of the last object before (`from`): objects of that instant come twice, which changes
 * nothing. Where a whole page is of one instant (an import), the objects of that instant are read by their ids (`at`), and
 * then those that are later. After the objects of a kind come those that were deleted (`deleted`).
 */
const place = z.strictObject({
  kind: z.string(), total: z.int().nullable(),
  step: z.discriminatedUnion('name', [
    z.strictObject({ name: z.literal('from'), time: z.int() }),
    z.strictObject({ name: z.literal('at'), time: z.int(), id: z.string() }),
    z.strictObject({ name: z.literal('deleted'), after: z.string().nullable() }),
  ]),
});
/** Where the reading of history is. */
export type HistoryPlace = z.output<typeof place>;

/** How many objects a part has; two batches of those whose past values are read. */
export const pageSize = 100;
const kinds = Object.values(objectKinds);

/** Reads a stored cursor. Throws `VendorFault` for one that is none. */
export function readCursor(cursor: string): HistoryPlace {
  const read = place.safeParse(parsed(cursor));
  if (read.success && kindNamed(read.data.kind)) return read.data;
  throw new VendorFault('REFUSED', 'The cursor is not one of the history of HubSpot. Begin the back-fill again.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Where history begins, with how many objects there are. */
export async function firstPlace(client: HubspotClient): Promise<HistoryPlace> {
  const counts = await Promise.all(kinds.map(({ plural }) => client.searchObjects(plural, { limit: 1, filterGroups: [], properties: [], sorts: [] })));
  const total = counts.reduce((sum, { total: count }) => sum + (count ?? 0), 0);
  return { kind: kinds[0]?.kind ?? 'company', total, step: { name: 'from', time: 0 } };
}

/** Objects of a part: ids of those that are to be read, or objects that were deleted. */
export interface HistoryPart {
  readonly kind: ObjectKind;
  readonly ids: readonly string[];
  readonly deleted: readonly unknown[];
  readonly next: HistoryPlace | null;
}

const found = z.looseObject({ id: z.string(), properties: z.record(z.string(), z.string().nullish()).nullish() });

/** Finds the objects of a part, and where the next one begins. */
export async function readPart(client: HubspotClient, { step, ...rest }: HistoryPlace): Promise<HistoryPart> {
  const kind = kindNamed(rest.kind) ?? objectKinds.company;
  if (step.name === 'deleted') {
    const { results, paging } = await client.listObjects(kind.plural, { archived: true, limit: pageSize, ...(step.after === null ? {} : { after: step.after }) });
    const after = paging?.next?.after;
    return { kind, ids: [], deleted: results, next: after === undefined ? nextKind(kind, rest.total) : { ...rest, step: { name: 'deleted', after } } };
  }
  const { ids, isFull, first, last } = await search(client, kind, step);
  const goTo = (next: HistoryPlace['step']): HistoryPart => ({ kind, ids, deleted: [], next: { ...rest, step: next } });
  if (step.name === 'at') return goTo(isFull ? { ...step, id: ids.at(-1) ?? step.id } : { name: 'from', time: step.time + 1 });
  if (!isFull) return goTo({ name: 'deleted', after: null });
  // Without a time nothing says where the next part begins.
  if (first === undefined || last === undefined) throw new VendorFault('UNREADABLE', 'HubSpot does not say when the objects of its search were modified.');
  return goTo(first === last ? { name: 'at', time: last, id: '0' } : { name: 'from', time: last });
}

function nextKind(kind: ObjectKind, total: number | null): HistoryPlace | null {
  const next = kinds[kinds.indexOf(kind) + 1];
  return next ? { kind: next.kind, total, step: { name: 'from', time: 0 } } : null;
}

/** Objects that a search found, the least modified first. */
interface Found {
  readonly ids: readonly string[];
  /** Whether there may be more. */
  readonly isFull: boolean;
  /** When the first and the last of them were modified: milliseconds since 1970. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

async function search(client: HubspotClient, { plural, modified }: ObjectKind, step: Exclude<HistoryPlace['step'], { readonly name: 'deleted' }>): Promise<Found> {
  const { FilterOperatorEnum: operator } = await import('@hubspot/api-client/lib/codegen/crm/objects/models/Filter.js');
  const filters = step.name === 'from'
    ? [{ propertyName: modified, operator: operator.Gte, value: String(step.time) }]
    : [{ propertyName: modified, operator: operator.Eq, value: String(step.time) }, { propertyName: 'hs_object_id', operator: operator.Gt, value: step.id }];
  const { results } = await client.searchObjects(plural, { limit: pageSize, filterGroups: [{ filters }], properties: [modified], sorts: [step.name === 'from' ? modified : 'hs_object_id'] });
  const objects = results.flatMap((result) => found.safeParse(result).data ?? []);
  const times = objects.map(({ properties }) => Date.parse(properties?.[modified] ?? '')).filter((time) => !Number.isNaN(time)).toSorted((one, other) => one - other);
  return { ids: objects.map(({ id }) => id).filter(isObjectId), isFull: results.length >= pageSize, first: times[0], last: times.at(-1) };
}
