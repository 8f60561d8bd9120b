import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { consentStates } from '../consent/index.ts';
import { reasonsOfPoint, scoreStanding, type ReasonsOfPoint } from '../scoring/index.ts';
import { digestOfContent } from './action-content.ts';
import type { ActionAbout } from './action-kind.ts';
import { contextFacts, type ContextFacts } from './context-facts.ts';
import type { CrmTarget } from './crm-writing.ts';
import { dealHealthFacts, type DealHealthFacts } from './deal-health-facts.ts';
import { evidencePins, type EvidencePin } from './evidence-pins.ts';
import { flatParameters, type Promotion } from './promotion.ts';
import { contactNow, digestOfAddress, recipientFault, type RecipientFault } from './recipient-address.ts';

/**
 * What an action rests on, as it is frozen: ids and figures, no personal data.
 *
 * The score is told by its latest change and by its band now: a signal that came since, or decay across a band, changes
 * it; the slow fall between two changes does not, or nobody could ever approve what they see. The recipient is told by
 * the address that the contact has, under the addressee's key: no longer the draft's once the contact has another; and by the
 * account that the contact is of.
 */
interface Seen {
  readonly draft: { readonly digest: string };
  /** Null for an action that is addressed to no person. */
  readonly recipient: { readonly digest: string; readonly accountId: string | null } | null;
  readonly score: { readonly pointId: string; readonly value: number; readonly band: 'HIGH' | 'MEDIUM' | 'LOW'; readonly modelVersion: number } | null;
  /** Null for an action that is addressed to no person. */
  readonly consent: { readonly granted: boolean; readonly standing: string; readonly consentId: string | null; readonly version: number; readonly basis: string | null; readonly expiresAt: string | null } | null;
  /** The record that a CRM change is about; absent for other types. */
  readonly target?: CrmTarget;
  /** What a promotion publishes and replaces; absent for other types. */
  readonly promotion?: Promotion;
  /** Null for an action that concerns no account. */
  readonly context: AccountFacts | null;
}

type AccountFacts = ContextFacts & { readonly derived?: { readonly dealHealth: DealHealthFacts } };

/** A frozen version of an action's evidence. What is beside `Seen` follows from it, or pins its versions, and is not in the digest. */
export interface Evidence extends Seen {
  /** By which rules the digest is made; absent: by the first. */
  readonly rules?: 2 | 3;
  /** Why the score was what it was at the change that `score` names; absent in evidence of the first rules, null without a score. */
  readonly reasons?: ReasonsOfPoint | null;
  /** The versions of everything that the evidence was read from; absent in evidence of the first rules. */
  readonly pins?: readonly EvidencePin[];
}

/** Evidence with what it was computed from at hand. */
export interface GatheredEvidence {
  readonly evidence: Evidence;
  readonly digest: string;
  /** The contact's address as it is; null when there is none any more. */
  readonly address: string | null;
  /** Why the draft no longer goes to the contact; null when it does, and where there is no draft any more. */
  readonly recipientFault: RecipientFault | null;
}

/** The rules by which digests of evidence are made. */
export type DigestRules = 1 | 2 | 3;

/** The rules that a frozen version was digested by. */
export const rulesOf = ({ rules }: Evidence): DigestRules => rules ?? 1;

/**
 * The digest of evidence: SHA-256 of the canonical JSON of what a decider sees, in hex. Actions are compared by the rules that
 * they were frozen by, so that a change of the rules alone changes no evidence. The first rules held a deal health that was always
 * UNKNOWN, the second none; the third hold its value and its conditions, not the days in them.
 */
export function digestOf(evidence: Evidence, rules: DigestRules = 3): string {
  const { draft, recipient, score, consent, context, target, promotion } = evidence;
  if (target) return sha256({ rules, draft, target });
  if (promotion) return sha256({ rules, draft, promotion });
  if (!context) throw new Error('evidence of this type has a context');
  const { account, opportunities, openTickets, managerFlags, derived } = context;
  const facts = { account, opportunities, openTickets, managerFlags };
  const seen = rules === 1 ? { draft, recipient, score, consent, context: { ...facts, derived: { dealHealth: { value: 'UNKNOWN' } } } }
    : { rules, draft, recipient, score, consent, context: rules === 2 ? facts : { ...facts, derived: derived && { dealHealth: judged(derived.dealHealth) } } };
  return sha256(seen);
}

const sha256 = (seen: object): string => createHash('sha256').update(canonicalJson(seen)).digest('hex');

/** What of deal health a decision rests on. */
const judged = ({ value, reasons }: DealHealthFacts) => ({ value, conditions: reasons.map(({ condition, effect }) => `${condition} ${effect}`) });

/** What outreach needs consent for. */
export const outreachConsent = { purpose: 'OUTREACH', channel: 'EMAIL' } as const;

/** How many contributions are frozen with a score. */
const mostReasons = 20;

/** Gathers the evidence of an e-mail as it stands in this transaction. Whoever acts on it holds the subject's consent (`holdConsent`). */
export async function gatherEmailEvidence(work: Work, seal: Seal, about: ActionAbout): Promise<GatheredEvidence> {
  const { accountId, contactId, subjectId, subject, content } = about;
  if (contactId === null || accountId === null) throw new Error('an e-mail is addressed to a contact of an account');
  const contact = await contactNow(work, seal, contactId);
  const { address } = contact;
  const [consent] = await consentStates(work, { tenantId: work.tenantId, now: work.now, seal }, [{ subjectId, ...outreachConsent }]);
  const facts = await accountEvidence(work, seal, { accountId, contactId, consent: consent?.consentId ? { id: consent.consentId, version: consent.version } : null });
  const evidence: Evidence = {
    rules: 3,
    draft: draftDigest(seal, about),
    recipient: { digest: subject && address !== null ? digestOfAddress(seal, subject.key, address) : 'gone', accountId: contact.accountId },
    consent: {
      granted: consent?.granted ?? false, standing: consent?.standing ?? 'UNKNOWN', consentId: consent?.consentId ?? null,
      version: consent?.version ?? 0, basis: consent?.basis ?? null, expiresAt: consent?.expiresAt ?? null,
    },
    ...facts,
  };
  return { evidence, digest: digestOf(evidence), address, recipientFault: content && recipientFault(contact, { accountId, to: content['to'] ?? '' }) };
}

/** What evidence says of the words of an action. */
export function draftDigest(seal: Seal, { subject, content }: Pick<ActionAbout, 'subject' | 'content'>): Evidence['draft'] {
  return { digest: subject && content ? digestOfContent(seal, subject.key, content) : 'erased' };
}

/** What is frozen of the account with every type of action: score, context, and the versions they were read from. */
export async function accountEvidence(work: Work, seal: Seal, { accountId, contactId, consent }: { readonly accountId: string; readonly contactId: string | null; readonly consent: { readonly id: string; readonly version: number } | null }): Promise<Pick<Evidence, 'score' | 'reasons' | 'pins'> & { readonly context: AccountFacts }> {
  const standing = await scoreStanding(work, accountId, work.now);
  const context = await contextFacts(work, accountId);
  const dealHealth = await dealHealthFacts(work, seal, accountId);
  return {
    score: standing && { pointId: standing.pointId, value: standing.changedTo, band: standing.band, modelVersion: standing.modelVersion },
    context: { ...context, derived: { dealHealth } },
    reasons: standing && (await reasonsOfPoint(work, standing.pointId, mostReasons)),
    pins: await evidencePins(work, { contactId, consent, opportunityIds: context.opportunities.map(({ id }) => id), dealHealth: { accountId, ...dealHealth } }),
  };
}

/** One thing that is no longer as it was seen. Texts as they stand; figures and lists as JSON. Null: not there. */
export interface EvidenceDifference {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between evidence that was seen and evidence as it is, by field. Deal health only where it was seen. */
export function evidenceDifferences(before: Evidence, after: Evidence): EvidenceDifference[] {
  const seen = before.promotion ? seenOfPromotion : before.target ? seenOfTarget : (evidence: Evidence) => seenOfAccount(evidence, rulesOf(before) >= 3);
  const [old, present] = [flat(seen(before)), flat(seen(after))];
  const fields = [...new Set([...old.keys(), ...present.keys()])].sort();
  return fields.flatMap((field) => {
    const [was, is] = [old.get(field) ?? null, present.get(field) ?? null];
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

const seenOfTarget = ({ draft, target }: Evidence): object => ({ draft, target });

/** Parameters one by one, each under its path. */
function seenOfPromotion({ draft, promotion }: Evidence): object {
  if (!promotion) return { draft };
  const { parameters, production: { version, parameters: replaced }, ...rest } = promotion;
  return { draft, promotion: { ...rest, parameters: Object.fromEntries(flatParameters(parameters)), production: { version, parameters: Object.fromEntries(flatParameters(replaced)) } } };
}

function seenOfAccount({ draft, recipient, score, consent, context: facts }: Evidence, withHealth: boolean): object {
  if (!facts) return { draft };
  const { account, opportunities, openTickets, managerFlags, derived } = facts;
  const context = { account, opportunities, openTickets, managerFlags, ...(withHealth && derived ? { derived: { dealHealth: judged(derived.dealHealth) } } : {}) };
  return { draft, recipient, score, consent, context };
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
