import { NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkChannel, checkEmail, checkPurpose } from './check-consent.ts';
import { consentRevoked } from './consent.events.ts';
import { consentsOf, lockLivingSubjects, storeDecisions, subjectToDecideFor, type Decision, type StoredConsent } from './decide-consent.ts';
import type { ConsentChannel, ConsentPurpose } from './enums.ts';
import type { RevocationReaction } from './revocation-reaction.ts';

/** What is revoked, as a use case is told it. */
export interface ConsentRevocation {
  readonly email: string;
  readonly purpose: string;
  readonly channel: string;
  readonly path: readonly string[];
}

/**
 * Records that a person no longer agrees to a purpose by a channel, and lets the reactions act in the same transaction. An
 * objection that no grant preceded is kept, too; what is revoked already stays as it is. Answers the consent's id.
 */
export async function revokeConsent(work: Work, seal: Seal, reactions: readonly RevocationReaction[], revocation: ConsentRevocation): Promise<Id<'Consent'>> {
  const { path } = revocation;
  const email = checkEmail(revocation.email, [...path, 'email']);
  const purpose = checkPurpose(revocation.purpose, [...path, 'purpose']);
  const channel = checkChannel(revocation.channel, [...path, 'channel']);
  const subject = await subjectToDecideFor(work, seal, email);
  const known = (await consentsOf(work, [subject.id])).find((one) => one.purpose === purpose && one.channel === channel);
  if (known && !known.granted) return known.id;
  const revoked = known ?? never(work, { subjectId: subject.id, purpose, channel });
  await revoke(work, reactions, [revoked], 'STATEMENT', known ? null : seal.seal(subject.key, email));
  return revoked.id;
}

const find = statement<{ id: Id<'Subject'> }>('find_subject', 'select subject_id as id from subject_key where tenant_id = $1 and lookup = $2 and destroyed_at is null');

/**
 * Revokes whatever a person has granted: all of it, or what is of a purpose or channel. Answers the consents it revoked;
 * none when all are revoked already. Throws `NotFound` where the person has no such consent at all.
 */
export async function revokeConsents(
  work: Work,
  seal: Seal,
  reactions: readonly RevocationReaction[],
  { email, purpose, channel }: { readonly email: string; readonly purpose?: string | null; readonly channel?: string | null },
): Promise<Id<'Consent'>[]> {
  const checked = checkEmail(email, ['email']);
  const onlyPurpose = purpose ? checkPurpose(purpose, ['purpose']) : null;
  const onlyChannel = channel ? checkChannel(channel, ['channel']) : null;
  const subjects = await work.rows(find, [work.tenantId, seal.lookup(work.tenantId, { email: checked })]);
  const living = await lockLivingSubjects(work, subjects.map(({ id }) => id));
  const known = (await consentsOf(work, living)).filter((one) => (onlyPurpose ?? one.purpose) === one.purpose && (onlyChannel ?? one.channel) === one.channel);
  if (known.length === 0) throw new NotFound('Nothing is known of a consent of this person.', ['email']);
  const granted = known.filter((one) => one.granted);
  await revoke(work, reactions, granted, 'STATEMENT');
  return granted.map(({ id }) => id);
}

/** Revokes everything that people who are being erased have granted. Their rows are locked. */
export async function revokeErased(work: Work, reactions: readonly RevocationReaction[], subjectIds: readonly Id<'Subject'>[]): Promise<void> {
  await revoke(work, reactions, (await consentsOf(work, subjectIds)).filter((one) => one.granted), 'ERASURE');
}

async function revoke(work: Work, reactions: readonly RevocationReaction[], consents: readonly StoredConsent[], cause: Decision['cause'], email: Buffer | null = null): Promise<void> {
  if (consents.length === 0) return;
  const decisions = consents.map((known): Decision => ({ ...known, version: known.version + 1, granted: false, cause, email, source: null, expiresAt: null, revokedAt: work.now }));
  await storeDecisions(work, decisions);
  const revoked = decisions.map(({ id, version, subjectId, purpose, channel }) => ({ consentId: id, version, subjectId, purpose, channel, cause }));
  for (const data of revoked) work.record(consentRevoked.fact({ accountId: null, data }));
  for (const reaction of reactions) await reaction.react(work, revoked);
}

function never(work: Work, consent: { readonly subjectId: Id<'Subject'>; readonly purpose: ConsentPurpose; readonly channel: ConsentChannel }): StoredConsent {
  return { ...consent, id: work.newId<'Consent'>(), version: 0, granted: false, basis: null, source: null, grantedAt: null, expiresAt: null, revokedAt: null };
}
