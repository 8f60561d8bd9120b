import { z } from 'zod';
import { joinReadings, type Reading } from '../reading.ts';
import type { HubspotClient } from './client.ts';
import { checkObject, valueOf } from './fetched-object.ts';
import type { ObjectKind } from './object-kinds.ts';
import { ended, mergedIds, readObject, type HubspotDirectory } from './read-object.ts';

/** Objects of one kind that are wanted, with when an event said that they changed. */
export type WantedObjects = ReadonlyMap<string, string | null>;

/** Reads objects of a kind, by their ids; what is gone comes back as a deletion. */
export async function fetchObjects(client: HubspotClient, kind: ObjectKind, { wanted, directory }: { readonly wanted: WantedObjects; readonly directory: (objects: readonly unknown[]) => Promise<HubspotDirectory> }): Promise<ReadonlyMap<string, Reading>> {
  const ids = [...wanted.keys()];
  const found = await readBatches(client, kind, { ids, archived: false });
  const missing = ids.filter((id) => !found.has(id));
  const deleted = missing.length === 0 ? new Map<string, unknown>() : await readBatches(client, kind, { ids: missing, archived: true });
  const objects = new Map([...deleted, ...found]);
  const companies = kind.kind === 'company' ? new Map<string, string>() : await companiesOf(client, kind, [...found.values()].flatMap((object) => idsIn(object).slice(0, 1)));
  const known = await directory([...found.values()]);
  return new Map(ids.map((id): [string, Reading] => {
    const object = objects.get(id);
    const changedAt = wanted.get(id) ?? null;
    // Deleted for good: HubSpot no longer says when.
    if (object === undefined) return [id, joinReadings([{ deletions: [ended(kind, { id, at: changedAt, path: [kind.plural, id], reason: 'Not in HubSpot any more' })] }])];
    const [own = id] = idsIn(object);
    const reading = readObject(object, { kind, changedAt, companyId: companies.get(own) ?? null, directory: known });
    return [id, reading];
  }));
}

/** Objects by the ids by which they are known: their own, and those of what was merged into them. */
async function readBatches(client: HubspotClient, kind: ObjectKind, { ids, archived }: { readonly ids: readonly string[]; readonly archived: boolean }): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (let start = 0; start < ids.length; start += kind.most) {
    const { results } = await client.readObjects(kind.plural, { ids: ids.slice(start, start + kind.most), properties: kind.properties, history: kind.history, archived });
    for (const object of results) {
      for (const id of idsIn(object)) if (!found.has(id) || id === idsIn(object)[0]) found.set(id, object);
    }
  }
  return found;
}

/** The id of an object, and those of what was merged into it. */
function idsIn(object: unknown): string[] {
  try {
    const checked = checkObject(object);
    return [checked.id, ...mergedIds(checked)];
  } catch {
    return object !== null && typeof object === 'object' && 'id' in object && typeof object.id === 'string' ? [object.id] : [];
  }
}

const associated = z.looseObject({ _from: z.looseObject({ id: z.string() }), to: z.array(z.looseObject({ toObjectId: z.coerce.string(), associationTypes: z.array(z.looseObject({ category: z.string().nullish(), typeId: z.number() })) })) });
/** The numbers that HubSpot gives the association of a contact, and of a deal, with its primary company. */
const primaryTypes: ReadonlySet<number> = new Set([1, 5]);
const mostAssociations = 1_000;

/** The company that each of some objects belongs to first: the primary one, else that with the smallest number. */
async function companiesOf(client: HubspotClient, { plural }: ObjectKind, ids: readonly string[]): Promise<Map<string, string>> {
  const companies = new Map<string, string>();
  for (let start = 0; start < ids.length; start += mostAssociations) {
    const { results } = await client.readAssociations(plural, 'companies', ids.slice(start, start + mostAssociations));
    for (const result of results) {
      const read = associated.safeParse(result);
      if (!read.success) continue;
      const { _from: from, to } = read.data;
      const isPrimary = (each: (typeof to)[number]): boolean => each.associationTypes.some(({ category, typeId }) => category === 'HUBSPOT_DEFINED' && primaryTypes.has(typeId));
      const [first] = to.toSorted((one, other) => Number(isPrimary(other)) - Number(isPrimary(one)) || one.toObjectId.length - other.toObjectId.length || (one.toObjectId < other.toObjectId ? -1 : 1));
      if (first) companies.set(from.id, first.toObjectId);
    }
  }
  return companies;
}

/** The properties of objects that name something in the directory. */
export function namedIn(objects: readonly unknown[], property: string): string[] {
  return objects.flatMap((object) => {
    try {
      return valueOf(checkObject(object), property) ?? [];
    } catch {
      return [];
    }
  });
}
