import type { Id } from '../../platform/ids.ts';
import { subjectsOf, type Seal, type Subject } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ConsentBasis, ConsentChannel, ConsentPurpose } from './enums.ts';

/** A consent as it is stored. */
export interface StoredConsent {
  readonly id: Id<'Consent'>;
  readonly subjectId: Id<'Subject'>;
  readonly purpose: ConsentPurpose;
  readonly channel: ConsentChannel;
  readonly version: number;
  readonly granted: boolean;
  readonly basis: ConsentBasis | null;
  readonly source: Buffer | null;
  readonly proof: Buffer | null;
  readonly grantedAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** What a consent becomes by a decision. */
export interface Decision extends StoredConsent {
  readonly cause: 'STATEMENT' | 'ERASURE';
  /** The address, sealed; null leaves the one that is there. */
  readonly email: Buffer | null;
}

/** The subject of an address, made where there is none, locked for a decision. One that was erased begins anew. */
export async function subjectToDecideFor(work: Work, seal: Seal, email: string): Promise<Subject> {
  const [subject] = await subjectsOf(work, seal, [{ email }], 'alone');
  if (!subject) throw new Error('a subject that was just made is not there');
  return subject;
}

const columns = `id, subject_id as "subjectId", purpose, channel, version, granted, basis, source_sealed as source, proof_sealed as proof, granted_at as "grantedAt", expires_at as "expiresAt", revoked_at as "revokedAt"`;
const ofSubjects = statement<StoredConsent>('consents_of_subjects', `select ${columns} from consent where tenant_id = $1 and subject_id = any($2::uuid[]) order by id`);

/** Every consent of some people, whose rows are locked. */
export function consentsOf(work: Work, subjectIds: readonly Id<'Subject'>[]): Promise<StoredConsent[]> {
  return work.rows(ofSubjects, [work.tenantId, subjectIds]);
}

const objected = statement<{ at: string | null }>('last_objection', `select max(decided_at) as at from consent_decision where tenant_id = $1 and consent_id = $2 and not granted and cause = 'STATEMENT'`);

/** When the person last withdrew or objected; null when never. */
export async function lastObjection(work: Work, consentId: Id<'Consent'>): Promise<string | null> {
  const [found] = await work.rows(objected, [work.tenantId, consentId]);
  return found?.at ?? null;
}

const store = statement(
  'store_consent_decisions',
  `with given as (
     select * from jsonb_to_recordset($2::jsonb) as g(id uuid, decision_id uuid, subject_id uuid, purpose text, channel text, version int, granted boolean, cause text,
       basis text, email_sealed bytea, source_sealed bytea, proof_sealed bytea, granted_at timestamptz, expires_at timestamptz, revoked_at timestamptz)
   ), kept as (
     insert into consent as stored (tenant_id, id, subject_id, email_sealed, purpose, channel, version, granted, basis, source_sealed, proof_sealed, granted_at, expires_at, revoked_at, recorded_at)
     select $1, id, subject_id, email_sealed, purpose, channel, version, granted, basis, source_sealed, proof_sealed, granted_at, expires_at, revoked_at, $3 from given
     on conflict (tenant_id, id) do update set email_sealed = coalesce(excluded.email_sealed, stored.email_sealed), version = excluded.version, granted = excluded.granted, basis = excluded.basis, source_sealed = excluded.source_sealed, proof_sealed = excluded.proof_sealed,
       granted_at = excluded.granted_at, expires_at = excluded.expires_at, revoked_at = excluded.revoked_at, recorded_at = excluded.recorded_at
   )
   insert into consent_decision (tenant_id, id, consent_id, version, granted, cause, basis, source_sealed, proof_sealed, expires_at, decided_at, actor_kind, actor_id)
   select $1, decision_id, id, version, granted, cause, basis, source_sealed, proof_sealed, expires_at, $3, $4, $5 from given`,
);

/** Writes decisions, each with the consent as it makes it. */
export async function storeDecisions(work: Work, decisions: readonly Decision[]): Promise<void> {
  const rows = decisions.map(({ id, subjectId, purpose, channel, version, granted, cause, basis, email, source, proof, grantedAt, expiresAt, revokedAt }) => ({
    id, decision_id: work.newId<'ConsentDecision'>(), subject_id: subjectId, purpose, channel, version, granted, cause, basis,
    email_sealed: bytes(email), source_sealed: bytes(source), proof_sealed: bytes(proof), granted_at: grantedAt, expires_at: expiresAt, revoked_at: revokedAt,
  }));
  await work.rows(store, [work.tenantId, JSON.stringify(rows), work.now, work.actor.kind, work.actor.id]);
}

const bytes = (sealed: Buffer | null): string | null => (sealed ? `\\x${sealed.toString('hex')}` : null);
