import { InvalidInput } from '../../../platform/errors.ts';
import { readInstant, shortened } from '../vendor-values.ts';
import { linesUnder, type PageLine } from './block-text.ts';
import type { NotionConnectionSettings } from './connection-settings.ts';
import { notionId, type NotionPage } from './page.ts';
import { dateOf, dayOf, linesIn, linesOf, peopleOf, propertyOf, textOf, titleOf, type NotionPerson } from './property-value.ts';

/** A page with what is in it. */
export interface PageContent {
  readonly page: NotionPage;
  /** As of when it is stated. */
  readonly at: string;
  readonly createdAt: string;
  readonly names: ReadonlyMap<string, string>;
  readonly lines: readonly PageLine[] | null;
}

/** Fields of a record; `occurredAt` where the page says when it was. */
type Fields = Readonly<Record<string, unknown>> & { readonly occurredAt?: string | null };

const longest = 10_000;
const mostLines = 100;
const day = 86_400_000;

/** A weekly summary. Highlights and risks are properties, or the lines under headings of their names. */
export function readSummary({ page, lines }: PageContent, { weeksBegin, weeklySummaries: { properties } }: NotionConnectionSettings): Fields {
  const weekOf = dayOf(propertyOf(page, properties.weekOf));
  if (weekOf === null) throw new InvalidInput(`${properties.weekOf} must be a date: the page does not say which week it is about.`, ['properties', properties.weekOf]);
  const status = textOf(propertyOf(page, properties.status));
  const listOf = (name: string): string[] => {
    const property = propertyOf(page, name);
    const said = property ? linesOf(property) : linesIn((linesUnder(lines ?? [], name) ?? []).join('\n'));
    return said.slice(0, mostLines).map((line) => shortened(line, 500));
  };
  return { weekOf: mondayOf(weekOf, weeksBegin), ...(status === null ? {} : { status: shortened(status, 500) }), highlights: listOf(properties.highlights), risks: listOf(properties.risks) };
}

/** The Monday of the week of a day. */
function mondayOf(date: string, weeksBegin: NotionConnectionSettings['weeksBegin']): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  // 0 is Sunday.
  const weekday = new Date(at).getUTCDay();
  const back = weekday === 0 ? (weeksBegin === 'SUNDAY' ? -1 : 6) : weekday - 1;
  return new Date(at - back * day).toISOString().slice(0, 10);
}

/** A flag that a manager set. Without a property of its name, the title is the flag; without a note, the text of the page. */
export function readFlag(content: PageContent, { managerFlags: { properties } }: NotionConnectionSettings): Fields {
  const { page, lines } = content;
  const flag = textOf(propertyOf(page, properties.flag)) ?? titleOf(page);
  const noteProperty = propertyOf(page, properties.note);
  const note = noteProperty ? textOf(noteProperty) : bodyOf(lines);
  const setBy = writerOf(content, properties.setBy);
  return { ...(flag === null ? {} : { flag: shortened(flag, 500) }), ...(setBy === null ? {} : { setBy }), note: note && shortened(note, longest), occurredAt: pastInstant(content, properties.setOn) };
}

const noteTypes: Readonly<Record<string, string>> = { meeting: 'MEETING', 'meeting notes': 'MEETING', qbr: 'QBR', call: 'CALL', 'call notes': 'CALL', email: 'EMAIL', 'e-mail': 'EMAIL', interaction: 'INTERACTION' };

/** A note: the title and the text of the page. */
export function readNote(content: PageContent, { notes: { properties } }: NotionConnectionSettings): Fields {
  const { page, lines } = content;
  const text = [titleOf(page), bodyOf(lines)].filter((part) => part !== null).join('\n\n');
  const type = textOf(propertyOf(page, properties.noteType))?.toLowerCase() ?? '';
  return { noteType: noteTypes[type] ?? 'GENERAL', ...(text === '' ? {} : { content: shortened(text, longest) }), author: writerOf(content, properties.author), occurredAt: pastInstant(content, properties.date) };
}

const bodyOf = (lines: readonly PageLine[] | null): string | null => (lines ?? []).map(({ text }) => text).join('\n').trim() || null;

/** The people whose names a page may need. */
export function peopleOn(page: NotionPage, names: readonly string[]): NotionPerson[] {
  const people = names.flatMap((name) => peopleOf(propertyOf(page, name)));
  const author = page.created_by ? [{ id: page.created_by.id, name: page.created_by.name?.trim() || null }] : [];
  return [...people, ...author].map(({ id, name }) => ({ id: notionId(id), name }));
}

/** Who wrote a page: whom a property names, else who made the page. */
function writerOf({ page, names }: PageContent, property: string): string | null {
  const own = propertyOf(page, property);
  const nameOf = ({ id, name }: NotionPerson): string[] => [name ?? names.get(notionId(id)) ?? ''].filter((each) => each !== '');
  const people = peopleOf(own).flatMap(nameOf);
  const written = people.length > 0 ? people.join(', ') : own && peopleOf(own).length === 0 ? textOf(own) : null;
  const [maker] = page.created_by ? nameOf({ id: page.created_by.id, name: page.created_by.name?.trim() || null }) : [];
  const writer = written ?? maker ?? null;
  return writer && shortened(writer, 500);
}

/** The instant that a property says, if it has passed by when the page is stated; what is planned took place no earlier than the page was made. */
function pastInstant({ page, at }: PageContent, name: string): string | null {
  const said = dateOf(propertyOf(page, name));
  if (said === null) return null;
  const instant = readInstant(/^\d{4}-\d{2}-\d{2}$/.test(said) ? `${said}T00:00:00Z` : said, ['properties', name]);
  return instant !== null && instant <= at ? instant : null;
}
