import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkBasis, checkChannel, checkEmail, checkPurpose, checkSource } from './check-consent.ts';
import { standingAt } from './consent-states.ts';
import { consentGranted } from './consent.events.ts';
import { consentsOf, storeDecisions, subjectToDecideFor } from './decide-consent.ts';

/** A consent that somebody gave, as a use case is told it. */
export interface ConsentGrant {
  readonly email: string;
  readonly purpose: string;
  readonly channel: string;
  readonly basis: string;
  /** How it was come by: `web form`, `call of 2026-11-20`. Sealed. */
  readonly source?: string | null;
  /** From when it no longer holds; in the future. */
  readonly expiresAt?: string | null;
  /** Where in the caller's input this stands. */
  readonly path: readonly string[];
}

/** Records that a person agreed. What says nothing new changes nothing. Answers the consent's id. */
export async function grantConsent(work: Work, seal: Seal, grant: ConsentGrant): Promise<Id<'Consent'>> {
  const { path } = grant;
  const email = checkEmail(grant.email, [...path, 'email']);
  const purpose = checkPurpose(grant.purpose, [...path, 'purpose']);
  const channel = checkChannel(grant.channel, [...path, 'channel']);
  const basis = checkBasis(grant.basis, [...path, 'basis']);
  const source = checkSource(grant.source, [...path, 'source']);
  const expiresAt = grant.expiresAt ?? null;
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.parse(work.now)) throw new InvalidInput('A consent expires in the future, or never.', [...path, 'expiresAt']);

  const subject = await subjectToDecideFor(work, seal, email);
  const known = (await consentsOf(work, [subject.id])).find((one) => one.purpose === purpose && one.channel === channel);
  const text = known?.source ? seal.openWith(subject.key, known.source) : null;
  const same = known && standingAt(known, work.now) === 'GRANTED' && known.basis === basis && text === source && instant(known.expiresAt) === instant(expiresAt);
  if (same) return known.id;
  const id = known?.id ?? work.newId<'Consent'>();
  const version = (known?.version ?? 0) + 1;
  await storeDecisions(work, [{
    id, subjectId: subject.id, purpose, channel, version, granted: true, cause: 'STATEMENT', basis, email: seal.seal(subject.key, email),
    source: source === null ? null : seal.seal(subject.key, source), grantedAt: work.now, expiresAt, revokedAt: null,
  }]);
  work.record(consentGranted.fact({ accountId: null, data: { consentId: id, version, subjectId: subject.id, purpose, channel, basis, expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() } }));
  return id;
}

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
