import { z } from 'zod';
import { plainText } from './property-value.ts';

const block = z.looseObject({ id: z.string(), type: z.string(), has_children: z.boolean().nullish() });
/** A block of a page. */
export type NotionBlock = z.output<typeof block>;

/** A line of a page: what it says, and whether it is a heading. */
export interface PageLine {
  readonly text: string;
  readonly isHeading: boolean;
}

/** The blocks of an answer that can be read. */
export const blocksIn = (given: readonly unknown[]): NotionBlock[] => given.flatMap((each) => block.safeParse(each).data ?? []);

const bulleted: ReadonlySet<string> = new Set(['bulleted_list_item', 'numbered_list_item']);

/** What a block says by itself; null: nothing. */
export function lineOf(given: NotionBlock, depth: number): PageLine | null {
  const own = z.looseObject({ rich_text: z.unknown(), checked: z.boolean().nullish(), cells: z.array(z.unknown()).nullish() }).safeParse(given[given.type]).data;
  if (!own) return null;
  const said = given.type === 'table_row' ? (own.cells ?? []).map(plainText).join(' | ').trim() : plainText(own.rich_text).trim();
  if (said === '') return null;
  const mark = bulleted.has(given.type) ? '- ' : given.type === 'to_do' ? `- [${own.checked === true ? 'x' : ' '}] ` : '';
  return { text: `${'  '.repeat(depth)}${mark}${said}`, isHeading: given.type.startsWith('heading_') };
}

/** The lines under the heading of a name, up to the next heading; null where there is no such heading. */
export function linesUnder(lines: readonly PageLine[], heading: string): string[] | null {
  const start = lines.findIndex(({ text, isHeading }) => isHeading && text.trim().replace(/:$/, '').toLowerCase() === heading.trim().toLowerCase());
  if (start < 0) return null;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(({ isHeading }) => isHeading);
  return rest.slice(0, end < 0 ? rest.length : end).map(({ text }) => text);
}
