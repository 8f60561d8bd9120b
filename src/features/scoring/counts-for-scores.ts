import { isInForce } from '../signals/index.ts';

/**
 * SQL: whether a signal counts for scores at an instant, or now where none is given: no person in it has objected to profiling
 * by then, and it is not withdrawn. `$1` is the tenant.
 */
export function countsForScores(signal: string, at?: string): string {
  const standing = at === undefined ? 'o.restored_at is null' : `o.excluded_at <= ${at} and (o.restored_at is null or o.restored_at > ${at})`;
  return `not exists (select from signal_objection o where o.tenant_id = $1 and o.signal_id = ${signal} and ${standing}) and ${isInForce(signal, at)}`;
}
