import { InvalidInput } from '../../../platform/errors.ts';
import type { IgnoredItem, ReadDeletion, Reading } from '../reading.ts';
import { readItems } from '../read-items.ts';
import { instantOfMilliseconds, shortened } from '../vendor-values.ts';
import { companyField } from './company-field.ts';
import { kindOf, readObjectEvent, type ObjectEvent } from './object-event.ts';
import { hubspotSettings } from './settings.ts';

/** HubSpot sends at most 100. */
const mostEvents = 1_000;
const types: Readonly<Record<string, string>> = { contact: 'Contact', company: 'Account', deal: 'Opportunity' };

/**
 * HubSpot: a list of events. Those about a company say the new value of a property. Those about contacts and deals do not say
 * which company they belong to: the object is read again. Deletions hold by themselves.
 */
export function readHubspot(body: unknown, given: unknown): Reading {
  if (!Array.isArray(body) || body.length === 0) throw new InvalidInput('The body must be a list of events of HubSpot: [{"subscriptionType": "company.propertyChange", …}].');
  if (body.length > mostEvents) throw new InvalidInput(`The body has ${body.length} events; send at most ${mostEvents} at once.`);
  const { portalId } = hubspotSettings.parse(given);
  return readItems(body.map((item: unknown, index) => ({ item, path: [String(index)] })), (item, path) => {
    const event = readObjectEvent(item, path);
    if (portalId !== undefined && event.portalId !== portalId) return ignored('NO_ACCOUNT', 'The event is of another HubSpot account than portalId of the settings of this webhook.', path);
    return readEvent(event, path);
  });
}

const ignored = (reason: IgnoredItem['reason'], message: string, path: readonly string[]): Partial<Reading> => ({ ignored: [{ reason, message, path }] });

function readEvent(event: ObjectEvent, path: readonly string[]): Partial<Reading> {
  const { object, change } = kindOf(event);
  const type = types[object];
  if (type === undefined) return ignored('NOT_READ', `Events of the kind ${shortened(event.subscriptionType, 100)} are not read. Subscribe to contacts, companies and deals.`, path);
  const occurredAt = instantOfMilliseconds(event.occurredAt, [...path, 'occurredAt']);
  const about = { type, object, occurredAt, path };
  switch (change) {
    case 'deletion':
      return { deletions: [ended(about, idOf(event, 'objectId', path), 'Deleted in HubSpot')] };
    case 'privacyDeletion':
      return { deletions: [{ ...ended(about, idOf(event, 'objectId', path), 'Deleted in HubSpot for privacy'), asksErasure: about.type === 'Contact' }] };
    case 'merge':
      return merged(event, about);
    case 'propertyChange':
      return changed(event, about);
    case 'creation':
    case 'restore':
      return wanted(about, idOf(event, 'objectId', path));
    case 'associationChange':
      return wanted(about, idOf(event, 'fromObjectId', path));
    default:
      return ignored('NOT_READ', `Events of the kind ${shortened(event.subscriptionType, 100)} are not read.`, path);
  }
}

/** What an event is about. */
interface About {
  /** The GraphQL type, and the vendor's name of it. */
  readonly type: string;
  readonly object: string;
  readonly occurredAt: string;
  readonly path: readonly string[];
}

function idOf(event: ObjectEvent, field: 'objectId' | 'fromObjectId' | 'primaryObjectId', path: readonly string[]): string {
  const id = event[field];
  if (typeof id === 'string') return id;
  throw new InvalidInput(`${field} must be the number of the object.`, [...path, field]);
}

const ended = ({ type, occurredAt, path }: About, id: string, reason: string): ReadDeletion => ({ type, externalRef: { system: 'hubspot', id }, source: 'hubspot', occurredAt, reason, path });
const wanted = ({ object, occurredAt, path }: About, id: string): Partial<Reading> => ({ fetches: [{ kind: object, externalId: id, occurredAt, path }] });

/** The objects that were merged away end; the one that stays is read again. */
function merged(event: ObjectEvent, about: About): Partial<Reading> {
  const kept = event.newObjectId ?? idOf(event, 'primaryObjectId', about.path);
  const gone = [event.primaryObjectId, ...(event.mergedObjectIds ?? [])].filter((id): id is string => typeof id === 'string' && id !== kept);
  return { ...wanted(about, kept), deletions: [...new Set(gone)].map((id) => ended(about, id, `Merged into ${kept}`)) };
}

/** A property of a company is stated; any other change is read again at HubSpot. */
function changed(event: ObjectEvent, about: About): Partial<Reading> {
  const id = idOf(event, 'objectId', about.path);
  const stated = about.object === 'company' ? companyField(event.propertyName ?? '', event.propertyValue ?? '') : null;
  if (stated === null) return wanted(about, id);
  return { accounts: [{ input: { ...stated, externalRef: { system: 'hubspot', id }, mode: 'PATCH', source: 'hubspot', occurredAt: about.occurredAt }, path: about.path }] };
}
