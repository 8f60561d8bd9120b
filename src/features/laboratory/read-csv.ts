import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { InvalidInput } from '../../platform/errors.ts';

/** A record of a file, by the names of its columns. A record that cannot be read says why. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>> | InvalidInput;
}

/** What columns a file must and may have; names in lower case with `_`. */
export interface CsvColumns {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** The longest record, in characters: more than any row of an import needs. */
const longestRecord = 16_384;
const recordsAtOnce = 1_000;
const delimiters = [',', ';', '\t', '|'] as const;

/**
 * Reads a CSV file as it comes, some records at a time: UTF-8 with or without a byte order mark, records separated by commas,
 * semicolons, tabs or bars, whichever its first line has. Throws `InvalidInput` where the whole file cannot be read.
 */
export async function* readCsv(input: Readable, columns: CsvColumns): AsyncGenerator<readonly CsvRecord[]> {
  const { first, rest } = await firstLine(input);
  const delimiter = delimiterOf(first);
  const skipped: CsvRecord[] = [];
  const parser = parse({
    bom: true, delimiter, columns: (names: string[]) => checkColumns(names, columns), relax_column_count: false, skip_empty_lines: true, trim: true, info: true, max_record_size: longestRecord,
    skip_records_with_error: true,
    on_skip: (error) => void skipped.push({ line: Number(error?.['lines'] ?? 0), fields: new InvalidInput(reasonOf(error), []) }),
  });
  // What goes wrong on the way reaches whoever reads.
  const reading = pipeline(rest, parser).catch((error: unknown) => void parser.destroy(error instanceof Error ? error : new Error(String(error))));
  let records: CsvRecord[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: { lines: number } }>) {
      records.push(...skipped.splice(0), { line: info.lines, fields: record });
      if (records.length < recordsAtOnce) continue;
      yield records;
      records = [];
    }
    await reading;
  } catch (error) {
    if (error instanceof CsvError) throw new InvalidInput(`${reasonOf(error)} Nothing of the file was taken.`, []);
    throw error;
  }
  records.push(...skipped.splice(0));
  if (records.length > 0) yield records;
}

function reasonOf(error: CsvError | undefined): string {
  const line = Number(error?.['lines'] ?? 0);
  switch (error?.code) {
    case 'CSV_RECORD_INCONSISTENT_COLUMNS': case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': return `Line ${line} does not have as many fields as the first line.`;
    case 'CSV_MAX_RECORD_SIZE': return `Line ${line} is longer than ${longestRecord} characters. A quotation mark may be missing.`;
    case 'CSV_QUOTE_NOT_CLOSED': return `A quotation mark that was opened before line ${line} is never closed.`;
    default: return `Line ${line} cannot be read: check its quotation marks.`;
  }
}

function checkColumns(names: readonly string[], { required, optional }: CsvColumns): string[] {
  const found = names.map((name) => name.trim().toLowerCase().replaceAll(/[\s-]+/g, '_'));
  const known = new Set([...required, ...optional]);
  const missing = required.filter((name) => !found.includes(name));
  const twice = found.find((name, place) => found.indexOf(name) !== place);
  const unknown = found.filter((name) => !known.has(name));
  const say = `The first line must name the columns ${required.join(', ')}, and may name ${optional.join(', ')}.`;
  if (missing.length > 0) throw new InvalidInput(`${say} It lacks ${missing.join(', ')}.`, ['columns']);
  if (unknown.length > 0) throw new InvalidInput(`${say} It also has ${unknown.map((name) => `"${name.slice(0, 60)}"`).join(', ')}.`, ['columns']);
  if (twice !== undefined) throw new InvalidInput(`The first line names the column ${twice} twice.`, ['columns']);
  return found;
}

function delimiterOf(line: string): string {
  const [best] = delimiters.map((delimiter) => ({ delimiter, count: line.split(delimiter).length })).toSorted((one, other) => other.count - one.count);
  return best?.delimiter ?? ',';
}

/** The first line, and the whole input again. */
async function firstLine(input: Readable): Promise<{ readonly first: string; readonly rest: Readable }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const source = input[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  for (;;) {
    const { done, value } = await source.next();
    if (done) break;
    const chunk = Buffer.from(value);
    chunks.push(chunk);
    size += chunk.length;
    if (chunk.includes(10) || size >= longestRecord) break;
  }
  const begun = Buffer.concat(chunks);
  const text = begun.toString('utf8');
  async function* all(): AsyncGenerator<Buffer> {
    if (begun.length > 0) yield begun;
    for (let next = await source.next(); !next.done; next = await source.next()) yield Buffer.from(next.value);
  }
  return { first: text.split(/\r?\n/, 1)[0] ?? '', rest: Readable.from(all(), { objectMode: false }) };
}
