import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import type { HistoryPage } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import { readInstant } from '../vendor-values.ts';
import { readFetched } from './read-records.ts';
import type { FoundRecords } from './run-queries.ts';
import { isRecordId, recordTypes, selectBehind, type RecordType } from './soql.ts';

/** Records of a page: as many as one transaction takes in of a kind. */
export const pageSize = 1_000;

const cursorShape = z.strictObject({ type: z.enum(recordTypes), behind: z.strictObject({ changedAt: z.string(), id: z.string() }).nullable(), total: z.number().nullable(), since: z.string().optional() });

/** A place in the history: a kind of record, and the record behind which to go on. */
export type HistoryCursor = z.output<typeof cursorShape>;

/** Where the history begins. */
export const firstCursor = (total: number | null): HistoryCursor => ({ type: recordTypes[0], behind: null, total });

/** Before the first id. */
const noId = '000000000000000';
const behindInstant = (since: string | undefined): HistoryCursor['behind'] => (since === undefined ? null : { changedAt: since, id: noId });

/** The cursor from which every kind of record is read that changed since an instant. */
export const cursorSince = (instant: string): string => JSON.stringify({ ...firstCursor(null), behind: behindInstant(instant), since: instant });

/** Reads a stored place. Throws `VendorFault` for one that this program did not write. */
export function parseCursor(text: string): HistoryCursor {
  const read = cursorShape.safeParse(parsed(text));
  if (!read.success) throw new VendorFault('REFUSED', 'The cursor of the history cannot be read. Start the back-fill again.');
  return read.data;
}

/** The query for the part at a place. */
export const historyQuery = ({ type, behind }: HistoryCursor, fields: readonly string[]): string => selectBehind(type, fields, { behind, limit: pageSize });

/** The part of the history that was found, and the place behind it. */
export function toHistoryPage(cursor: HistoryCursor, { records, isWhole }: FoundRecords, currency: string | null): HistoryPage {
  const last = records.at(-1);
  const more = last !== undefined && (records.length >= pageSize || !isWhole);
  const next = more ? { ...cursor, behind: placeOf(last) } : nextType(cursor);
  return { reading: readFetched({ records, currency }), next: next && JSON.stringify(next), total: cursor.total };
}

function nextType({ type, total, since }: HistoryCursor): HistoryCursor | null {
  const following: RecordType | undefined = recordTypes[recordTypes.indexOf(type) + 1];
  return following ? { type: following, behind: behindInstant(since), total, ...(since === undefined ? {} : { since }) } : null;
}

const place = z.looseObject({ Id: z.string(), SystemModstamp: z.string() });

/** Without the place of its last record a part has no end. */
function placeOf(record: unknown): NonNullable<HistoryCursor['behind']> {
  const read = place.safeParse(record);
  try {
    const changedAt = read.success ? readInstant(read.data.SystemModstamp, ['SystemModstamp']) : null;
    if (read.success && changedAt !== null && isRecordId(read.data.Id)) return { changedAt, id: read.data.Id };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
  }
  throw new VendorFault('UNREADABLE', 'A record of Salesforce has no Id or SystemModstamp, so the history cannot be read on.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
