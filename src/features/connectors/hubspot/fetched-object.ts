import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';
import { laterOf } from '../outbound/read-fetched.ts';
import { readInstant } from '../vendor-values.ts';
import type { ObjectKind } from './object-kinds.ts';

const text = z.string('must be a text');
const instant = z.string('must be an instant');
const fetchedObject = z.looseObject({
  id: text.regex(/^\d{1,19}$/, 'must be the number of an object'),
  properties: z.record(z.string(), text.nullish()),
  propertiesWithHistory: z.record(z.string(), z.array(z.looseObject({ value: text.nullish(), timestamp: instant }))).nullish(),
  archived: z.boolean('must be true or false').nullish(),
  archivedAt: instant.nullish(),
});
/** An object as HubSpot returns it. */
export type FetchedObject = z.output<typeof fetchedObject>;

/** Checks an object. Throws `InvalidInput` with the place of the fault. */
export function checkObject(given: unknown): FetchedObject {
  const read = fetchedObject.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new InvalidInput(`${path.length === 0 ? 'The object' : path.join('.')} ${issue?.message ?? 'cannot be read'}. HubSpot returned an object of another shape than it documents.`, path);
}

/** A property's value; null where it is empty or was not returned. */
export const valueOf = ({ properties }: FetchedObject, name: string): string | null => properties[name]?.trim() || null;

/** An instant that must be there. Throws `InvalidInput`. */
export function toInstant(value: string, path: readonly string[]): string {
  const read = readInstant(value, path);
  if (read === null) throw new InvalidInput(`${path.at(-1) ?? 'This'} must be an instant such as 2026-11-21T09:30:00.000Z.`, path);
  return read;
}

/** As of when an object is stated: when HubSpot says that it was modified, or when an event says so, whichever is later. Throws `InvalidInput` where HubSpot does not say. */
export function statedAt(object: FetchedObject, { modified }: ObjectKind, changedAt: string | null): string {
  const at = readInstant(valueOf(object, modified), ['properties', modified]);
  if (at === null) throw new InvalidInput(`${modified} must say when the object was modified.`, ['properties', modified]);
  return laterOf(at, changedAt);
}

/** A value that a property once had. */
export interface PastValue {
  readonly value: string | null;
  readonly at: string;
}

/** The values that a property had, the oldest first; equal ones after each other are one. */
export function pastValues({ propertiesWithHistory }: FetchedObject, name: string): PastValue[] {
  const values = (propertiesWithHistory?.[name] ?? []).map(({ value, timestamp }, index) => ({ value: value?.trim() || null, at: toInstant(timestamp, ['propertiesWithHistory', name, String(index), 'timestamp']) }));
  const ordered = values.toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  return ordered.filter(({ value }, index) => index === 0 || value !== ordered[index - 1]?.value);
}
