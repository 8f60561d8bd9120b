import { InvalidInput } from '../errors.ts';
import { isUuid } from '../ids.ts';

/** A position in an ordered list: the order it belongs to, the sort value there, and the row's key that breaks ties. */
export interface Position {
  readonly order: string;
  readonly value: string;
  readonly key: string;
}

/** Writes a position as an opaque cursor. */
export function writeCursor({ order, value, key }: Position): string {
  return Buffer.from(JSON.stringify([order, value, key])).toString('base64url');
}

/** Reads a cursor made for the given order; anything else is refused. */
export function readCursor(cursor: string, order: string): Position {
  const parts = cursor.length <= 4_096 ? parse(cursor) : null;
  if (!parts) throw new InvalidInput('This cursor was not made by this API. Use one from pageInfo or an edge.', ['after']);
  if (parts[0] !== order) throw new InvalidInput('This cursor belongs to another list, or to this one in another order. Start again without after.', ['after']);
  return { order, value: parts[1], key: parts[2] };
}

function parse(cursor: string): [string, string, string] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [order, value, key] = parts as unknown[];
    if (typeof order !== 'string' || typeof value !== 'string' || typeof key !== 'string') return null;
    return isUuid(key) && !value.includes('\0') ? [order, value, key] : null;
  } catch {
    return null;
  }
}
