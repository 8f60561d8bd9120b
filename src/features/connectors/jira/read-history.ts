import { z } from 'zod';
import type { HistoryPage } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { CallJira } from './client.ts';
import { jqlOfHistory } from './jql.ts';
import { readIssues, type IssueReader } from './read-issues.ts';
import { countIssues, searchIssues, type FoundIssues } from './search-issues.ts';

/** Where a part of the history begins. */
const cursorShape = z.strictObject({
  /** The first day of the search. */
  since: z.string(),
  /** The day up to which issues were read: where a new search begins once Jira has forgotten the token. */
  readUpTo: z.string(),
  /** Null: the search starts from the beginning. */
  token: z.string().nullable(),
});
type Cursor = z.output<typeof cursorShape>;

const day = 86_400_000;
const firstDay = '1970-01-01';

function readCursor(text: string | null): Cursor | null {
  if (text === null) return null;
  const read = cursorShape.safeParse(parsed(text));
  if (!read.success) throw new VendorFault('REFUSED', 'The place in the history cannot be read. Start the back-fill again.');
  return read.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Reads a part of the issues of all accounts, the one that was changed first, first. An issue that changes meanwhile comes again at the end. */
export async function readJiraHistory(call: CallJira, reader: IssueReader, text: string | null): Promise<HistoryPage> {
  const cursor = readCursor(text);
  const since = cursor?.since ?? firstDay;
  const jql = jqlOfHistory(since, reader.settings);
  const total = cursor ? null : await approximateCount(call, jql);
  const found = await searchFrom(call, jql, cursor);
  if (found === 'FORGOTTEN') {
    const restart = cursor?.readUpTo ?? firstDay;
    return readJiraHistory(call, reader, JSON.stringify({ since: restart, readUpTo: restart, token: null } satisfies Cursor));
  }
  const reading = readIssues(found.issues, reader);
  const readUpTo = latestDay(found.issues) ?? cursor?.readUpTo ?? firstDay;
  return { reading, next: found.next === null ? null : JSON.stringify({ since, readUpTo, token: found.next } satisfies Cursor), total };
}

/** An estimate that fails does not hold up the history. */
async function approximateCount(call: CallJira, jql: string): Promise<number | null> {
  try {
    return await countIssues(call, jql);
  } catch (error) {
    if (error instanceof VendorFault && (error.code === 'REFUSED' || error.code === 'NOT_FOUND' || error.code === 'UNREADABLE')) return null;
    throw error;
  }
}

async function searchFrom(call: CallJira, jql: string, cursor: Cursor | null): Promise<FoundIssues | 'FORGOTTEN'> {
  const token = cursor?.token ?? null;
  try {
    return await searchIssues(call, { jql: `${jql} ORDER BY updated ASC, key ASC`, token });
  } catch (error) {
    if (token !== null && error instanceof VendorFault && error.code === 'REFUSED') return 'FORGOTTEN';
    throw error;
  }
}

/** The day before the latest change of some issues: no time zone is further away. */
function latestDay(issues: readonly unknown[]): string | null {
  const times = issues.flatMap((issue) => {
    const read = z.looseObject({ fields: z.looseObject({ updated: z.string() }) }).safeParse(issue);
    const at = read.success ? Date.parse(read.data.fields.updated.slice(0, 10)) : Number.NaN;
    return Number.isNaN(at) ? [] : [at];
  });
  return times.length === 0 ? null : new Date(Math.max(...times) - day).toISOString().slice(0, 10);
}
