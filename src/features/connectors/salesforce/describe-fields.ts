import { z } from 'zod';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { SalesforceClient } from './client.ts';
import { fieldsOf, requiredFields, type RecordType } from './soql.ts';

const description = z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) });

/** Descriptions are asked for again after so long: an administrator may have shown a field. Milliseconds. */
const keptFor = 60 * 60_000;

/** The fields of each kind of record that can be read in this organization; asked for once an hour. Throws `VendorFault`. */
export function createFieldReader(client: SalesforceClient): (type: RecordType) => Promise<readonly string[]> {
  const known = new Map<RecordType, { readonly at: number; readonly fields: Promise<readonly string[]> }>();
  const describe = async (type: RecordType): Promise<readonly string[]> => {
    const read = description.safeParse(await client.request({ operation: 'describe', isIdempotent: true, method: 'GET', path: `/sobjects/${type}/describe` }));
    if (!read.success) throw new VendorFault('UNREADABLE', `The description of ${type} by Salesforce has an unexpected shape.`);
    const present = new Set(read.data.fields.map(({ name }) => name));
    const missing = requiredFields[type].filter((field) => !present.has(field));
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
