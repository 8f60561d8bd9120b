import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkChannel, checkEmail, checkPurpose, checkSource } from './check-consent.ts';
import { consentRevoked } from './consent.events.ts';
import { consentsOf, storeDecisions, subjectToDecideFor, type Decision, type StoredConsent } from './decide-consent.ts';
import { ConsentChannel, ConsentPurpose } from './enums.ts';
import type { RevocationReaction } from './revocation-reaction.ts';
import { suppressedEmail, suppressedItem, suppressedNames } from './suppression.ts';

/** What is revoked, as a use case is told it. */
export interface ConsentRevocation {
  readonly email: string;
  readonly purpose: string;
  readonly channel: string;
  /** How it was come by; at most 500 characters. */
  readonly source?: string | null;
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
  const source = checkSource(revocation.source, [...path, 'source']);
  const subject = await subjectToDecideFor(work, seal, email);
  await refuseSuppressed(work, email, [...path, 'email']);
  const known = (await consentsOf(work, [subject.id])).find((one) => one.purpose === purpose && one.channel === channel);
  if (known && !known.granted) return known.id;
  const revoked = known ?? neverGranted(work, { subjectId: subject.id, purpose, channel });
  await revoke(work, reactions, [revoked], 'STATEMENT', { source: source === null ? null : seal.seal(subject.key, source), email: seal.seal(subject.key, email) });
  return revoked.id;
}

/**
 * A person objects: to everything, or to what is of a purpose or channel. What they granted is revoked, and where nothing
 * is known yet the objection is kept, as `revokeConsent` keeps one. Answers the consents it revoked; none when all are
 * revoked already.
 */
export async function revokeConsents(
  work: Work,
  seal: Seal,
  reactions: readonly RevocationReaction[],
  { email, purpose, channel, source }: { readonly email: string; readonly purpose?: string | null; readonly channel?: string | null; readonly source?: string | null },
): Promise<Id<'Consent'>[]> {
  const checked = checkEmail(email, ['email']);
  const purposes = purpose ? [checkPurpose(purpose, ['purpose'])] : Object.values(ConsentPurpose);
  const channels = channel ? [checkChannel(channel, ['channel'])] : Object.values(ConsentChannel);
  const told = checkSource(source, ['source']);
  const subject = await subjectToDecideFor(work, seal, checked);
  await refuseSuppressed(work, checked, ['email']);
  const known = (await consentsOf(work, [subject.id])).filter((one) => purposes.includes(one.purpose) && channels.includes(one.channel));
  const unknown = purposes.flatMap((one) => channels.filter((by) => !known.some((each) => each.purpose === one && each.channel === by)).map((by) => ({ subjectId: subject.id, purpose: one, channel: by })));
  const never = unknown.map((one) => neverGranted(work, one));
  const revoked = [...known.filter((one) => one.granted), ...never];
  await revoke(work, reactions, revoked, 'STATEMENT', { source: told === null ? null : seal.seal(subject.key, told), email: seal.seal(subject.key, checked) });
  return revoked.map(({ id }) => id);
}

/** An erased person needs no objection: nothing of them may be stored, and suppression stops every use already. */
async function refuseSuppressed(work: Work, email: string, path: readonly string[]): Promise<void> {
  if ((await suppressedNames(work, [suppressedEmail(email)])).size > 0) throw suppressedItem('objection', path);
}

/** Revokes everything that people who are being erased have granted. Their rows are locked. */
export async function revokeErased(work: Work, reactions: readonly RevocationReaction[], subjectIds: readonly Id<'Subject'>[]): Promise<void> {
  await revoke(work, reactions, (await consentsOf(work, subjectIds)).filter((one) => one.granted), 'ERASURE');
}

async function revoke(work: Work, reactions: readonly RevocationReaction[], consents: readonly StoredConsent[], cause: Decision['cause'], { source, email }: { readonly source: Buffer | null; readonly email: Buffer | null } = { source: null, email: null }): Promise<void> {
  if (consents.length === 0) return;
  const decisions = consents.map((known): Decision => ({ ...known, version: known.version + 1, granted: false, cause, email: known.version === 0 ? email : null, source, proof: null, expiresAt: null, revokedAt: work.now }));
  await storeDecisions(work, decisions);
  const revoked = decisions.map(({ id, version, subjectId, purpose, channel }) => ({ consentId: id, version, subjectId, purpose, channel, cause }));
  for (const data of revoked) work.record(consentRevoked.fact({ accountId: null, data }));
  for (const reaction of reactions) await reaction.react(work, revoked);
}

function neverGranted(work: Work, consent: { readonly subjectId: Id<'Subject'>; readonly purpose: ConsentPurpose; readonly channel: ConsentChannel }): StoredConsent {
  return { ...consent, id: work.newId<'Consent'>(), version: 0, granted: false, basis: null, source: null, proof: null, grantedAt: null, expiresAt: null, revokedAt: null };
}
