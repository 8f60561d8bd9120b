import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ConsentPurpose } from './enums.ts';
import { suppressedEmail, suppressedNames } from './suppression.ts';

/** SQL: whether the subject in a column objected to a purpose, by whichever channel; also by another address, where contacts of theirs are merged. */
const objects = (subject: string, purpose: string): string =>
  `(exists (select from consent objection where objection.tenant_id = $1 and objection.subject_id = ${subject} and objection.purpose = ${purpose} and not objection.granted)
    or (select exists (select from node_identity where tenant_id = $1 and node_type = 'Contact' and survivor_id <> id))
      and exists (select from merged_people($1, ${subject}) p (id) join consent objection on objection.tenant_id = $1 and objection.subject_id = p.id and objection.purpose = ${purpose} and not objection.granted))`;

/** SQL: whether the subject in a column has objected to profiling, by whichever channel. */
export const objectsToProfiling = (subject: string): string => objects(subject, `'PROFILING'`);

const anyObjection = statement('any_objection', 'select 1 from consent where tenant_id = $1 and purpose = $2 and not granted limit 1');
const objecting = statement<{ lookup: Buffer; subjectId: Id<'Subject'> }>(
  'objecting_subjects',
  `select k.lookup, k.subject_id as "subjectId" from subject_key k where k.tenant_id = $1 and k.lookup = any($2::bytea[]) and k.destroyed_at is null
     and ${objects('k.subject_id', '$3')}`,
);
const standing = statement<{ subjectId: Id<'Subject'>; email: Buffer | null; wrapped: Buffer | null }>(
  'standing_objections',
  // Who objected by another address may have said nothing by this one; then a source knows it.
  `select k.subject_id as "subjectId", k.wrapped_key as wrapped, coalesce(
     (select c.email_sealed from consent c where c.tenant_id = $1 and c.subject_id = k.subject_id and c.email_sealed is not null limit 1),
     (select (s.fields ->> 'email')::bytea from source_statement s where s.tenant_id = $1 and s.subject_id = k.subject_id and s.fields ->> 'email' is not null limit 1)) as email
   from subject_key k where k.tenant_id = $1 and k.subject_id = any($2::uuid[]) and ${objects('k.subject_id', '$3')}`,
);
const merged = statement<{ id: Id<'Subject'> }>('merged_people', 'select distinct p.id from unnest($2::uuid[]) s(id) cross join lateral merged_people($1, s.id) p (id)');

/** Some people with those who are the same person because contacts of theirs are merged. */
export async function mergedPeople(work: Work, subjectIds: readonly Id<'Subject'>[]): Promise<Id<'Subject'>[]> {
  return subjectIds.length === 0 ? [] : (await work.rows(merged, [work.tenantId, subjectIds])).map(({ id }) => id);
}


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

/** Of some people those whose objection to a purpose holds, with their address; null once they were erased. */
export async function standingObjectors({ sql, tenantId, seal }: ObjectionScope, purpose: ConsentPurpose, subjectIds: readonly Id<'Subject'>[]): Promise<Map<Id<'Subject'>, string | null>> {
  const rows = await sql.rows(standing, [tenantId, subjectIds, purpose]);
  return new Map(rows.map(({ subjectId, email, wrapped }) => [subjectId, seal.open(wrapped, email)]));
}

/** Whether third parties may be asked for more about the person of an address: not after an objection to ENRICHMENT, and not once they were erased. */
export async function mayEnrich(work: Work, seal: Seal, email: string): Promise<boolean> {
  if ((await suppressedNames(work, [suppressedEmail(email)])).size > 0) return false;
  return (await objectorsAmong({ sql: work, tenantId: work.tenantId, seal }, 'ENRICHMENT', [email])).size === 0;
}
