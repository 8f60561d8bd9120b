import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Signed, Signer } from '../../platform/signing.ts';

/** A place in a tenant's chain: the fact there, and its hash. */
export interface ChainPlace {
  readonly sequence: number;
  readonly hash: Buffer;
}

/** A signed place: whoever knows the public key can tell that the chain had this hash there at that time. */
export interface Anchor extends ChainPlace, Signed {
  /** RFC 3339. */
  readonly anchoredAt: string;
}

/** The text of an anchor that is signed. The tenant is in it: chains of two tenants cannot change places. */
export function anchorText(tenantId: string, { sequence, hash, anchoredAt }: Omit<Anchor, keyof Signed>): string {
  return canonicalJson(['audit-anchor.v1', tenantId, sequence, hash.toString('hex'), anchoredAt]);
}

/** Signs a place of a tenant's chain. */
export function signAnchor(signer: Signer, tenantId: string, place: ChainPlace & { readonly anchoredAt: string }): Anchor {
  return { ...place, keyId: signer.keyId, signature: signer.sign(anchorText(tenantId, place)) };
}
