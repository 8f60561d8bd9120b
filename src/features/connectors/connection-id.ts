import { createHash } from 'node:crypto';
import { NotFound } from '../../platform/errors.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { VendorSource } from './connection-source.ts';

/**
 * The id of a tenant's connection to a vendor: a UUID of version 8 (RFC 9562) that follows from both, so that it is the
 * same before the vendor is connected and when it is connected again.
 */
export function connectionIdOf(tenantId: string, source: string): Id<'Connection'> {
  const bytes = createHash('sha256').update(`connection ${tenantId} ${source}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<'Connection'>;
}

/** Reads the global id of a connection. Throws `NotFound` if it is not the id of a vendor of this tenant. */
export function parseConnectionId(tenantId: string, globalId: string, path: readonly string[]): { readonly id: Id<'Connection'>; readonly source: string } {
  const parsed = parseGlobalId(globalId, path);
  const source = parsed?.type === 'Connection' ? Object.values(VendorSource).find((each) => connectionIdOf(tenantId, each) === parsed.id) : undefined;
  if (!parsed || source === undefined) throw new NotFound('There is no such connection. The query connections lists them.', path);
  return { id: parsed.id as Id<'Connection'>, source };
}
