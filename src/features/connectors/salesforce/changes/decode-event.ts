import type { Type } from 'avsc';
import { instantOfMilliseconds } from '../../vendor-values.ts';
import { fieldsOfBitmaps } from './bitmaps.ts';
import { changeHeader, type ChangeEvent } from './change-event.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads the payload of an event by the schema that it was written with. Throws where it is no change event. */
export function decodeEvent(type: Type, payload: Buffer): ChangeEvent {
  const { ChangeEventHeader: header, ...all } = type.fromBuffer(payload) as Fields;
  const read = changeHeader.parse(plain(header));
  const changed = fieldsOfBitmaps(type, read.changedFields ?? []);
  const nulled = fieldsOfBitmaps(type, read.nulledFields ?? []);
  const values = flat(all);
  const isUpdate = read.changeType === 'UPDATE';
  const named = [...changed, ...nulled].flatMap((name) => partsOf(name, values));
  const stated = isUpdate ? named : Object.keys(values).filter((name) => values[name] !== null);
  return {
    entity: read.entityName,
    recordIds: read.recordIds,
    changeType: read.changeType,
    origin: read.changeOrigin ?? '',
    transactionKey: read.transactionKey ?? '',
    committedAt: instantOfMilliseconds(read.commitTimestamp, ['commitTimestamp']),
    fields: Object.fromEntries(stated.map((name) => [name, asText(name, values[name] ?? null)])),
    differences: new Set(fieldsOfBitmaps(type, read.diffFields ?? []).map(lastOf)),
  };
}

/** Names of people and addresses are compound: `Name.FirstName` is the field `FirstName`. */
const lastOf = (name: string): string => name.split('.').at(-1) ?? name;

/** The plain fields that a name stands for: a compound one stands for its parts. */
function partsOf(name: string, values: Fields): string[] {
  if (name.includes('.')) return [lastOf(name)];
  return name === 'Name' && !('Name' in values) ? ['FirstName', 'LastName'] : [name];
}

/** Fields with the parts of a person's name beside the others; parts of other compound fields, such as addresses, are not read. */
function flat(fields: Fields): Fields {
  const { Name, ...others } = fields;
  if (Name === undefined || Name === null || typeof Name !== 'object') return Name === undefined ? plainAll(others) : plainAll(fields);
  return { ...plainAll(others), ...plainAll(Name as Fields) };
}

const plainAll = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));

/** A value without what only Avro means: whole numbers as numbers, records as objects. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object' && !Buffer.isBuffer(value)) return plainAll(value as Fields);
  return value;
}

const instants: ReadonlySet<string> = new Set(['CreatedDate', 'LastModifiedDate', 'SystemModstamp', 'LastStageChangeDate', 'CompletedDateTime', 'StartDateTime', 'ActivityDateTime']);
const days: ReadonlySet<string> = new Set(['CloseDate', 'ActivityDate']);
const dayLength = 24 * 60 * 60_000;
/** Days since 1970 are below, milliseconds of a day that a deal has are above. */
const mostDays = 3_000_000;

/** Times as the REST API writes them. In events instants are milliseconds, and days are milliseconds or days since 1970. */
function asText(name: string, value: unknown): unknown {
  if (typeof value !== 'number') return value;
  if (instants.has(name)) return instantOfMilliseconds(value, [name]);
  if (!days.has(name)) return value;
  return instantOfMilliseconds(Math.abs(value) < mostDays ? value * dayLength : value, [name]).slice(0, 10);
}
