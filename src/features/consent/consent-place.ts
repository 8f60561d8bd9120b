import { openMentions } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { portions, portionSize } from '../../platform/postgres/portions.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { openConsent, type RawConsent, consentColumns, keysOfConsents } from './consent.queries.ts';
import type { RevocationReaction } from './revocation-reaction.ts';
import { revokeErased } from './revoke-consent.ts';

const ofSubjects = statement<RawConsent & { version: number }>(
  'consents_of_person',
  `select ${consentColumns} from consent t ${keysOfConsents} where t.tenant_id = $1 and t.subject_id = any($2::uuid[]) order by t.id`,
);

const decisions = statement<{ consentId: string; version: number; granted: boolean; basis: string | null; source: Buffer | null; proof: Buffer | null; expiresAt: string | null; at: string; by: string; wrapped: Buffer | null }>(
  'consent_decisions_of_person',
  `select d.consent_id as "consentId", d.version, d.granted, d.basis, d.source_sealed as source, d.proof_sealed as proof, d.expires_at as "expiresAt", d.decided_at as at, d.actor_id as by, k.wrapped_key as wrapped
   from consent t ${keysOfConsents} join consent_decision d on d.tenant_id = t.tenant_id and d.consent_id = t.id where t.tenant_id = $1 and t.subject_id = any($2::uuid[]) order by d.consent_id, d.version`,
);

interface OtherSource {
  readonly id: string;
  readonly held: 'consent' | 'consent_decision' | 'proof';
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
}
const sourcesIn = (table: string, of: string, { held = table, column = 'source_sealed' } = {}): string =>
  `select t.id, '${held}' as held, t.${column} as sealed, k.wrapped_key as wrapped from ${table} t ${of} join subject_key k on k.tenant_id = c.tenant_id and k.subject_id = c.subject_id
   where t.tenant_id = $1 and c.subject_id <> all($2::uuid[]) and t.id > $3 and t.${column} is not null and k.wrapped_key is not null order by t.id limit ${portionSize}`;
const proofs = { held: 'proof', column: 'proof_sealed' };
const otherSources = [
  statement<OtherSource>('consent_sources_of_others', sourcesIn('consent', 'join consent c on c.tenant_id = t.tenant_id and c.id = t.id')),
  statement<OtherSource>('decision_sources_of_others', sourcesIn('consent_decision', 'join consent c on c.tenant_id = t.tenant_id and c.id = t.consent_id')),
  statement<OtherSource>('consent_proofs_of_others', sourcesIn('consent', 'join consent c on c.tenant_id = t.tenant_id and c.id = t.id', proofs)),
  statement<OtherSource>('decision_proofs_of_others', sourcesIn('consent_decision', 'join consent c on c.tenant_id = t.tenant_id and c.id = t.consent_id', proofs)),
];
const rewriteProofs = statement('erase_from_consent_proofs', 'select erase_from_consent_proofs($1::uuid[], $2::bytea[], $3::bytea[])');
const rewrite = statement('erase_from_consent_sources', `select erase_from_sealed($1, 'source_sealed', $2::uuid[], $3::bytea[], $4::bytea[])`);

/** How consents of others were come by, where that names the person; a portion at a time. */
async function* namingSources({ sql, tenantId, seal }: Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>, person: Person): AsyncGenerator<(OtherSource & { readonly clear: string })[]> {
  for (const source of otherSources) {
    for await (const rows of portions(sql, source, [tenantId, [...person.subjects.keys()]])) {
      yield rows.map((row) => ({ ...row, clear: seal.open(row.wrapped, row.sealed) ?? '' })).filter(({ clear }) => person.isNamedIn(clear, null));
    }
  }
}

/** The consents of a person: revoked when they are erased, with all that follows from a revocation. */
export function consentPlace(reactions: readonly RevocationReaction[]): PersonalPlace {
  return {
    name: 'consents',
    async trace({ sql, tenantId, seal, now }, { subjects }) {
      const rows = await sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
      return { emails: rows.flatMap((row) => openConsent(row, seal, now).email ?? []) };
    },
    async find(scope, person) {
      const { sql, tenantId, seal } = scope;
      const rows = await sql.rows(ofSubjects, [tenantId, [...person.subjects.keys()]]);
      const mentions = openMentions(seal);
      for await (const named of namingSources(scope, person)) for (const { id, held, clear } of named) mentions.add({ id, accountId: null }, [{ field: held === 'proof' ? 'proof' : 'source', before: clear, after: person.without(clear, null) }]);
      return [{ kind: 'CONSENT_SOURCE_MENTION', ...mentions.held(), kept: true, reason: 'How a consent of somebody else was come by stays; [erased] is put where it names the person.' }, {
        kind: 'CONSENT',
        // With its version: what was granted or revoked meanwhile is not what the preview showed.
        ids: rows.map(({ uuid, version }) => `${uuid} ${version}`),
        kept: true,
        reason: 'That there was a decision, and when, proves what was lawful. It is revoked; address and source go with the key, and nothing leads back to the person.',
      }];
    },
    async erase(work, seal, person) {
      await revokeErased(work, reactions, [...person.subjects.keys()]);
      for await (const named of namingSources({ sql: work, tenantId: work.tenantId, seal }, person)) {
        const [first] = named;
        const changes = [named.map(({ id }) => id), named.map(({ sealed }) => sealed), named.map(({ clear, wrapped }) => seal.seal(seal.unwrap(wrapped), person.without(clear, null)))];
        if (first) await (first.held === 'proof' ? work.rows(rewriteProofs, changes) : work.rows(rewrite, [first.held, ...changes]));
      }
    },
    async disclose(scope, person) {
      const { sql, tenantId, seal, now } = scope;
      const { subjects } = person;
      const mentions: object[] = [];
      for await (const named of namingSources(scope, person)) mentions.push(...named.map(({ id, clear }) => ({ id, source: clear })));
      const rows = await sql.rows(ofSubjects, [tenantId, [...subjects.keys()]]);
      const decided = await sql.rows(decisions, [tenantId, [...subjects.keys()]]);
      return {
        consentSourceMentions: mentions,
        consentDecisions: decided.map(({ source, proof, wrapped, ...row }) => ({ ...row, source: seal.open(wrapped, source), proof: seal.open(wrapped, proof) })),
        consents: rows.map((row) => {
          const { uuid: id, email, purpose, channel, granted, standing, basis, source, proof, version, grantedAt, expiresAt, revokedAt } = openConsent(row, seal, now);
          return { id, email, purpose, channel, granted, standing, basis, source, proof, version, grantedAt, expiresAt, revokedAt };
        }),
      };
    },
  };
}
