import type { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';

type Issue = z.core.$ZodIssue;

/** Checks an object of a configuration. Throws `InvalidInput` with the place of the first fault; what was given is never quoted. */
export function checkSchema(schema: z.ZodType, value: object, path: readonly string[]): void {
  const read = schema.safeParse(value);
  if (read.success) return;
  const { message, place } = firstFault(read.error.issues);
  throw new InvalidInput(`${message.replace(/\.$/, '')}.`, [...path, ...place]);
}

interface Fault {
  readonly message: string;
  readonly place: readonly string[];
}

function firstFault([issue]: readonly Issue[]): Fault {
  if (!issue) return { message: 'This cannot be read', place: [] };
  const place = issue.path.map(String);
  // Of several forms, the one that comes nearest to what was given.
  const [nearest] = issue.code === 'invalid_union' ? issue.errors.toSorted((one, other) => weight(one) - weight(other)) : [];
  if (nearest && nearest.length > 0) {
    const fault = firstFault(nearest);
    return { message: fault.message, place: [...place, ...fault.place] };
  }
  // Zod names the unknown keys, and one of them may be a secret that was entered in the wrong place.
  if (issue.code === 'unrecognized_keys') return { message: 'There is a field that is not known here. docs/connectors.md lists the fields of each vendor', place };
  return { message: issue.message, place };
}

const weight = (issues: readonly Issue[]): number => issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
