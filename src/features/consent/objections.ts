import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ConsentPurpose } from './enums.ts';
import { suppressedEmail, suppressedNames } from './suppression.ts';

/** SQL: whether the subject in a column has objected to profiling, by whichever channel. */
export const objectsToProfiling = (subject: string): string =>
  `exists (select from consent objection where objection.tenant_id = $1 and objection.subject_id = ${subject} and objection.purpose = 'PROFILING' and not objection.granted)`;

const anyObjection = statement('any_objection', 'select 1 from consent where tenant_id = $1 and purpose = $2 and not granted limit 1');
const objecting = statement<{ lookup: Buffer; subjectId: Id<'Subject'> }>(
  'objecting_subjects',
  `select k.lookup, k.subject_id as "subjectId" from subject_key k where k.tenant_id = $1 and k.lookup = any($2::bytea[]) and k.destroyed_at is null
     and exists (select from consent c where c.tenant_id = k.tenant_id and c.subject_id = k.subject_id and c.purpose = $3 and not c.granted)`,
);
const standing = statement<{ subjectId: Id<'Subject'>; email: Buffer | null; wrapped: Buffer | null }>(
  'standing_objections',
  `select distinct on (c.subject_id) c.subject_id as "subjectId", c.email_sealed as email, k.wrapped_key as wrapped from consent c join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
   where c.tenant_id = $1 and c.subject_id = any($2::uuid[]) and c.purpose = $3 and not c.granted order by c.subject_id, (c.email_sealed is null)`,
);

/** Who is asked about: the tenant of the Work or Read, and what finds people. */
export interface ObjectionScope {
  readonly sql: Sql;
  readonly tenantId: Id<'Tenant'>;
  readonly seal: Seal;
}

/** Whether anybody at all has objected to a purpose; for tenants where nobody has, this is all that objections cost. */
export async function hasObjections({ sql, tenantId }: Pick<ObjectionScope, 'sql' | 'tenantId'>, purpose: ConsentPurpose): Promise<boolean> {
  return (await sql.rows(anyObjection, [tenantId, purpose])).length > 0;
}

/** Of some addresses those whose person has objected to a purpose, with the subject; one statement. */
export async function objectorsAmong({ sql, tenantId, seal }: ObjectionScope, purpose: ConsentPurpose, emails: readonly string[]): Promise<Map<string, Id<'Subject'>>> {
  const byLookup = Map.groupBy(emails, (email) => seal.lookup(tenantId, { email }).toString('hex'));
  const rows = byLookup.size === 0 ? [] : await sql.rows(objecting, [tenantId, [...byLookup.keys()].map((hex) => Buffer.from(hex, 'hex')), purpose]);
  return new Map(rows.flatMap(({ lookup, subjectId }) => (byLookup.get(lookup.toString('hex')) ?? []).map((email) => [email, subjectId] as const)));
}

/** Of some people those whose objection to a purpose stands, with the address under which they objected; null once they were erased. */
export async function standingObjectors({ sql, tenantId, seal }: ObjectionScope, purpose: ConsentPurpose, subjectIds: readonly Id<'Subject'>[]): Promise<Map<Id<'Subject'>, string | null>> {
  const rows = await sql.rows(standing, [tenantId, subjectIds, purpose]);
  return new Map(rows.map(({ subjectId, email, wrapped }) => [subjectId, seal.open(wrapped, email)]));
}

/** Whether third parties may be asked for more about the person of an address: not after an objection to ENRICHMENT, and not once they were erased. */
export async function mayEnrich(work: Work, seal: Seal, email: string): Promise<boolean> {
  if ((await suppressedNames(work, [suppressedEmail(email)])).size > 0) return false;
  return (await objectorsAmong({ sql: work, tenantId: work.tenantId, seal }, 'ENRICHMENT', [email])).size === 0;
}
