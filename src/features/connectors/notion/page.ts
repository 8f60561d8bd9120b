import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { normaliseReference } from '../../accounts/index.ts';
import { laterOf } from '../outbound/read-fetched.ts';
import { readInstant } from '../vendor-values.ts';

const text = z.string('must be a text');
const page = z.looseObject({
  id: text,
  created_time: text,
  last_edited_time: text,
  in_trash: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  parent: z.looseObject({ type: text, data_source_id: text.nullish(), database_id: text.nullish() }, 'must say what the page is in'),
  properties: z.record(z.string(), z.looseObject({ type: text })),
  created_by: z.looseObject({ id: text, name: text.nullish() }).nullish(),
});
/** A page as Notion returns it. */
export type NotionPage = z.output<typeof page>;

/** Checks a page. Throws `InvalidInput` with the place of the fault. */
export function checkPage(given: unknown): NotionPage {
  const read = page.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new InvalidInput(`${path.length === 0 ? 'The page' : path.join('.')} ${issue?.message ?? 'cannot be read'}. Notion returned a page of another shape than it documents.`, path);
}

/** The id of a page, also of one that cannot be read otherwise; empty where it has none. */
export const idIn = (given: unknown): string => (given !== null && typeof given === 'object' && 'id' in given && typeof given.id === 'string' ? given.id.slice(0, 64) : '');

/** The one form of an id of Notion: lower case, with hyphens. */
export const notionId = (id: string): string => normaliseReference({ system: 'notion', id });

/** Whether a text can be an id of Notion: it refuses calls with any other. */
export const isNotionId = (id: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(notionId(id));

/** When a page was made, and as of when it is stated: when it was last edited, to the minute, or when an event says so, whichever is later. */
export function timesOf({ created_time: created, last_edited_time: edited }: NotionPage, changedAt: string | null): { readonly createdAt: string; readonly at: string } {
  const [createdAt, editedAt] = [readInstant(created, ['created_time']) ?? '', readInstant(edited, ['last_edited_time']) ?? ''];
  return { createdAt, at: laterOf(editedAt > createdAt ? editedAt : createdAt, changedAt) };
}

/** Whether a page was moved to the trash. */
export const isTrashed = ({ in_trash: inTrash, archived }: NotionPage): boolean => inTrash === true || archived === true;
