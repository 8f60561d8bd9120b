import type { FastifyInstance } from 'fastify';
import { showKeys, type Signer, type TrustedKeys } from '../../platform/signing.ts';

/** What the route takes. */
export interface KeyRouteOptions {
  readonly signer: Signer;
  readonly keys: TrustedKeys;
}

/**
 * `GET /.well-known/signing-keys`: the Ed25519 public keys that this installation signs with, and signed with before, for
 * everybody who holds a receipt of an erasure, an export of the audit chain, or an anchor.
 */
export function keyRoute(app: FastifyInstance, { signer, keys }: KeyRouteOptions): void {
  const known = showKeys(keys).map((key) => ({ algorithm: 'Ed25519', ...key, current: key.keyId === signer.keyId }));
  app.get('/.well-known/signing-keys', () => ({ keys: known }));
}
