import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { acceptedRestore } from './accepted-restore.ts';
import type { Anchor } from './anchor.ts';
import type { ChainRow } from './chain-walk.ts';

const hex = z.hash('sha256').transform((text) => Buffer.from(text, 'hex'));
const signature = z.base64url().transform((text) => Buffer.from(text, 'base64url'));
const instant = z.iso.datetime().nullable();

/** The first line: what the file is, and how far it goes. */
export const headerLine = z.strictObject({
  type: z.literal('header'),
  version: z.literal(1),
  tenantId: z.uuid(),
  /** Null: all events; otherwise only those about this account, which leaves gaps. */
  accountId: z.uuid().nullable(),
  recordedFrom: instant,
  recordedBefore: instant,
  /** The events lie behind this sequence … */
  after: z.int(),
  /** … and go up to this one. */
  upTo: z.int(),
  /** When the tenant began, and with it the chain. */
  begunAt: instant,
  /** The chain's head when the export began; null: there was none. */
  head: z.strictObject({ sequence: z.int(), hash: z.hash('sha256') }).nullable(),
  exportedAt: z.iso.datetime(),
  keyId: z.string(),
  /** The public key that goes with it: convenient, and proof of nothing unless it is compared with the published one. */
  publicKey: z.string(),
  /** Accepted restores of the chain, as its facts have them; absent: none. */
  acceptedRestores: z.array(acceptedRestore).optional(),
  /** Other public keys the installation trusts, by which earlier anchors may be signed; absent when there is none. */
  earlierKeys: z.array(z.string()).optional(),
});
export type HeaderLine = z.infer<typeof headerLine>;

/** The last line: over all before. */
export const manifestLine = z.strictObject({
  type: z.literal('manifest'),
  version: z.literal(1),
  count: z.int(),
  first: z.int().nullable(),
  last: z.int().nullable(),
  anchors: z.int(),
  head: z.strictObject({ sequence: z.int(), hash: z.hash('sha256') }).nullable(),
  /** Of every byte before this line. */
  sha256: z.hash('sha256'),
  keyId: z.string(),
  signature: z.base64url(),
});
export type ManifestLine = z.infer<typeof manifestLine>;

/** An event's line. */
export const eventLine = z.strictObject({
  type: z.literal('event'),
  sequence: z.int(),
  id: z.string(),
  kind: z.string(),
  accountId: z.string().nullable(),
  actorKind: z.string(),
  actorId: z.string(),
  requestId: z.string(),
  occurredAt: z.string(),
  recordedAt: z.string(),
  data: z.record(z.string(), z.unknown()),
  previousHash: hex,
  hash: hex,
  /** The event of the line before, in a file with gaps. */
  follows: z.int().optional(),
  /** Said of rows whose instants have parts of milliseconds, which the program never writes. */
  exact: z.literal(false).optional(),
});

/** A signed place's line, behind the event it signs. */
export const anchorLine = z.strictObject({ type: z.literal('anchor'), sequence: z.int(), hash: hex, anchoredAt: z.iso.datetime(), keyId: z.string(), signature });

/** A row as a line. */
export function rowToLine({ sequence, id, kind, accountId, actorKind, actorId, requestId, occurredAt, recordedAt, data, previousHash, hash, exact }: ChainRow, follows?: number): string {
  const line = { type: 'event', sequence, id, kind, accountId, actorKind, actorId, requestId, occurredAt, recordedAt, data, previousHash: previousHash.toString('hex'), hash: hash.toString('hex') };
  return JSON.stringify({ ...line, ...(follows === undefined ? {} : { follows }), ...(exact ? {} : { exact: false }) });
}

/** An anchor as a line; the same as anchors are kept in elsewhere. */
export function anchorToLine({ sequence, hash, anchoredAt, keyId, signature: signed }: Anchor): string {
  return JSON.stringify({ type: 'anchor', sequence, hash: hash.toString('hex'), anchoredAt, keyId, signature: signed.toString('base64url') });
}

/** The text of a manifest that is signed: all of it but the signature. */
export function manifestText(manifest: Omit<ManifestLine, 'signature'> & { readonly signature?: string }): string {
  const { signature: _, ...text } = manifest;
  return canonicalJson(['audit-export.v1', text]);
}
