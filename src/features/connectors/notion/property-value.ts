import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { isDay } from '../../../platform/graphql/scalars.ts';
import { notionId, type NotionPage } from './page.ts';

const named = z.looseObject({ name: z.string().nullish() });
const person = z.looseObject({ id: z.string(), name: z.string().nullish() });
const richText = z.array(z.looseObject({ plain_text: z.string() }));
const dated = z.looseObject({ start: z.string() });

/** A person, by id, with the name where Notion tells it. */
export interface NotionPerson {
  readonly id: string;
  readonly name: string | null;
}

/** What a property holds: `rich_text` of a property of that type, and so on. */
type Property = NotionPage['properties'][string];
const held = (property: Property): unknown => property[property.type];

/** What a property holds, checked: taken for empty, another shape would clear what is known. Throws `InvalidInput`. */
function checked<Schema extends z.ZodType>(property: Property, schema: Schema): z.output<Schema> {
  const read = schema.safeParse(held(property));
  if (read.success) return read.data;
  throw new InvalidInput(`A property of the type ${property.type.slice(0, 64)} has another shape than Notion documents.`, ['properties']);
}

/** A property by its name, whatever the case; undefined where the page has none. */
export function propertyOf({ properties }: NotionPage, name: string): Property | undefined {
  return properties[name] ?? Object.entries(properties).find(([own]) => own.trim().toLowerCase() === name.trim().toLowerCase())?.[1];
}

/** The title of a page. */
export function titleOf({ properties }: NotionPage): string | null {
  const title = Object.values(properties).find(({ type }) => type === 'title');
  return title ? textOf(title) : null;
}

/** Rich text without its form. */
export function plainText(given: unknown): string {
  return (richText.safeParse(given).data ?? []).map(({ plain_text: plain }) => plain).join('');
}

/** What a property says, as text; null where it is empty or cannot be read as one. */
export function textOf(property: Property | undefined): string | null {
  if (!property) return null;
  const value = held(property);
  switch (property.type) {
    case 'title':
    case 'rich_text':
      return checked(property, richText).map(({ plain_text: plain }) => plain).join('').trim() || null;
    case 'select':
    case 'status':
      return checked(property, named.nullable())?.name?.trim() || null;
    case 'multi_select':
      return linesOf(property).join(', ') || null;
    case 'people':
      return peopleOf(property).flatMap(({ name }) => name ?? []).join(', ') || null;
    case 'unique_id': {
      const { prefix, number } = z.looseObject({ prefix: z.string().nullish(), number: z.number() }).safeParse(value).data ?? {};
      return number === undefined ? null : `${prefix ? `${prefix}-` : ''}${number}`;
    }
    case 'formula':
    case 'rollup':
      return nested(value).map(textOf).find((each) => each !== null) ?? null;
    case 'date':
      return dayOf(property);
    default:
      return typeof value === 'string' ? value.trim() || null : typeof value === 'number' ? String(value) : null;
  }
}

/** The values within a formula or rollup, as properties. */
function nested(value: unknown): Property[] {
  const read = z.looseObject({ type: z.string() }).safeParse(value);
  if (!read.success) return [];
  const inner = read.data[read.data.type];
  return Array.isArray(inner) ? z.array(z.looseObject({ type: z.string() })).safeParse(inner).data ?? [] : [read.data];
}

/** What a property says, one thing a line: the choices of a list, or the lines of a text without their bullets. */
export function linesOf(property: Property | undefined): string[] {
  if (!property) return [];
  if (property.type === 'multi_select') return checked(property, z.array(named)).flatMap(({ name }) => name?.trim() || []);
  return linesIn(textOf(property) ?? '');
}

/** The lines of a text without their bullets. */
export function linesIn(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/^\s*(?:[-*•‣–]|\d{1,2}[.)])\s+/, '').trim()).filter((line) => line !== '');
}

/** The instant or day that a property says, as Notion writes it; null where it says none. */
export function dateOf(property: Property | undefined): string | null {
  if (!property) return null;
  const value = held(property);
  if (property.type === 'date') return checked(property, dated.nullable())?.start ?? null;
  if (property.type === 'formula' || property.type === 'rollup') return nested(value).map(dateOf).find((each) => each !== null) ?? null;
  const text = textOf(property);
  return text !== null && /^\d{4}-\d{2}-\d{2}/.test(text) ? text : null;
}

/** The day that a property says. */
export function dayOf(property: Property | undefined): string | null {
  const day = dateOf(property)?.slice(0, 10) ?? null;
  return day !== null && isDay(day) ? day : null;
}

/** The people whom a property names. */
export function peopleOf(property: Property | undefined): NotionPerson[] {
  if (!property) return [];
  const value = held(property);
  const people = Array.isArray(value) ? value : [value];
  if (!['people', 'created_by', 'last_edited_by'].includes(property.type)) return [];
  return people.flatMap((each) => {
    const read = person.safeParse(each);
    return read.success ? [{ id: read.data.id, name: read.data.name?.trim() || null }] : [];
  });
}

/** The pages that a relation leads to. */
export function relationOf(property: Property | undefined): string[] {
  if (property?.type !== 'relation') return [];
  return checked(property, z.array(z.looseObject({ id: z.string() }))).map(({ id }) => notionId(id));
}
