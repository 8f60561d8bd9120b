import { InvalidInput } from '../errors.ts';
import { isUuid } from '../ids.ts';

/** A position in an ordered list: the tenant whose list it is, the order it belongs to, the sort value there, and the row's key that breaks ties. */
export interface Position {
  readonly tenantId: string;
  readonly order: string;
  readonly value: string;
  readonly key: string;
}

/** Writes a position as an opaque cursor. */
export function writeCursor({ tenantId, order, value, key }: Position): string {
  return Buffer.from(JSON.stringify([order, value, key, tagOf(tenantId)])).toString('base64url');
}

/** Enough of a tenant's id to tell one from another, the same as in cursors of live streams. */
const tagOf = (tenantId: string): string => tenantId.slice(-12);

/** Reads a cursor made for the tenant's list in the given order; anything else is refused. */
export function readCursor(cursor: string, { tenantId, order }: Pick<Position, 'tenantId' | 'order'>): Position {
  const parts = cursor.length <= 4_096 ? parse(cursor) : null;
  if (!parts) throw new InvalidInput('This cursor was not made by this API. Use one from pageInfo or an edge.', ['after']);
  if (parts[3] !== tagOf(tenantId)) throw new InvalidInput('This cursor belongs to another tenant\'s list. Start again without after.', ['after']);
  if (parts[0] !== order) throw new InvalidInput('This cursor belongs to another list, or to this one in another order. Start again without after.', ['after']);
  return { tenantId, order, value: parts[1], key: parts[2] };
}

function parse(cursor: string): [string, string, string, string] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 4) return null;
    const [order, value, key, tag] = parts as unknown[];
    if (typeof order !== 'string' || typeof value !== 'string' || typeof key !== 'string' || typeof tag !== 'string') return null;
    return isUuid(key) && !value.includes('\0') ? [order, value, key, tag] : null;
  } catch {
    return null;
  }
}
