import type { PersonalPlace } from '../../platform/postgres/personal-place.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { openConsent, type RawConsent, consentColumns, keysOfConsents } from './consent.queries.ts';
import type { RevocationReaction } from './revocation-reaction.ts';
import { revokeErased } from './revoke-consent.ts';

const ofSubjects = statement<RawConsent & { version: number }>(
  'consents_of_person',
  `select ${consentColumns} from consent t ${keysOfConsents} where t.tenant_id = $1 and t.subject_id = any($2::uuid[]) order by t.id`,
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
      return {
        consents: rows.map((row) => {
          const { email, purpose, channel, granted, standing, basis, source, version, grantedAt, expiresAt, revokedAt } = openConsent(row, seal, now);
          return { email, purpose, channel, granted, standing, basis, source, version, grantedAt, expiresAt, revokedAt };
        }),
      };
    },
  };
}
