import { InvalidInput } from '../../../platform/errors.ts';
import { readFetched } from '../outbound/read-fetched.ts';
import { joinReadings, type ReadDeletion, type Reading } from '../reading.ts';
import { checkObject, pastValues, statedAt, toInstant, valueOf, type FetchedObject } from './fetched-object.ts';
import type { ObjectKind } from './object-kinds.ts';
import { hubspotRef, readCompany, type Owner } from './read-company.ts';
import { readContact } from './read-contact.ts';
import { readDeal, type DealStage } from './read-deal.ts';

/** What objects refer to, in the words of the HubSpot account. */
export interface HubspotDirectory {
  readonly owners: ReadonlyMap<string, Owner>;
  readonly stages: ReadonlyMap<string, DealStage>;
  readonly currency: string | null;
}

/** An object that HubSpot returned, and what is known around it. */
export interface ObjectAround {
  readonly kind: ObjectKind;
  /** When an event said that it changed; null where none did. */
  readonly changedAt: string | null;
  /** The company that it belongs to first; null: none; undefined: HubSpot did not tell. */
  readonly companyId: string | null | undefined;
  readonly directory: HubspotDirectory;
}

/** Reads an object. Pure: the same object gives the same statements, whichever way it was asked for. */
export function readObject(given: unknown, around: ObjectAround): Reading {
  const { kind } = around;
  const path = [kind.plural, idIn(given)];
  return readFetched(path, () => {
    const object = checkObject(given);
    if (object.archived === true) return { deletions: [archived(object, around, path)] };
    const at = statedAt(object, kind, around.changedAt);
    return joinReadings([stated(object, around, { at, path }), { deletions: mergedIds(object).map((id) => ended(kind, { id, at, path, reason: `Merged into ${object.id}` })) }]);
  });
}

const idIn = (given: unknown): string => (given !== null && typeof given === 'object' && 'id' in given && typeof given.id === 'string' ? given.id.slice(0, 64) : '');

/** The ids of what was merged into an object: HubSpot answers to them with the object that stays. */
export function mergedIds(object: FetchedObject): string[] {
  return [...new Set(valueOf(object, 'hs_merged_object_ids')?.split(';').map((id) => id.trim()) ?? [])].filter((id) => /^\d{1,19}$/.test(id) && id !== object.id);
}

function stated(object: FetchedObject, { kind, companyId, directory }: ObjectAround, place: { readonly at: string; readonly path: readonly string[] }): Partial<Reading> {
  if (kind.kind === 'company') return readCompany(object, place, directory.owners);
  if (companyId === undefined) throw new InvalidInput('HubSpot returned the associations of the object in another shape than it documents.', ['associations']);
  if (companyId === null) return withoutCompany(object, kind, place);
  return kind.kind === 'contact' ? readContact(object, place, companyId) : readDeal(object, place, { companyId, stages: directory.stages, currency: directory.currency });
}

/** An object that belongs to no company is ignored; one that once belonged to one has ended for it. */
function withoutCompany(object: FetchedObject, kind: ObjectKind, { at, path }: { readonly at: string; readonly path: readonly string[] }): Partial<Reading> {
  const belonged = kind.history.filter((name) => name.includes('company')).some((name) => pastValues(object, name).some(({ value }) => value !== null));
  if (belonged) return { deletions: [ended(kind, { id: object.id, at, path, reason: 'It belongs to no company in HubSpot any more' })] };
  return { ignored: [{ reason: 'NO_ACCOUNT', message: `The ${kind.kind} ${object.id} belongs to no company in HubSpot.`, path }] };
}

function archived(object: FetchedObject, { kind, changedAt }: ObjectAround, path: readonly string[]): ReadDeletion {
  const at = object.archivedAt ? toInstant(object.archivedAt, ['archivedAt']) : statedAt(object, kind, changedAt);
  return ended(kind, { id: object.id, at, path, reason: 'Deleted in HubSpot' });
}

/** That an object ended. `at` null: HubSpot does not say when. */
export function ended({ type }: ObjectKind, { id, at, path, reason }: { readonly id: string; readonly at: string | null; readonly path: readonly string[]; readonly reason: string }): ReadDeletion {
  return { type, externalRef: hubspotRef(id), source: 'hubspot', occurredAt: at, reason, path };
}
