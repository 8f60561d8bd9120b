import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';
import { acceptedRestore } from './accepted-restore.ts';

/** The end of a chain was signed. */
export const auditAnchored = defineEvent(
  'audit.anchored',
  1,
  'The audit chain was verified since its last anchor, and its end signed with Ed25519. Keep these events elsewhere: with them a chain that was cut or rewritten is told from the true one.',
  z.strictObject({
    sequence: z.int().positive().describe('The fact up to which the chain is signed.'),
    hash: z.hash('sha256').describe('The hash of that fact, hex.'),
    anchoredAt: z.iso.datetime().describe('When it was signed.'),
    keyId: z.string().describe('Which key signed it; GET /.well-known/signing-keys has it.'),
    signature: z.base64url().describe('Ed25519 over the JSON array ["audit-anchor.v1", tenant id, sequence, hash, anchoredAt] without white space.'),
  }),
);

/** A restore of a backup was accepted. */
export const restoreAccepted = defineEvent(
  'audit.restore_accepted',
  1,
  'A restored backup was accepted. The facts from lostFrom to lostTo are lost; anchors over them no longer count as tampering. The fact stays in the chain and in every export.',
  acceptedRestore,
);

/** Somebody took rows of the chain with them. */
export const auditExported = defineEvent(
  'audit.exported',
  1,
  'An export of the audit chain was begun.',
  z.strictObject({
    accountId: z.uuid().nullable().describe('The account it was narrowed to; null: all.'),
    recordedFrom: z.iso.datetime().nullable().describe('From which instant on; null: from the beginning.'),
    recordedBefore: z.iso.datetime().nullable().describe('Before which instant; null: to the end.'),
  }),
);
