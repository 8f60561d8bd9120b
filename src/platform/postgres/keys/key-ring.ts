import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { decryptBytes, encryptBytes } from '../../aes-gcm.ts';

const key = z.base64().transform((text) => Buffer.from(text, 'base64')).refine((bytes) => bytes.length === 32);
const id = z.string().regex(/^[0-9a-f]{16}$/);
const stored = z.strictObject({
  root: key,
  wrapping: z.array(z.strictObject({ id, key })),
  current: id.nullable(),
  next: id.nullable(),
  rewrapping: z.boolean(),
});

/**
 * The installation's keys, as the database keeps them: sealed under a ring key, which is sealed under each master key that
 * is valid. So master keys change without changing anything that was derived from the first one.
 */
export interface KeyRing {
  /** The first master key. Digests and the signing key are derived from it, for as long as the data lives. */
  readonly root: Buffer;
  /** The keys that subject keys and webhook secrets are sealed under, the oldest first. Earlier ones stay, to read with. */
  readonly wrapping: readonly { readonly id: string; readonly key: Buffer }[];
  /** The wrapping key to seal with. Null: the one derived from the root. */
  readonly current: string | null;
  /** During a rotation: the wrapping key that processes load before anything is sealed with it. */
  readonly next: string | null;
  /** During a rotation: whether rows are being moved to the current wrapping key. */
  readonly rewrapping: boolean;
}

/** The ring of an installation that never changed its master key. */
export function firstRing(masterKey: Buffer): KeyRing {
  return { root: masterKey, wrapping: [], current: null, next: null, rewrapping: false };
}

/** The ring with one more wrapping key, which is not used to seal yet. */
export function withNextKey(ring: KeyRing): KeyRing {
  const made = { id: randomBytes(8).toString('hex'), key: randomBytes(32) };
  return { ...ring, wrapping: [...ring.wrapping, made], next: made.id };
}

/** Seals a ring for storage. */
export function sealRing(ringKey: Buffer, ring: KeyRing): Buffer {
  const text = JSON.stringify({ ...ring, root: ring.root.toString('base64'), wrapping: ring.wrapping.map((each) => ({ id: each.id, key: each.key.toString('base64') })) });
  return encryptBytes(ringKey, Buffer.from(text));
}

/** Opens a stored ring; null when its bytes were changed. */
export function openRing(ringKey: Buffer, sealed: Buffer): KeyRing | null {
  try {
    return stored.parse(JSON.parse(decryptBytes(ringKey, sealed).toString()));
  } catch {
    return null;
  }
}

/** Finds the keys that wrap other keys. */
export interface WrappingKeys {
  /** The key to seal with; null: the one derived from the root. */
  current(): { readonly id: Buffer; readonly key: KeyObject } | null;
  /** The key of an id, hexadecimal; null when it is not known. */
  find(id: string): KeyObject | null;
}

/** The wrapping keys of a ring that may be replaced while it is in use. */
export function wrappingKeysOf(ring: () => KeyRing): WrappingKeys {
  const made = new Map<string, KeyObject>();
  const find = (name: string): KeyObject | null => {
    const known = made.get(name);
    if (known) return known;
    const found = ring().wrapping.find((each) => each.id === name);
    if (!found) return null;
    const object = createSecretKey(found.key);
    made.set(name, object);
    return object;
  };
  return {
    find,
    current() {
      const { current } = ring();
      const object = current === null ? null : find(current);
      return current === null || object === null ? null : { id: Buffer.from(current, 'hex'), key: object };
    },
  };
}
