import { z } from 'zod';
import { readInstant } from '../vendor-values.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { NotionClient } from './client.ts';
import { pageKinds, type PageKind } from './connection-settings.ts';
import type { DataSources } from './data-sources.ts';

/**
 * Where the reading of history is: the pages of a kind by when they were last edited, first those that exist, then those
 * in the trash. Notion's own cursor goes on within a query; where it no longer holds, or the query has reached the most
 * results that Notion gives, the next query begins at `seen`, the edit of the last page that was read. Pages of
 * that minute come twice, which changes nothing.
 */
const place = z.strictObject({ kind: z.enum(pageKinds), trash: z.boolean(), since: z.string().nullable(), cursor: z.string().nullable(), seen: z.string().nullable() });
/** Where the reading of history is. */
export type HistoryPlace = z.output<typeof place>;

/** Where history begins. */
export const firstPlace: HistoryPlace = { kind: pageKinds[0], trash: false, since: null, cursor: null, seen: null };

/** Reads a stored cursor. Throws `VendorFault` for one that is none. */
export function readCursor(cursor: string): HistoryPlace {
  try {
    const read = place.safeParse(JSON.parse(cursor));
    if (read.success) return read.data;
  } catch {
    // Said below.
  }
  throw new VendorFault('REFUSED', 'The cursor is not one of the history of Notion. Begin the back-fill again.');
}

/** How many pages a part has: fewer where the text of each is read. */
const sizes: Readonly<Record<PageKind, number>> = { accounts: 100, weeklySummaries: 50, managerFlags: 50, notes: 20 };

/** Reads the pages of a part, and where the next one begins; null: this was the last. */
export async function readPart(client: NotionClient, sources: DataSources, at: HistoryPlace): Promise<{ readonly pages: readonly unknown[]; readonly next: HistoryPlace | null }> {
  const source = sources.get(at.kind);
  if (!source) return { pages: [], next: nextStep({ ...at, trash: true }) };
  const ask = ({ since, cursor }: Pick<HistoryPlace, 'since' | 'cursor'>) => client.query({
    data_source_id: source.id, page_size: sizes[at.kind], result_type: 'page', sorts: [{ timestamp: 'last_edited_time', direction: 'ascending' }],
    ...(at.trash ? { in_trash: true } : {}), ...(cursor === null ? {} : { start_cursor: cursor }), ...(since === null ? {} : { filter: { timestamp: 'last_edited_time', last_edited_time: { on_or_after: since } } }),
  });
  const { answer, since } = await begun(at, ask);
  const { results, next_cursor: cursor, has_more: hasMore, request_status: status } = answer;
  const seen = lastEdit(results) ?? at.seen;
  if (hasMore && cursor) return { pages: results, next: { ...at, since, cursor, seen } };
  // Notion ends a query at its most results. More pages of one minute than that cannot be told apart.
  const isCut = status?.type === 'incomplete' && seen !== null && seen !== since;
  return { pages: results, next: isCut ? { ...at, since: seen, cursor: null, seen } : nextStep(at) };
}

type Answer = Awaited<ReturnType<NotionClient['query']>>;

/** Goes on with the cursor; where Notion does not know it any more, begins a query where the one before has come to. */
async function begun(at: HistoryPlace, ask: (from: Pick<HistoryPlace, 'since' | 'cursor'>) => Promise<Answer>): Promise<{ readonly answer: Answer; readonly since: string | null }> {
  try {
    return { answer: await ask(at), since: at.since };
  } catch (error) {
    if (at.cursor === null || !(error instanceof VendorFault) || error.code !== 'REFUSED') throw error;
    const since = at.seen ?? at.since;
    return { answer: await ask({ since, cursor: null }), since };
  }
}

function lastEdit(pages: readonly unknown[]): string | null {
  const read = z.looseObject({ last_edited_time: z.string() }).safeParse(pages.at(-1));
  return read.success ? readInstant(read.data.last_edited_time, ['last_edited_time']) : null;
}

function nextStep({ kind, trash }: HistoryPlace): HistoryPlace | null {
  if (!trash) return { kind, trash: true, since: null, cursor: null, seen: null };
  const next = pageKinds[pageKinds.indexOf(kind) + 1];
  return next ? { kind: next, trash: false, since: null, cursor: null, seen: null } : null;
}
