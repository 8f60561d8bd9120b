import { InvalidInput, LimitExceeded, ProductError } from '../../platform/errors.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { noSuchAccount, selectorKey, type SelectedAccount } from '../accounts/index.ts';
import { storeOutcomes, storeSignals } from './history-store.ts';
import { beginImport, endImport } from './import-store.ts';
import { namedAccounts } from './named-accounts.ts';

/** A closed deal, checked as far as it can be without the database. */
export interface OutcomeRow {
  readonly account: SelectedAccount;
  readonly externalId: string;
  readonly result: 'WON' | 'LOST';
  /** RFC 3339, UTC. */
  readonly closedAt: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
}

/** A signal of before, checked as far as it can be without the database. */
export interface HistoryRow {
  readonly account: SelectedAccount;
  readonly type: string;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  readonly eventId: string | null;
}

/** A row of an import: what it says, or why it cannot be taken. */
export interface ImportedRow<Row> {
  /** The line of the file, or the place in the list, from 1. */
  readonly line: number;
  readonly path: readonly string[];
  readonly row: Row | ProductError;
}

/** What became of a row. DUPLICATE: the same is there already, and nothing changed. */
export type RowResult = { readonly outcome: 'TAKEN' | 'DUPLICATE' } | { readonly outcome: 'REFUSED'; readonly error: ProductError };

/** What became of an import. */
export interface ImportSummary {
  readonly importId: string;
  readonly rows: number;
  readonly taken: number;
  readonly duplicates: number;
  readonly refused: number;
  /** The first thousand that were refused. */
  readonly errors: readonly { readonly line: number; readonly code: string; readonly message: string }[];
}

/** The most rows of one call; a file may have more. */
export const mostRows = 1_000;
const mostErrors = 1_000;
/** The most rows of a file. */
export const mostFileRows = 2_000_000;

/** What an import brings, and how it is stored. */
export interface ImportKind<Row> {
  readonly kind: 'OUTCOMES' | 'SIGNALS';
  /** Stores rows of accounts that exist; answers per row whether it is new. */
  store(work: LabWork, importId: string, rows: readonly (Row & { readonly accountId: string })[]): Promise<readonly ('TAKEN' | 'DUPLICATE')[]>;
}

/** Deals that were closed. */
export const outcomeImport: ImportKind<OutcomeRow> = { kind: 'OUTCOMES', store: storeOutcomes };
/** Signals of before. */
export const signalImport: ImportKind<HistoryRow> = { kind: 'SIGNALS', store: storeSignals };

/**
 * Imports rows, which come in portions, in one transaction: all that can be taken are, or none. Each is judged by itself. Answers
 * what became of the whole; `report` is given what became of each row.
 */
export async function importHistory<Row extends { readonly account: SelectedAccount }>(work: LabWork, { kind, store }: ImportKind<Row>, portions: AsyncIterable<readonly ImportedRow<Row>[]>, report: (results: readonly RowResult[]) => void = () => undefined): Promise<ImportSummary> {
  const importId = await beginImport(work, kind);
  const errors: { line: number; code: string; message: string }[] = [];
  const counts = { TAKEN: 0, DUPLICATE: 0, REFUSED: 0 };
  let rows = 0;
  for await (const portion of portions) {
    rows += portion.length;
    if (rows > mostFileRows) throw new LimitExceeded(`An import may have at most ${mostFileRows} rows. Split it.`);
    const results = await takePortion(work, importId, store, portion);
    for (const [place, result] of results.entries()) {
      counts[result.outcome] += 1;
      if (result.outcome === 'REFUSED' && errors.length < mostErrors) errors.push({ line: portion[place]?.line ?? 0, code: result.error.code, message: result.error.message });
    }
    report(results);
  }
  if (rows === 0) throw new InvalidInput('The import has no rows.', ['input']);
  const summary = { importId, rows, taken: counts.TAKEN, duplicates: counts.DUPLICATE, refused: counts.REFUSED, errors };
  await endImport(work, kind, summary);
  return summary;
}

async function takePortion<Row extends { readonly account: SelectedAccount }>(work: LabWork, importId: string, store: ImportKind<Row>['store'], portion: readonly ImportedRow<Row>[]): Promise<readonly RowResult[]> {
  const results: RowResult[] = portion.map(({ row }) => (row instanceof ProductError ? { outcome: 'REFUSED', error: row } : { outcome: 'TAKEN' }));
  const good = portion.flatMap(({ row, path }, place) => (row instanceof ProductError ? [] : [{ row, path, place }]));
  const accounts = good.length === 0 ? new Map<string, string>() : await namedAccounts(work, good.map(({ row }) => row.account));
  const known = good.flatMap(({ row, path, place }) => {
    const accountId = accounts.get(selectorKey(row.account));
    if (accountId !== undefined) return [{ row: { ...row, accountId }, place }];
    results[place] = { outcome: 'REFUSED', error: noSuchAccount([...path, 'account']) };
    return [];
  });
  if (known.length === 0) return results;
  const stored = await store(work, importId, known.map(({ row }) => row));
  for (const [index, { place }] of known.entries()) results[place] = { outcome: stored[index] ?? 'TAKEN' };
  return results;
}
