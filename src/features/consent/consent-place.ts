import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { openConsent, type RawConsent, consentColumns, keysOfConsents } from './consent.queries.ts';
import type { RevocationReaction } from './revocation-reaction.ts';
import { revokeErased } from './revoke-consent.ts';

const ofSubjects = statement<RawConsent & { version: number }>(
  'consents_of_person',
  `select ${consentColumns} from consent t ${keysOfConsents} where t.tenant_id = $1 and t.subject_id = any($2::uuid[]) order by t.id`,
);

const decisions = statement<{ consentId: string; version: number; granted: boolean; basis: string | null; source: Buffer | null; expiresAt: string | null; at: string; by: string; wrapped: Buffer | null }>(
  'consent_decisions_of_person',
  `select d.consent_id as "consentId", d.version, d.granted, d.basis, d.source_sealed as source, d.expires_at as "expiresAt", d.decided_at as at, d.actor_id as by, k.wrapped_key as wrapped
   from consent t ${keysOfConsents} join consent_decision d on d.tenant_id = t.tenant_id and d.consent_id = t.id where t.tenant_id = $1 and t.subject_id = any($2::uuid[]) order by d.consent_id, d.version`,
);

/** The consents of a person: revoked when they are erased, with all that follows from a revocation. */
export function consentPlace(reactions: readonly RevocationReaction[]): PersonalPlace {
  return {
    name: 'consents',
    async trace({ sql, tenantId, seal, now }, { subjects }) {
      const rows = await sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
      return { emails: rows.flatMap((row) => openConsent(row, seal, now).email ?? []) };
    },
    async find({ sql, tenantId }, { subjects }) {
      const rows = await sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
      return [{
        kind: 'CONSENT',
        // With its version: what was granted or revoked meanwhile is not what the preview showed.
        ids: rows.map(({ uuid, version }) => `${uuid} ${version}`),
        kept: true,
        reason: 'That there was a decision, and when, proves what was lawful. It is revoked; address and source go with the key, and nothing leads back to the person.',
      }];
    },
    erase: (work, _seal, { subjects }) => revokeErased(work, reactions, [...subjects.keys()]),
    async disclose({ sql, tenantId, seal, now }, { subjects }) {
      const rows = await sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
      const decided = await sql.rows(decisions, [tenantId, [...subjects.keys()]]);
      return {
        consentDecisions: decided.map(({ source, wrapped, ...row }) => ({ ...row, source: seal.open(wrapped, source) })),
        consents: rows.map((row) => {
          const { uuid: id, email, purpose, channel, granted, standing, basis, source, version, grantedAt, expiresAt, revokedAt } = openConsent(row, seal, now);
          return { id, email, purpose, channel, granted, standing, basis, source, version, grantedAt, expiresAt, revokedAt };
        }),
      };
    },
  };
}
