/**
 * SQL: whether the tenant `$1` ever erased anybody; only then is any stored key or reference an erased one. An erasure and
 * its receipt are one transaction, and the statement that asks is the one that looks the keys up: it sees both or neither.
 */
const anyErased = '(select exists (select from erasure_receipt where tenant_id = $1))';

/** SQL: what an erasure put in the place of a key; null where the tenant never erased anybody. Making one takes longer than looking it up. `$1` is the tenant. */
export function erasedKeySql(key: string): string {
  return `case when ${anyErased} then erased_key(${key}) end`;
}

/** SQL: every form in which a reference may be stored: as it is, and as an erasure left it. `$1` is the tenant. */
export function referenceKeysSql(system: string, id: string): string {
  return `case when ${anyErased} then reference_keys(${system}, ${id}) else array[${id}] end`;
}
