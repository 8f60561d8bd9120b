import type { Readable } from 'node:stream';
import { InvalidInput } from '../../platform/errors.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { checkedOr, checkHistorySignal, checkOutcome, minorUnits } from './check-history.ts';
import { importHistory, outcomeImport, signalImport, type HistoryRow, type ImportedRow, type ImportSummary, type OutcomeRow } from './import-history.ts';
import { readCsv, type CsvColumns, type CsvRecord } from './read-csv.ts';

const accountColumns = ['account_id', 'account_system', 'account_external_id'];
const outcomeColumns: CsvColumns = { required: ['external_id', 'result', 'closed_at'], optional: ['amount', 'currency', ...accountColumns] };
const signalColumns: CsvColumns = { required: ['type', 'occurred_at'], optional: ['event_id', ...accountColumns] };

type Fields = Readonly<Record<string, string>>;
const given = (fields: Fields, name: string): string | null => fields[name]?.trim() || null;
const accountOf = (fields: Fields) => ({ id: given(fields, 'account_id'), system: given(fields, 'account_system'), externalId: given(fields, 'account_external_id') });

async function* checked<Row>(records: AsyncIterable<readonly CsvRecord[]>, check: (fields: Fields) => Row): AsyncGenerator<readonly ImportedRow<Row>[]> {
  for await (const some of records) yield some.map(({ line, fields }) => ({ line, path: [], row: fields instanceof InvalidInput ? fields : checkedOr(() => check(fields)) }));
}

/** Imports closed deals from a CSV file as it comes. Of a file that cannot be read nothing is taken. */
export function importOutcomeFile(work: LabWork, file: Readable): Promise<ImportSummary> {
  return importHistory<OutcomeRow>(work, outcomeImport, checked(readCsv(file, outcomeColumns), (fields) => {
    const [amount, currency] = [given(fields, 'amount'), given(fields, 'currency')?.toUpperCase() ?? null];
    const stated = { account: accountOf(fields), externalId: given(fields, 'external_id'), result: given(fields, 'result'), closedAt: given(fields, 'closed_at'), amountMinor: amount === null ? null : minorUnits(amount, currency), currency };
    return checkOutcome(stated, work.now, []);
  }));
}

/** Imports signals of before from a CSV file as it comes. Of a file that cannot be read nothing is taken. */
export function importSignalFile(work: LabWork, file: Readable): Promise<ImportSummary> {
  return importHistory<HistoryRow>(work, signalImport, checked(readCsv(file, signalColumns), (fields) =>
    checkHistorySignal({ account: accountOf(fields), type: given(fields, 'type'), occurredAt: given(fields, 'occurred_at'), eventId: given(fields, 'event_id') }, work.now, [])));
}
