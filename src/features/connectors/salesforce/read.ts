import { InvalidInput } from '../../../platform/errors.ts';
import { exactJson } from '../../../platform/exact-json.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { readItems } from '../read-items.ts';
import { readActivity } from './activity.ts';
import { readContactRole } from './contact-role.ts';
import { OutboundMessage, type Notification } from './outbound-message.ts';
import { readOpportunity } from './opportunity.ts';
import { readAccount, readContact } from './people.ts';
import { salesforceSettings, type SalesforceSettings } from './settings.ts';

/** How a record of each kind is read; places in it are without its own place in the body. */
const readers: Readonly<Record<string, (fields: unknown, settings: SalesforceSettings) => Partial<Reading>>> = {
  Opportunity: readOpportunity,
  Account: readAccount,
  Contact: readContact,
  OpportunityContactRole: (fields) => readContactRole('OpportunityContactRole', fields),
  AccountContactRelation: (fields) => readContactRole('AccountContactRelation', fields),
  Task: (fields) => readActivity('Task', fields),
  Event: (fields) => readActivity('Event', fields),
};

/** Apex sends at most 200 records of a trigger. */
const mostRecords = 1_000;

/** Salesforce: records as they are after a change; one, a list as Apex serialises it, or the notifications of an outbound message. */
export function readSalesforce(body: unknown, given: unknown = {}): Reading {
  const settings = salesforceSettings.parse(given);
  if (body instanceof OutboundMessage) return readNotifications(body, settings);
  const exact = exactJson(body);
  if (!Array.isArray(exact)) return joinReadings([readRecord(typeOf(exact), exact, { path: [], settings })]);
  if (exact.length === 0 || exact.length > mostRecords) throw new InvalidInput(`A list must have 1 to ${mostRecords} records; this one has ${exact.length}.`);
  return readItems(exact.map((item: unknown, index) => ({ item, path: [String(index)] })), (item, path) => readRecord(typeOf(item), item, { path, settings }));
}

function readNotifications({ organizationId, notifications }: OutboundMessage, settings: SalesforceSettings): Reading {
  const { organizationId: expected } = settings;
  const path = (index: number): string[] => ['notifications', String(index)];
  if (expected !== undefined && organizationId.slice(0, 15) !== expected.slice(0, 15)) {
    return joinReadings([{ ignored: [{ reason: 'NO_ACCOUNT', message: 'The message is of another organisation than organizationId of the settings of this webhook.', path: [] }] }]);
  }
  return readItems(notifications.map((item, index) => ({ item, path: path(index) })), ({ type, fields }: Notification, place) => {
    // Salesforce repeats a message for a day: without its time, an old state would look new.
    if (typeof fields['SystemModstamp'] !== 'string' && typeof fields['LastModifiedDate'] !== 'string') throw new InvalidInput('SystemModstamp is missing. Select it among the fields that the outbound message sends.', [...place, 'SystemModstamp']);
    return readRecord(type, fields, { path: place, settings });
  });
}

/** Apex serialises the kind of a record beside its fields; without it a record is an opportunity. */
export function typeOf(record: unknown): string {
  if (record === null || typeof record !== 'object' || !('attributes' in record)) return 'Opportunity';
  const { attributes } = record;
  return attributes !== null && typeof attributes === 'object' && 'type' in attributes && typeof attributes.type === 'string' ? attributes.type : 'Opportunity';
}

/** Reads one record, as it is after a change. Throws `InvalidInput` with the place of the fault. */
export function readRecord(type: string, fields: unknown, { path, settings }: { readonly path: readonly string[]; readonly settings: SalesforceSettings }): Partial<Reading> {
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!read) return { ignored: [{ reason: 'NOT_READ', message: `Records of the kind ${type.slice(0, 100)} are not read. Send one of ${Object.keys(readers).join(', ')}.`, path }] };
  try {
    return path.length === 0 ? read(fields, settings) : placedAt(path, read(fields, settings));
  } catch (error) {
    throw error instanceof InvalidInput ? new InvalidInput(error.message, [...path, ...error.inputPath]) : error;
  }
}

function placedAt(place: readonly string[], reading: Partial<Reading>): Partial<Reading> {
  const move = <Item extends { readonly path: readonly string[] }>(items: readonly Item[] = []): Item[] => items.map((item) => ({ ...item, path: [...place, ...item.path] }));
  return { accounts: move(reading.accounts), records: move(reading.records), signals: move(reading.signals), deletions: move(reading.deletions), ignored: move(reading.ignored) };
}
