import { createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify, type KeyObject } from 'node:crypto';

/** Signs with the installation's Ed25519 key. */
export interface Signer {
  /** The first 16 hex digits of SHA-256 over the 32 bytes of the public key. */
  readonly keyId: string;
  /** The 32 bytes of the public key, base64url. */
  readonly publicKey: string;
  sign(text: string): Buffer;
}

/** A signature, and by which key. */
export interface Signed {
  readonly keyId: string;
  readonly signature: Buffer;
}

/** The public keys that signatures are believed of, by key id. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

/** DER of an Ed25519 key up to its 32 bytes, RFC 8410. */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** The signing key: of a seed of 32 bytes, or derived from the master key where none is given. */
export function createSigner({ seed, masterKey }: { readonly seed: Buffer | null; readonly masterKey: Buffer }): Signer {
  const own = seed ?? Buffer.from(hkdfSync('sha256', masterKey, '', 'sign', 32));
  if (own.length !== 32) throw new Error('The signing key must have 32 bytes.');
  const key = createPrivateKey({ key: Buffer.concat([privatePrefix, own]), format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length);
  return { keyId: keyIdOf(raw), publicKey: raw.toString('base64url'), sign: (text) => sign(null, Buffer.from(text), key) };
}

/** Reads public keys, each the base64url or base64 of its 32 bytes; throws when one is none. */
export function trustKeys(publicKeys: readonly string[]): TrustedKeys {
  return new Map(
    publicKeys.map((text) => {
      const raw = Buffer.from(text, 'base64url');
      if (raw.length !== 32) throw new Error('A public key must be 32 bytes in base64.');
      return [keyIdOf(raw), createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' })];
    }),
  );
}

/** The trusted keys as they are published: by id, the base64url of their 32 bytes. */
export function showKeys(keys: TrustedKeys): { readonly keyId: string; readonly publicKey: string }[] {
  return [...keys].map(([keyId, key]) => ({ keyId, publicKey: key.export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length).toString('base64url') }));
}

/** Whether a trusted key signed this text. */
export function isSigned(keys: TrustedKeys, text: string, { keyId, signature }: Signed): boolean {
  const key = keys.get(keyId);
  return key !== undefined && verify(null, Buffer.from(text), key, signature);
}

function keyIdOf(raw: Buffer): string {
  return createHash('sha256').update(raw).digest('hex').slice(0, 16);
}
