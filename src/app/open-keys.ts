import type { KeyObject } from 'node:crypto';
import { checkKeys, type KeyCheck } from '../platform/postgres/keys/check-keys.ts';
import type { Database } from '../platform/postgres/database.ts';
import { holdKeys } from '../platform/postgres/keys/hold-keys.ts';
import type { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { wrappingKeysOf, type KeyRing } from '../platform/postgres/keys/key-ring.ts';
import type { MasterKey } from '../platform/postgres/keys/master-key.ts';
import { openKeyRing } from '../platform/postgres/keys/record-keys.ts';
import { knownSigningKeys, rememberSigningKey } from '../platform/postgres/keys/signing-keys.ts';
import type { WrappedTable } from '../platform/postgres/keys/wrapped-table.ts';
import { createSeal, subjectKeys, type Seal } from '../platform/postgres/seal.ts';
import { createSigner, trustKeys, type Signer, type TrustedKeys } from '../platform/signing.ts';
import { connectionKeys } from '../features/connectors/connection-credentials.ts';
import { webhookSecretKeys } from '../features/connectors/webhook-secret-keys.ts';
import { enrichmentProviderKeys } from '../features/enrichment/http-provider-store.ts';
import type { Releases } from './lifecycle.ts';

/** Every table with keys that depend on the master key. */
export const wrappedTables: readonly WrappedTable[] = [subjectKeys, webhookSecretKeys, connectionKeys, enrichmentProviderKeys];

/** One master key at least. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

/**
 * Tells whether one of some master keys fits a database, of any version and before anything is changed in it: at a start, in
 * commands, and before a restored database is used. Reads only; throws a `KeyFault` when none fits.
 */
export function checkInstallation(url: string, keys: MasterKeys): Promise<KeyCheck> {
  return checkKeys({ url, keys, tables: wrappedTables });
}

/** What a process needs of the installation's keys. */
export interface Keys {
  /** What digests and the signing key are derived from, 32 bytes; the same for as long as the data lives. */
  readonly root: Buffer;
  readonly seal: Seal;
  readonly signer: Signer;
  /** Whose signatures are believed. Keys that other processes begin to sign with are added while it runs. */
  readonly trusted: TrustedKeys;
}

/** What opening the keys of a running process takes. */
export interface KeyOptions {
  readonly database: Database;
  readonly url: string;
  readonly releases: Releases;
  /** The seed of the signing key; null: derived from the root. */
  readonly signingKey: Buffer | null;
  /** Public keys that signed in the past. */
  readonly trustedKeys: readonly string[];
  /** The master keys this process may use; asked again whenever keys change. */
  readKeys(): Promise<MasterKeys>;
  /** Called once when the master key no longer fits while the process runs. */
  onUnfit(fault: KeyFault): void;
}

/** Opens the keys of a process that runs, and keeps them up to date. Throws a `KeyFault` before anything is written when none fits. */
export async function openKeys({ database, url, releases, signingKey, trustedKeys, readKeys, onUnfit }: KeyOptions): Promise<Keys> {
  const opened = await openKeyRing(database, { url, keys: await readKeys(), tables: wrappedTables });
  const { root } = opened.ring;
  let ring = (): KeyRing => opened.ring;
  const seal = createSeal(root, wrappingKeysOf(() => ring()));
  const { signer, trusted } = signingKeys({ root, signingKey, trustedKeys });
  await database.system((sql) => rememberSigningKey(sql, root, signer));
  const held = await holdKeys({
    pool: database.pool,
    opened,
    readKeys,
    onUnfit,
    async onChange() {
      // What was unwrapped is kept by its wrapped form, which a rotation changes: a key destroyed later must not stay behind.
      seal.forgetAll();
      for (const [keyId, key] of trustKeys(await database.system((sql) => knownSigningKeys(sql, root)))) trusted.set(keyId, key);
    },
  });
  ring = () => held.ring();
  releases.add('keys', () => held.close());
  return { root, seal, signer, trusted };
}

/** Whose signatures a command believes on a database that was checked; it ends before they change. */
export async function readTrustedKeys({ database, check, signingKey, trustedKeys }: { readonly database: Pick<Database, 'system'>; readonly check: KeyCheck; readonly signingKey: Buffer | null; readonly trustedKeys: readonly string[] }): Promise<TrustedKeys> {
  const { root } = check.ring;
  const { trusted } = signingKeys({ root, signingKey, trustedKeys });
  const known = check.state === 'RECORDED' ? await database.system((sql) => knownSigningKeys(sql, root)) : [];
  return new Map([...trusted, ...trustKeys(known)]);
}

/** A key that is given signs; the one that is derived was signed with before it was given, and stays trusted. */
function signingKeys({ root, signingKey, trustedKeys }: { readonly root: Buffer; readonly signingKey: Buffer | null; readonly trustedKeys: readonly string[] }): { signer: Signer; trusted: Map<string, KeyObject> } {
  const signer = createSigner({ seed: signingKey, masterKey: root });
  const derived = createSigner({ seed: null, masterKey: root });
  return { signer, trusted: new Map(trustKeys([signer.publicKey, derived.publicKey, ...trustedKeys])) };
}
