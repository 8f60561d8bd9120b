import type { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';

/** A record of Salesforce, checked. Throws `InvalidInput` with the place of the fault. */
export function parseRecord<Schema extends z.ZodType>(schema: Schema, type: string, fields: unknown): z.output<Schema> {
  const read = schema.safeParse(fields);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new InvalidInput(`${path.length === 0 ? 'The record' : path.join('.')} ${issue?.message ?? 'cannot be read'}. The record must be of the kind ${type} of Salesforce.`, path);
}
