import { z } from 'zod';
import { trustKeys } from '../../platform/signing.ts';
import { isGenuine } from './receipt.ts';

/** What was found of a receipt. */
export interface ReceiptVerification {
  readonly genuine: boolean;
  /** By which key, and whether it was given from elsewhere; one that came with the receipt proves only that nothing changed since. */
  readonly keyId: string | null;
  readonly keyGiven: boolean;
  readonly detail: string;
  readonly completedAt: string | null;
  readonly receiptId: string | null;
}

const written = z.object({ statement: z.string(), signature: z.base64(), publicKey: z.string() });
const stated = z.object({ receiptId: z.uuid(), completedAt: z.string() });

/** Verifies a receipt (JSON with statement, signature and publicKey) offline: against the public keys given, or without any against the one it names. */
export function verifyReceipt(text: string, publicKeys: readonly string[]): ReceiptVerification {
  const receipt = written.parse(JSON.parse(text));
  const [own = ''] = trustKeys([receipt.publicKey]).keys();
  const keyGiven = publicKeys.length > 0;
  const keys = trustKeys(keyGiven ? publicKeys : [receipt.publicKey]);
  const found = { keyId: own, keyGiven };
  if (!keys.has(own)) return { ...found, genuine: false, detail: 'It names a key that is none of those given.', completedAt: null, receiptId: null };
  if (!isGenuine(keys, { ...receipt, keyId: own })) return { ...found, genuine: false, detail: 'The signature is not that of the statement.', completedAt: null, receiptId: null };
  const { receiptId, completedAt } = stated.parse(JSON.parse(receipt.statement));
  const detail = keyGiven ? 'Signed by a key that was given.' : 'Signed by the key that came with it: whose that is, only GET /.well-known/signing-keys of the installation tells.';
  return { ...found, genuine: true, detail, completedAt, receiptId };
}
