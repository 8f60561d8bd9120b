import { blocksIn, lineOf, type PageLine } from './block-text.ts';
import type { NotionClient } from './client.ts';
import type { NotionConnectionSettings, PageKind } from './connection-settings.ts';
import { orNone } from './data-sources.ts';
import { isTrashed, type NotionPage } from './page.ts';
import { propertyOf } from './property-value.ts';

/** How far into a page is read: blocks within blocks, calls and characters. */
const bounds = { depth: 2, calls: 8, characters: 20_000 };

/** The text of a page, where what is read of it may be there; null where it is not. */
export async function linesOfPage({ client, settings }: { readonly client: NotionClient; readonly settings: NotionConnectionSettings }, page: NotionPage, kind: PageKind): Promise<PageLine[] | null> {
  if (isTrashed(page) || !needsText(page, kind, settings)) return null;
  const lines: PageLine[] = [];
  let [calls, characters] = [0, 0];
  const read = async (id: string, depth: number): Promise<void> => {
    let after: string | undefined;
    do {
      if (calls >= bounds.calls || characters >= bounds.characters) return;
      calls += 1;
      const answer = await orNone(client.blocks(id, after));
      for (const block of blocksIn(answer?.results ?? [])) {
        const line = lineOf(block, depth);
        if (line) lines.push(line);
        characters += line?.text.length ?? 0;
        if (block.has_children === true && depth < bounds.depth && block.type !== 'child_page' && block.type !== 'child_database') await read(block.id, depth + 1);
      }
      after = answer?.next_cursor ?? undefined;
    } while (after !== undefined);
  };
  await read(page.id, 0);
  return lines;
}

function needsText(page: NotionPage, kind: PageKind, { weeklySummaries, managerFlags }: NotionConnectionSettings): boolean {
  const lacks = (names: readonly string[]): boolean => names.some((name) => propertyOf(page, name) === undefined);
  if (kind === 'notes') return true;
  if (kind === 'managerFlags') return lacks([managerFlags.properties.note]);
  return kind === 'weeklySummaries' && lacks([weeklySummaries.properties.highlights, weeklySummaries.properties.risks]);
}
