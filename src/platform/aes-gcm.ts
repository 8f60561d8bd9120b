import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const nonceBytes = 12;
const tagBytes = 16;

/** How many bytes longer than its content a sealed value is. */
export const sealOverhead = nonceBytes + tagBytes;

/** Encrypts with AES-256-GCM under a random 96-bit nonce. Returns nonce ‖ ciphertext ‖ 128-bit tag. */
export function encryptBytes(key: Buffer | KeyObject, content: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts what `encryptBytes` returned. Throws when the key is another one or the bytes were changed. */
export function decryptBytes(key: Buffer | KeyObject, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const content = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
  // Checks the tag; GCM has no block left over.
  decipher.final();
  return content;
}
