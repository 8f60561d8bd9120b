import { hkdfSync } from 'node:crypto';
import { decryptBytes, encryptBytes } from '../../aes-gcm.ts';

/** A master key as it was given to this process. */
export interface MasterKey {
  /** 32 bytes. */
  readonly bytes: Buffer;
  /** What an operator calls the place it comes from: `MASTER_KEY`, or the path of secrets.json. */
  readonly source: string;
}

const derive = (key: Buffer, use: string, length: number): Buffer => Buffer.from(hkdfSync('sha256', key, '', use, length));

/** The public name of a master key: 16 hexadecimal digits that follow from it. It does not reveal the key. */
export function masterKeyId(key: Buffer): string {
  return derive(key, 'name the master key', 8).toString('hex');
}

/** Seals the key of the key ring under a master key. */
export function wrapRingKey(masterKey: Buffer, ringKey: Buffer): Buffer {
  return encryptBytes(derive(masterKey, 'wrap the ring key', 32), ringKey);
}

/** Opens the key of the key ring; null when the master key is another one or the bytes were changed. */
export function unwrapRingKey(masterKey: Buffer, wrapped: Buffer): Buffer | null {
  try {
    return decryptBytes(derive(masterKey, 'wrap the ring key', 32), wrapped);
  } catch {
    return null;
  }
}
