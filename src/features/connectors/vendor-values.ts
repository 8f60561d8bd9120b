import { InvalidInput } from '../../platform/errors.ts';
import { parseInstant } from '../../platform/graphql/scalars.ts';

/** An instant as vendors write it: RFC 3339, or with an offset without a colon (`2026-11-21T09:30:00.000+0000`). Throws `InvalidInput` with its place. */
export function readInstant(text: string | null | undefined, path: readonly string[]): string | null {
  if (text === undefined || text === null) return null;
  const read = parseInstant(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (read === null) throw new InvalidInput(`${path.at(-1) ?? 'This'} must be an instant such as 2026-11-21T09:30:00.000Z.`, path);
  return read;
}

const latestMilliseconds = Date.parse('9999-12-31T23:59:59.999Z');

/** An instant as milliseconds since 1970. Throws `InvalidInput` with its place. */
export function instantOfMilliseconds(milliseconds: number, path: readonly string[]): string {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0 || milliseconds > latestMilliseconds) throw new InvalidInput(`${path.at(-1) ?? 'This'} must be an instant in milliseconds since 1970.`, path);
  return new Date(milliseconds).toISOString();
}

/** A text shortened to what a field holds, at a whole character. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
