import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';

const id = z.union([z.int(), z.string().regex(/^\d{1,19}$/)], 'must be the number of an object').transform(String);

const objectEvent = z.looseObject({
  subscriptionType: z.string('must be a text'),
  portalId: z.number('must be the number of the HubSpot account'),
  occurredAt: z.int('must be milliseconds since 1970'),
  objectId: id.nullish(),
  objectTypeId: z.string('must be a text').nullish(),
  propertyName: z.string('must be a text').nullish(),
  propertyValue: z.string('must be a text').nullish(),
  primaryObjectId: id.nullish(),
  mergedObjectIds: z.array(id).nullish(),
  newObjectId: id.nullish(),
  fromObjectId: id.nullish(),
});
/** An event about an object. */
export type ObjectEvent = z.output<typeof objectEvent>;

/** Reads an event of HubSpot. Throws `InvalidInput` with the place of the fault. */
export function readObjectEvent(item: unknown, place: readonly string[]): ObjectEvent {
  const read = objectEvent.safeParse(item);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [...place, ...(issue?.path.map(String) ?? [])];
  throw new InvalidInput(`${path.join('.')} ${issue?.message ?? 'cannot be read'}. The body must be a list of events of HubSpot: [{"subscriptionType": "company.propertyChange", "portalId": …, "objectId": …, "occurredAt": …}].`, path);
}

/** Objects by the numbers that HubSpot gives their types. */
const objectTypes: Readonly<Record<string, string>> = { '0-1': 'contact', '0-2': 'company', '0-3': 'deal' };

/** What an event is about, and what happened: `company` and `propertyChange`. Newer subscriptions name the type of the object by a number. */
export function kindOf({ subscriptionType, objectTypeId }: ObjectEvent): { readonly object: string; readonly change: string } {
  const [object = '', change = ''] = subscriptionType.split('.');
  return { object: object === 'object' ? (objectTypes[objectTypeId ?? ''] ?? '') : object, change };
}
