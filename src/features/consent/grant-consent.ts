import { Conflict, InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkBasis, checkChannel, checkEmail, checkPurpose, checkSource } from './check-consent.ts';
import { standingAt } from './standing.ts';
import { consentGranted, suppressionLifted } from './consent.events.ts';
import { consentsOf, lastObjection, storeDecisions, subjectToDecideFor, type StoredConsent } from './decide-consent.ts';
import type { ConsentBasis } from './enums.ts';
import { liftSuppression, suppressedEmail, suppressedItem, suppressedNames } from './suppression.ts';

/** A consent that somebody gave, as a use case is told it. */
export interface ConsentGrant {
  readonly email: string;
  readonly purpose: string;
  readonly channel: string;
  readonly basis: string;
  /** How it was come by: `web form`, `call of 2026-11-20`. Sealed. */
  readonly source?: string | null;
  /** How it can be shown: `form 8812`, a recording, a document. Needed after an objection. Sealed. */
  readonly proof?: string | null;
  /** From when it no longer holds; in the future. */
  readonly expiresAt?: string | null;
  /** Where in the caller's input this stands. */
  readonly path: readonly string[];
}

/**
 * Records that a person agreed. What says nothing new changes nothing. An objection outlives weaker bases: after one, and
 * after an erasure, only the person's explicit new consent is accepted, with source and proof; it lifts the suppression
 * of an erased person. Returns the consent's id.
 */
export async function grantConsent(work: Work, seal: Seal, grant: ConsentGrant): Promise<Id<'Consent'>> {
  const { path } = grant;
  const email = checkEmail(grant.email, [...path, 'email']);
  const purpose = checkPurpose(grant.purpose, [...path, 'purpose']);
  const channel = checkChannel(grant.channel, [...path, 'channel']);
  const basis = checkBasis(grant.basis, [...path, 'basis']);
  const source = checkSource(grant.source, [...path, 'source']);
  const proof = checkSource(grant.proof, [...path, 'proof']);
  if (basis === 'LEGITIMATE_INTEREST' && source === null) throw new InvalidInput('A legitimate interest needs a source: state in source where it was assessed.', [...path, 'source']);
  const expiresAt = grant.expiresAt ?? null;
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.parse(work.now)) throw new InvalidInput('A consent expires in the future, or never.', [...path, 'expiresAt']);

  const erased = (await suppressedNames(work, [suppressedEmail(email)])).size > 0;
  const explicit = basis === 'CONSENT' && source !== null && proof !== null;
  if (erased && !explicit) throw suppressedItem('consent', path);
  const subject = await subjectToDecideFor(work, seal, email);
  await refuseErasedMeanwhile(work, { email, erased, path });
  const known = (await consentsOf(work, [subject.id])).find((one) => one.purpose === purpose && one.channel === channel);
  if (known) await respectObjection(work, known, { basis, explicit, path });
  const text = known?.source ? seal.openWith(subject.key, known.source) : null;
  const kept = known?.proof ? seal.openWith(subject.key, known.proof) : null;
  const same = known && standingAt(known, work.now) === 'GRANTED' && known.basis === basis && text === source && (proof === null || kept === proof) && instant(known.expiresAt) === instant(expiresAt);
  if (same) return known.id;
  const id = known?.id ?? work.newId<'Consent'>();
  const version = (known?.version ?? 0) + 1;
  await storeDecisions(work, [{
    id, subjectId: subject.id, purpose, channel, version, granted: true, cause: 'STATEMENT', basis, email: seal.seal(subject.key, email),
    source: source === null ? null : seal.seal(subject.key, source), proof: proof === null ? null : seal.seal(subject.key, proof), grantedAt: work.now, expiresAt, revokedAt: null,
  }]);
  work.record(consentGranted.fact({ accountId: null, data: { consentId: id, version, subjectId: subject.id, purpose, channel, basis, expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() } }));
  if (erased) work.record(suppressionLifted.fact({ accountId: null, data: { consentId: id, names: await liftSuppression(work, email) } }));
  return id;
}

/** Whoever waited for the person's key may have waited for their erasure. */
async function refuseErasedMeanwhile(work: Work, { email, erased, path }: { readonly email: string; readonly erased: boolean; readonly path: readonly string[] }): Promise<void> {
  if (!erased && (await suppressedNames(work, [suppressedEmail(email)])).size > 0) throw suppressedItem('consent', path);
}

/** Refuses what would override an objection. */
async function respectObjection(work: Work, known: StoredConsent, { basis, explicit, path }: { readonly basis: ConsentBasis; readonly explicit: boolean; readonly path: readonly string[] }): Promise<void> {
  const objectedAt = await lastObjection(work, known.id);
  // A consent that holds may be renewed by consent, without the proof anew.
  if (objectedAt === null || explicit || (basis === 'CONSENT' && standingAt(known, work.now) === 'GRANTED')) return;
  throw new Conflict(
    `The person objected on ${objectedAt.slice(0, 10)}, and the objection holds. Only their explicit new consent grants again: send basis CONSENT, with source (how it was obtained) and proof (how it can be shown).`,
    [...path, basis === 'CONSENT' ? 'proof' : 'basis'],
  );
}

const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
