import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { SourceStatement } from './source-statement.ts';

/** What identifies a value that an erasure changed, without telling what it was: HMAC-SHA-256 by a key of the installation. */
export function erasedDigest(seal: Seal, { nodeId, field, value }: { readonly nodeId: string; readonly field: string; readonly value: unknown }): string {
  return seal.fingerprint(`erased value\n${nodeId}\n${field}\n${canonicalJson(value)}`);
}

/** The fields of a statement that is being delivered. */
export interface DeliveredFields {
  readonly nodeId: string;
  /** As they are stored, without addresses of people who were erased. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** As the source said them. */
  readonly said: Readonly<Record<string, unknown>>;
}

/**
 * Replaces values that a source says again, and from which an erasure took a person, by what the erasure left: a repeated
 * delivery is no news, and brings nobody back. Returns the fields with the digests of what was said.
 */
export function withoutErased(seal: Seal, known: readonly SourceStatement[], { nodeId, fields, said }: DeliveredFields): Pick<SourceStatement, 'fields' | 'erased'> {
  if (fields === said && known.every(({ erased }) => !erased)) return { fields, erased: null };
  const kept: Record<string, unknown> = { ...fields };
  const erased: Record<string, string> = {};
  for (const [field, value] of Object.entries(fields)) {
    // A value that was emptied leaves nothing to recognise.
    if (value !== null && said[field] !== undefined && said[field] !== null && canonicalJson(said[field]) !== canonicalJson(value)) erased[field] = erasedDigest(seal, { nodeId, field, value: said[field] });
  }
  for (const statement of known) {
    for (const [field, digest] of Object.entries(statement.erased ?? {})) {
      const value = said[field];
      if (value === undefined || value === null || kept[field] === null || erasedDigest(seal, { nodeId: statement.nodeId, field, value }) !== digest) continue;
      kept[field] = statement.fields[field] ?? null;
      erased[field] = erasedDigest(seal, { nodeId, field, value });
    }
  }
  return Object.keys(erased).length === 0 ? { fields, erased: null } : { fields: kept, erased };
}
