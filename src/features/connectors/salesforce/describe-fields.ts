import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { SalesforceClient } from './client.ts';
import { fieldsOf, isOptional, isPresent, requiredFields, type RecordType } from './soql.ts';

const description = z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) });

/** Descriptions are asked for again after so long: an administrator may have shown a field. Milliseconds. */
const keptFor = 60 * 60_000;

/** The fields of a kind of record, in the order of a query; null where the organization lacks an optional kind or does not show it. */
export type FieldReader = (type: RecordType) => Promise<readonly string[] | null>;

/** The fields of each kind of record that can be read in this organization; asked for once an hour. Throws `VendorFault`. */
export function createFieldReader(client: SalesforceClient): FieldReader {
  const known = new Map<RecordType, { readonly at: number; readonly fields: ReturnType<FieldReader> }>();
  const ask = (type: RecordType): Promise<unknown> => client.request({ operation: 'describe', isIdempotent: true, method: 'GET', path: `/sobjects/${type}/describe` });
  const describe: FieldReader = async (type) => {
    const answer = isOptional(type) ? await ask(type).catch(absentIfUnknown) : await ask(type);
    if (answer === absent) return null;
    const read = description.safeParse(answer);
    if (!read.success) throw new VendorFault('UNREADABLE', `The description of ${type} by Salesforce has an unexpected shape.`);
    const present = new Set(read.data.fields.map(({ name }) => name));
    const missing = requiredFields[type].filter((field) => !isPresent(field, present));
    if (missing.length > 0 && isOptional(type)) return null;
    if (missing.length > 0) throw new VendorFault('FORBIDDEN', `The integration user of Salesforce cannot see ${missing.map((field) => `${type}.${field}`).join(', ')}. Make these fields visible to it (field-level security).`);
    return fieldsOf(type, present);
  };
  return (type) => {
    const at = performance.now();
    const held = known.get(type);
    if (held && at - held.at < keptFor) return held.fields;
    const fields = describe(type);
    known.set(type, { at, fields });
    fields.catch(() => known.delete(type));
    return fields;
  };
}

const absent = Symbol('no such kind of record');

/** Salesforce answers 404 for a kind that the organization does not have or the user may not see. */
function absentIfUnknown(error: unknown): typeof absent {
  if (error instanceof VendorFault && error.code === 'NOT_FOUND') return absent;
  throw error;
}
