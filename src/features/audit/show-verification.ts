import type { Clock } from '../../platform/clock.ts';
import type { Anchor } from './anchor.ts';
import type { AuditVerification } from './audit-verification.type.ts';
import type { ExportVerification } from './verify-export.ts';
import type { Verification } from './verify-chain.ts';

/** A verification as callers are shown it, by the graph and by the command alike. */
export function showVerification({ fault, complete, checked, place, head, anchors, lastAnchor, restores }: Verification, { clock, onBus }: { readonly clock: Clock; readonly onBus: readonly Anchor[] | null }): AuditVerification {
  return {
    intact: fault === null,
    complete,
    checked,
    lastSequence: place.sequence,
    firstBadSequence: fault?.sequence ?? null,
    tampering: fault?.tampering ?? null,
    detail: fault?.detail ?? null,
    headSequence: head?.sequence ?? 0,
    headHash: head?.hash.toString('hex') ?? null,
    anchors,
    anchorsOnBus: onBus && onBus.length,
    lastAnchor: lastAnchor && { ...lastAnchor, hash: lastAnchor.hash.toString('hex'), signature: lastAnchor.signature.toString('base64url') },
    acceptedRestores: restores,
    verifiedAt: clock.now().toISOString(),
  };
}

/** A verification of an export as the command shows it. */
export function showExportVerification({ fault, header, restores, checked, anchors, lastSequence, keyKnown }: ExportVerification): Readonly<Record<string, unknown>> & { readonly intact: boolean } {
  return {
    intact: fault === null,
    checked,
    lastSequence,
    firstBadSequence: fault?.sequence ?? null,
    tampering: fault?.tampering ?? null,
    detail: fault?.detail ?? null,
    tenantId: header.tenantId,
    headSequence: header.head?.sequence ?? 0,
    headHash: header.head?.hash ?? null,
    anchors,
    acceptedRestores: restores,
    exportedAt: header.exportedAt,
    key: keyKnown ? 'given' : `${header.publicKey} came with the file: compare it with GET /.well-known/signing-keys`,
  };
}
