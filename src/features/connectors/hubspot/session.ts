import { joinReadings, type Reading } from '../reading.ts';
import type { AccountPlaces, HistoryPage, VendorObject, VendorSession } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { HubspotClient } from './client.ts';
import type { HubspotConnectionSettings } from './connection-settings.ts';
import { readDirectory } from './directory.ts';
import { fetchObjects, namedIn, type WantedObjects } from './fetch-objects.ts';
import { firstPlace, readCursor, readPart } from './history.ts';
import { membersOf } from './members.ts';
import { isObjectId, kindNamed, objectKinds, type ObjectKind } from './object-kinds.ts';
import { readObject, type HubspotDirectory } from './read-object.ts';

/** An open connection to a HubSpot account. */
export class HubspotSession implements VendorSession {
  readonly #client: HubspotClient;
  readonly #settings: HubspotConnectionSettings;
  #directory: Promise<HubspotDirectory> | null = null;
  /** Owners and stages that HubSpot did not list. */
  readonly #unlisted = new Set<string>();

  constructor(client: HubspotClient, settings: HubspotConnectionSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async check(): Promise<{ readonly account: string }> {
    const { portalId, uiDomain } = await this.#client.accountDetails();
    const { portalId: expected } = this.#settings;
    if (expected !== undefined && expected !== portalId) throw new VendorFault('REFUSED', `The credentials are of the HubSpot account ${portalId}, and portalId of the settings is ${expected}. Change one of them.`);
    for (const { plural } of Object.values(objectKinds)) await this.#client.listObjects(plural, { archived: false, limit: 1 });
    await this.#client.listPipelines();
    return { account: `HubSpot account ${portalId}${uiDomain && /^[a-z0-9.-]{1,100}$/.test(uiDomain) ? ` (${uiDomain})` : ''}` };
  }

  async readObjects(objects: readonly VendorObject[]): Promise<readonly Reading[]> {
    const readings = new Map<string, Reading>();
    for (const [name, own] of Map.groupBy(objects, ({ kind }) => kind)) {
      const kind = kindNamed(name);
      const wanted = wantedOf(own);
      const read = kind && wanted.size > 0 ? await this.#fetch(kind, wanted) : new Map<string, Reading>();
      for (const [id, reading] of read) readings.set(`${name}\n${id}`, reading);
    }
    return objects.map(({ kind, externalId }) => readings.get(`${kind}\n${externalId}`) ?? notRead(kind, externalId));
  }

  async readAccount({ externalRefs }: AccountPlaces): Promise<Reading | null> {
    const ids = [...new Set(externalRefs.flatMap(({ system, id }) => (system === 'hubspot' && isObjectId(id) ? [id] : [])))];
    if (ids.length === 0) return null;
    this.#directory = null;
    const members = async (kind: ObjectKind): Promise<Reading[]> => {
      const found = await Promise.all(ids.map((id) => membersOf(this.#client, id, kind)));
      const wanted = new Map(found.flat().map((id) => [id, null]));
      return wanted.size === 0 ? [] : [...(await this.#fetch(kind, wanted)).values()];
    };
    const companies = await this.#fetch(objectKinds.company, new Map(ids.map((id) => [id, null])));
    return joinReadings([...companies.values(), ...(await members(objectKinds.contact)), ...(await members(objectKinds.deal))]);
  }

  async readHistory(cursor: string | null): Promise<HistoryPage> {
    if (cursor === null) this.#directory = null;
    const place = cursor === null ? await firstPlace(this.#client) : readCursor(cursor);
    const { kind, ids, deleted, next } = await readPart(this.#client, place);
    const read = ids.length === 0 ? new Map<string, Reading>() : await this.#fetch(kind, new Map(ids.map((id) => [id, null])));
    const ended = deleted.length === 0 ? [] : await this.#readDeleted(kind, deleted);
    return { reading: joinReadings([...read.values(), ...ended]), next: next === null ? null : JSON.stringify(next), total: place.total };
  }

  async #readDeleted(kind: ObjectKind, deleted: readonly unknown[]): Promise<Reading[]> {
    const directory = await this.#directoryFor([]);
    return deleted.map((object) => readObject(object, { kind, changedAt: null, companyId: null, directory }));
  }

  #fetch(kind: ObjectKind, wanted: WantedObjects): Promise<ReadonlyMap<string, Reading>> {
    return fetchObjects(this.#client, kind, { wanted, directory: (objects) => this.#directoryFor(objects) });
  }

  /** Owners and stages; read again where an object names one that is not known. */
  async #directoryFor(objects: readonly unknown[]): Promise<HubspotDirectory> {
    const known = await (this.#directory ??= this.#load());
    const missing = (directory: HubspotDirectory): string[] => [
      ...namedIn(objects, 'hubspot_owner_id').filter((id) => !directory.owners.has(id)),
      ...namedIn(objects, 'dealstage').filter((id) => !directory.stages.has(id)),
    ];
    if (missing(known).every((id) => this.#unlisted.has(id))) return known;
    const fresh = await (this.#directory = this.#load());
    for (const id of missing(fresh)) this.#unlisted.add(id);
    return fresh;
  }

  #load(): Promise<HubspotDirectory> {
    const loading = readDirectory(this.#client, this.#settings.currency);
    loading.catch(() => {
      if (this.#directory === loading) this.#directory = null;
    });
    return loading;
  }
}

/** Ids with the latest time at which an event said that each changed. */
function wantedOf(objects: readonly VendorObject[]): WantedObjects {
  const wanted = new Map<string, string | null>();
  for (const { externalId, changedAt = null } of objects) {
    const known = wanted.get(externalId) ?? null;
    if (isObjectId(externalId)) wanted.set(externalId, known === null || (changedAt !== null && changedAt > known) ? changedAt : known);
  }
  return wanted;
}

const notRead = (kind: string, id: string): Reading => joinReadings([{ ignored: [{ reason: 'NOT_READ', message: `HubSpot has no object ${id.slice(0, 64)} of the kind ${kind.slice(0, 64)} that is read.`, path: [kind, id] }] }]);
