import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal, Subject } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { consentStates } from '../consent/index.ts';
import { scoreStanding } from '../scoring/index.ts';
import { contextFacts, contextFactsForm } from './context-facts.ts';
import { digestOfDraft, type Draft } from './draft.ts';
import { contactNow, digestOfAddress, recipientFault, type RecipientFault } from './recipient-address.ts';

/**
 * What an action rests on, as it is frozen: ids and figures, no personal data.
 *
 * The score is told by its latest change and by its band now: a signal that came since, or decay across a band, changes
 * it; the slow fall between two changes does not, or nobody could ever approve what they see. The recipient is told by
 * the address that the contact has, under the addressee's key: no longer the draft's once the contact has another; and by the
 * account that the contact is of.
 */
const evidenceForm = z.strictObject({
  draft: z.strictObject({ digest: z.string() }),
  recipient: z.strictObject({ digest: z.string(), accountId: z.uuid().nullable() }),
  score: z.strictObject({ pointId: z.uuid(), value: z.number(), band: z.enum(['HIGH', 'MEDIUM', 'LOW']), modelVersion: z.int() }).nullable(),
  consent: z.strictObject({ granted: z.boolean(), standing: z.string(), consentId: z.uuid().nullable(), version: z.int(), basis: z.string().nullable(), expiresAt: z.string().nullable() }),
  context: contextFactsForm,
});
export type Evidence = z.infer<typeof evidenceForm>;

/** Evidence with what it was computed from at hand. */
export interface GatheredEvidence {
  readonly evidence: Evidence;
  readonly digest: string;
  /** The contact's address as it is; null when there is none any more. */
  readonly address: string | null;
  /** Why the draft no longer goes to the contact; null when it does, and where there is no draft any more. */
  readonly recipientFault: RecipientFault | null;
}

/** The digest of evidence: SHA-256 of its canonical JSON, in hex. */
export function digestOf(evidence: Evidence): string {
  return createHash('sha256').update(canonicalJson(evidence)).digest('hex');
}

/** What outreach needs consent for. */
export const outreachConsent = { purpose: 'OUTREACH', channel: 'EMAIL' } as const;

/** What evidence is about. */
export interface EvidenceSubject {
  readonly accountId: Id<'Account'>;
  readonly contactId: string;
  readonly subjectId: Id<'Subject'>;
  /** Null once the person has been erased. */
  readonly subject: Subject | null;
  readonly draft: Draft | null;
}

/** Gathers the evidence as it stands in this transaction. Whoever acts on it holds the subject's consent (`holdConsent`). */
export async function gatherEvidence(work: Work, seal: Seal, about: EvidenceSubject): Promise<GatheredEvidence> {
  const { accountId, contactId, subjectId, subject, draft } = about;
  const contact = await contactNow(work, seal, contactId);
  const { address } = contact;
  const standing = await scoreStanding(work, accountId, work.now);
  const [consent] = await consentStates(work, { tenantId: work.tenantId, now: work.now, seal }, [{ subjectId, ...outreachConsent }]);
  const evidence: Evidence = {
    draft: { digest: subject && draft ? digestOfDraft(seal, subject.key, draft) : 'erased' },
    recipient: { digest: subject && address !== null ? digestOfAddress(seal, subject.key, address) : 'gone', accountId: contact.accountId },
    score: standing && { pointId: standing.pointId, value: standing.changedTo, band: standing.band, modelVersion: standing.modelVersion },
    consent: {
      granted: consent?.granted ?? false, standing: consent?.standing ?? 'UNKNOWN', consentId: consent?.consentId ?? null,
      version: consent?.version ?? 0, basis: consent?.basis ?? null, expiresAt: consent?.expiresAt ?? null,
    },
    context: await contextFacts(work, accountId),
  };
  return { evidence, digest: digestOf(evidence), address, recipientFault: draft && recipientFault(contact, { accountId, to: draft.to }) };
}

/** One thing that is no longer as it was seen. Texts as they stand; figures and lists as JSON. Null: not there. */
export interface EvidenceDifference {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between evidence that was seen and evidence as it is, by field. */
export function evidenceDifferences(before: Evidence, after: Evidence): EvidenceDifference[] {
  const [old, present] = [flat(before), flat(after)];
  const fields = [...new Set([...old.keys(), ...present.keys()])].sort();
  return fields.flatMap((field) => {
    const [was, is] = [old.get(field) ?? null, present.get(field) ?? null];
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

/** Objects are taken apart, into paths with dots; lists stay whole. */
function flat(value: unknown, path = '', found = new Map<string, string | null>()): Map<string, string | null> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, member] of Object.entries(value)) flat(member, path === '' ? key : `${path}.${key}`, found);
  } else {
    found.set(path, value === null ? null : typeof value === 'string' ? value : canonicalJson(value));
  }
  return found;
}
