import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ConsentBasis, ConsentChannel, ConsentPurpose, ConsentStanding } from './enums.ts';
import { mergedConsents, mostRestrictive, type MergedConsent } from './merged-consents.ts';
import { objectsToProfiling } from './objections.ts';

/** Which consent is meant: a person's, by their subject or their address, to a purpose by a channel. */
export type ConsentQuestion = ({ readonly subjectId: Id<'Subject'> } | { readonly email: string }) & {
  readonly purpose: ConsentPurpose;
  readonly channel: ConsentChannel;
};

/** What a consent is at an instant. */
export interface ConsentState {
  /** Whether it holds: granted, not expired, and the person not erased. */
  readonly granted: boolean;
  readonly standing: ConsentStanding;
  /** Null where nobody of that address is known, and once they are erased. */
  readonly subjectId: Id<'Subject'> | null;
  /** Null where the person never decided. */
  readonly consentId: Id<'Consent'> | null;
  /** Grows by one with each decision; 0 where there was none. What was decided on a version is still true while it is the same. */
  readonly version: number;
  readonly basis: ConsentBasis | null;
  /** How the decision was come by, in the tenant's words; may be personal data. */
  readonly source: string | null;
  readonly grantedAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** Of whom and when is asked; a Work has all of it but the seal. */
export interface ConsentScope {
  readonly tenantId: Id<'Tenant'>;
  /** The instant at which a consent must hold. RFC 3339. */
  readonly now: string;
  readonly seal: Seal;
}

interface Found {
  readonly subjectId: Id<'Subject'> | null;
  readonly wrapped: Buffer | null;
  readonly consentId: Id<'Consent'> | null;
  readonly version: number;
  readonly granted: boolean;
  readonly basis: ConsentBasis | null;
  readonly source: Buffer | null;
  readonly grantedAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** Whether the person objected to profiling, which proposals of outreach rest on. */
  readonly objected: boolean | null;
  /** How the person's other addresses stand, where contacts of theirs were merged; null where there are none. */
  readonly merged: readonly MergedConsent[] | null;
}

const states = statement<Found>(
  'consent_states',
  `select k.subject_id as "subjectId", k.wrapped_key as wrapped, c.id as "consentId", coalesce(c.version, 0) as version, coalesce(c.granted, false) as granted,
     c.basis, c.source_sealed as source, c.granted_at as "grantedAt", c.expires_at as "expiresAt", c.revoked_at as "revokedAt",
     asked.purpose = 'OUTREACH' and ${objectsToProfiling('k.subject_id')} as objected, ${mergedConsents('k.subject_id', 'asked.purpose', 'asked.channel')} as merged
   from unnest($2::uuid[], $3::bytea[], $4::text[], $5::text[]) with ordinality as asked(subject_id, lookup, purpose, channel, place)
   left join lateral (
     select subject_id, wrapped_key from subject_key where tenant_id = $1 and subject_id = asked.subject_id and destroyed_at is null
     union all
     select subject_id, wrapped_key from subject_key where tenant_id = $1 and lookup = asked.lookup and destroyed_at is null
   ) k on true
   left join consent c on c.tenant_id = $1 and c.subject_id = k.subject_id and c.purpose = asked.purpose and c.channel = asked.channel
   order by asked.place`,
);

/**
 * How some consents stand, in the order asked, the other addresses of a merged contact included; one statement however many. An objection to PROFILING stops OUTREACH too:
 * what is proposed to a person rests on conclusions about them. From inside a Work that acts on the answer,
 * call `holdConsent` before, so that nobody revokes in between.
 */
export async function consentStates(sql: Sql, { tenantId, now, seal }: ConsentScope, asked: readonly ConsentQuestion[]): Promise<ConsentState[]> {
  if (asked.length === 0) return [];
  const rows = await sql.rows(states, [
    tenantId,
    asked.map((one) => ('subjectId' in one ? one.subjectId : null)),
    asked.map((one) => ('email' in one ? seal.lookup(tenantId, { email: one.email }) : null)),
    asked.map(({ purpose }) => purpose),
    asked.map(({ channel }) => channel),
  ]);
  return rows.map(({ wrapped, source, objected, merged, ...row }) => {
    const standing = objected ? 'REVOKED' : mostRestrictive(row, merged, now);
    return { ...row, standing, granted: standing === 'GRANTED', source: seal.open(wrapped, source) };
  });
}

const hold = statement('hold_consent', 'select 1 from subject_key where tenant_id = $1 and subject_id = any($2::uuid[]) order by subject_id for share');

/**
 * Lets nobody grant, revoke or erase for these people until the transaction ends; others may hold them, too. To be
 * called before consents are read that the transaction acts on, and before rows are locked that a revocation touches.
 */
export async function holdConsent(work: Work, subjectIds: readonly Id<'Subject'>[]): Promise<void> {
  if (subjectIds.length > 0) await work.rows(hold, [work.tenantId, [...new Set(subjectIds)]]);
}
