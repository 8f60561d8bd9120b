import { wrappedTable } from '../../platform/postgres/keys/wrapped-table.ts';
import type { Seal } from '../../platform/postgres/seal.ts';

/** The table of sealed credentials, for rotations of the master key. */
export const connectionKeys = wrappedTable({ table: 'connection', id: 'id', column: 'wrapped_key', order: 'id' });

/** Credentials as they are stored. */
export interface SealedCredentials {
  readonly wrapped: Buffer;
  readonly sealed: Buffer;
}

/** Seals credentials under a new key of their own. */
export function sealCredentials(seal: Seal, credentials: object): SealedCredentials {
  const { key, wrapped } = seal.newKey();
  return { wrapped, sealed: seal.seal(key, JSON.stringify(credentials)) };
}
