import { joinReadings, type Reading } from '../reading.ts';
import { companiesOf } from './associations.ts';
import type { HubspotClient } from './client.ts';
import { checkObject, valueOf } from './fetched-object.ts';
import type { ObjectKind } from './object-kinds.ts';
import { ended, mergedIds, readObject, type HubspotDirectory } from './read-object.ts';

/** Objects of one kind that are wanted, with when an event said that they changed. */
export type WantedObjects = ReadonlyMap<string, string | null>;

/** Reads objects of a kind, by their ids; what is gone comes back as a deletion. */
export async function fetchObjects(client: HubspotClient, kind: ObjectKind, { wanted, directory }: { readonly wanted: WantedObjects; readonly directory: (objects: readonly unknown[]) => Promise<HubspotDirectory> }): Promise<ReadonlyMap<string, Reading>> {
  const ids = [...wanted.keys()];
  const live = await readBatches(client, kind, { ids, archived: false });
  const missing = ids.filter((id) => !live.found.has(id));
  const deleted = await readBatches(client, kind, { ids: missing, archived: true });
  const objects = new Map([...deleted.found, ...live.found]);
  const companies = kind.kind === 'company' ? null : await companiesOf(client, kind, [...live.found.values()].flatMap((object) => idsIn(object).slice(0, 1)));
  const known = await directory([...live.found.values()]);
  return new Map(ids.map((id): [string, Reading] => {
    const object = objects.get(id);
    const changedAt = wanted.get(id) ?? null;
    const path = [kind.plural, id];
    if (object !== undefined) return [id, readObject(object, { kind, changedAt, companyId: companies === null ? null : companies.of(idsIn(object)[0] ?? id), directory: known })];
    // An object that cannot be told by its id may be this one.
    if (!live.isWhole || !deleted.isWhole) return [id, joinReadings([{ ignored: [{ reason: 'UNREADABLE', message: 'HubSpot returned objects of another shape than it documents.', path }] }])];
    // Deleted for good: HubSpot no longer says when.
    return [id, joinReadings([{ deletions: [ended(kind, { id, at: changedAt, path, reason: 'Not in HubSpot any more' })] }])];
  }));
}

/** Objects by the ids by which they are known, and whether all that HubSpot returned could be told by an id. */
interface Batches {
  readonly found: ReadonlyMap<string, unknown>;
  readonly isWhole: boolean;
}

/** Objects by the ids by which they are known: their own, and those of what was merged into them. */
async function readBatches(client: HubspotClient, kind: ObjectKind, { ids, archived }: { readonly ids: readonly string[]; readonly archived: boolean }): Promise<Batches> {
  const found = new Map<string, unknown>();
  let isWhole = true;
  for (let start = 0; start < ids.length; start += kind.most) {
    const { results } = await client.readObjects(kind.plural, { ids: ids.slice(start, start + kind.most), properties: kind.properties, history: kind.history, archived });
    for (const object of results) {
      const [own, ...merged] = idsIn(object);
      if (own === undefined) isWhole = false;
      else found.set(own, object);
      for (const id of merged) if (!found.has(id)) found.set(id, object);
    }
  }
  return { found, isWhole };
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
