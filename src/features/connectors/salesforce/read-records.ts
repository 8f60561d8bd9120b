import { InvalidInput } from '../../../platform/errors.ts';
import type { Reading } from '../reading.ts';
import { joinReadings } from '../reading.ts';
import { readRecord, typeOf } from './read.ts';

/** How records that were fetched are read. */
export interface FetchedRecords {
  readonly records: readonly unknown[];
  /** The organization's only currency; null: it sends the currency of each amount. */
  readonly currency: string | null;
}

/** Reads records that were fetched, as those that are delivered are read. One of another shape is ignored, and said. */
export function readFetched({ records, currency }: FetchedRecords): Reading {
  return joinReadings(records.map((record, index) => readOne(withCurrency(record, currency), [String(index)])));
}

function readOne(record: unknown, path: readonly string[]): Partial<Reading> {
  if (isWithoutAccount(record)) return { ignored: [{ reason: 'NO_ACCOUNT', message: 'The opportunity belongs to no account in Salesforce.', path }] };
  try {
    return readRecord(typeOf(record), record, { path, settings: {} });
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { ignored: [{ reason: 'UNREADABLE', message: error.message, path: error.inputPath.length > 0 ? error.inputPath : path }] };
  }
}

function withCurrency(record: unknown, currency: string | null): unknown {
  return currency !== null && record !== null && typeof record === 'object' && !('CurrencyIsoCode' in record) ? { ...record, CurrencyIsoCode: currency } : record;
}

/** Opportunities may lack an account; a delivery of one is refused, since its fields were chosen by a person, but a fetch selected all that there are. */
const isWithoutAccount = (record: unknown): boolean => typeOf(record) === 'Opportunity' && record !== null && typeof record === 'object' && 'AccountId' in record && record.AccountId === null && !('IsDeleted' in record && record.IsDeleted === true);
