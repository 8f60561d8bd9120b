import { z } from 'zod';
import type { Seal } from '../../../platform/postgres/seal.ts';

/** An access token that was given for stored credentials. */
export interface StoredToken {
  readonly accessToken: string;
  /** RFC 3339; null: it is valid until it is refused. */
  readonly expiresAt: string | null;
}

/** What is sealed in `connection.encrypted_credentials`: what an administrator gave, and the access token that is valid for it. */
export interface StoredCredentials {
  readonly credentials: Readonly<Record<string, unknown>>;
  /** Null: none was given yet. Credentials that an administrator gives replace it. */
  readonly token: StoredToken | null;
}

/** The member beside the administrator's own, so that credentials without a token are stored as they are. */
const stored = z.looseObject({ storedToken: z.object({ accessToken: z.string(), expiresAt: z.iso.datetime().nullable() }).optional() });

/** Reads sealed credentials; null where they were erased. */
export function openStoredCredentials(seal: Seal, wrappedKey: Buffer | null, sealed: Buffer | null): StoredCredentials | null {
  const text = seal.open(wrappedKey, sealed);
  if (text === null) return null;
  const { storedToken, ...credentials } = stored.parse(JSON.parse(text));
  return { credentials, token: storedToken ?? null };
}

/** Seals credentials under the key of their row. */
export function sealStoredCredentials(seal: Seal, wrappedKey: Buffer, { credentials, token }: StoredCredentials): Buffer {
  return seal.seal(seal.unwrap(wrappedKey), JSON.stringify(token === null ? credentials : { ...credentials, storedToken: token }));
}
