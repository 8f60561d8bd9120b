import { InvalidInput } from '../../../../platform/errors.ts';
import { joinReadings, type Reading } from '../../reading.ts';
import { deletion } from '../people.ts';
import { readRecord } from '../read.ts';
import { isRecordId, isRecordType, nodeTypes, readFields, type RecordType } from '../soql.ts';
import type { ChangeEvent } from './change-event.ts';

/** The name under which this program writes at Salesforce; change events of its own writes bear it. */
export const ownClient = 'context-graph';

/** How an event is read. */
export interface ChangeOptions {
  readonly path: readonly string[];
  /** The organization's only currency; null: it sends the currency of each amount. */
  readonly currency: string | null;
  /** Whether its records are read again, whatever it says: another event of its transaction is about one of them. */
  readonly again: boolean;
}

/** What an event says. `isGap`: it does not say of which records. */
export interface ReadChange {
  readonly reading: Reading;
  readonly isGap: boolean;
}

/**
 * Reads a change event by the mapping of records that are delivered and fetched, as of the time of the commit. Where the event
 * says less than that needs, the records are read again: updates bring changed fields alone, so of most records not even
 * the account. Fields that the event does not bring are not stated.
 */
export function readChange(change: ChangeEvent, options: ChangeOptions): ReadChange {
  const { entity, recordIds, changeType } = change;
  if (!isRecordType(entity)) return { reading: ignored('NOT_READ', `Changes of the kind ${entity.slice(0, 100)} are not read.`, options), isGap: false };
  if (changeType === 'GAP_OVERFLOW') return { reading: joinReadings([]), isGap: true };
  const ids = recordIds.filter(isRecordId);
  return { reading: joinReadings(ids.map((id) => readOne(change, { type: entity, id }, options))), isGap: ids.length < recordIds.length || ids.length === 0 };
}

interface ChangedRecord {
  readonly type: RecordType;
  readonly id: string;
}

function readOne(change: ChangeEvent, record: ChangedRecord, options: ChangeOptions): Partial<Reading> {
  const { type, id } = record;
  const { changeType, committedAt, fields } = change;
  const { path, again, currency } = options;
  if (isOwnTask(change, type)) return ignored('OWN_MESSAGE', `The task ${id} was created by this program.`, options);
  const nodeType = nodeTypes[type];
  if (changeType === 'DELETE' && !again && nodeType !== undefined) return { deletions: [{ ...deletion(nodeType, id, committedAt), path }] };
  const fetch: Partial<Reading> = { fetches: [{ kind: type, externalId: id, occurredAt: committedAt, path }] };
  // A role names its contact's account in no event.
  if (again || nodeType === undefined || (changeType !== 'UPDATE' && changeType !== 'CREATE')) return fetch;
  if (changeType === 'UPDATE' && !readFields(type).some((field) => field in fields)) return {};
  if (!saysEnough(change, type, currency)) return fetch;
  try {
    const { Id: _id, IsDeleted: _deleted, ...said } = fields;
    return readRecord(type, { ...said, Id: id, SystemModstamp: committedAt }, { path, settings: currency === null ? {} : { currency } });
  } catch (error) {
    if (error instanceof InvalidInput) return fetch;
    throw error;
  }
}

/** A task that this program wrote at Salesforce is no activity with the customer; once a person changes it, that is another event. Other own writes change records, and are read as everybody's. */
function isOwnTask({ changeType, origin }: ChangeEvent, type: RecordType): boolean {
  return changeType === 'CREATE' && type === 'Task' && origin.split(';').includes(`client=${ownClient}`);
}

/** Whether an event says all that its record's reader needs. */
function saysEnough({ changeType, fields, differences }: ChangeEvent, type: RecordType, currency: string | null): boolean {
  if (readFields(type).some((field) => differences.has(field))) return false;
  const money = type === 'Account' ? 'AnnualRevenue' : 'Amount';
  if (!isMoneyWhole(fields, money, currency)) return false;
  // Of an owner events bring the id alone.
  if (type === 'Account') return !('OwnerId' in fields);
  if (changeType !== 'CREATE' || typeof fields['AccountId'] !== 'string') return false;
  if (type === 'Contact') return true;
  // Salesforce derives fields of tasks and events that it does not send.
  return type === 'Opportunity' && typeof fields['StageName'] === 'string' && typeof fields['IsClosed'] === 'boolean' && typeof fields['IsWon'] === 'boolean';
}

/** An amount means nothing without its currency, and a currency that changed nothing without the amount. */
function isMoneyWhole(fields: ChangeEvent['fields'], money: string, currency: string | null): boolean {
  const [amount, code] = [fields[money], fields['CurrencyIsoCode']];
  if (amount === undefined || amount === null) return code === undefined || code === null || amount === null;
  return typeof code === 'string' || currency !== null;
}

const ignored = (reason: 'NOT_READ' | 'OWN_MESSAGE', message: string, { path }: ChangeOptions): Reading => joinReadings([{ ignored: [{ reason, message, path }] }]);
