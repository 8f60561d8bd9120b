import { z } from 'zod';
import { statement } from '../../platform/postgres/statement.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { digestOfContent, type ActionContent } from './action-content.ts';
import type { ActionAbout, ActionEnd, ActionKind, ApprovedAction, ExecutionOrder, Hindrance } from './action-kind.ts';
import type { CrmOrder, CrmTarget } from './crm-writing.ts';
import type { OpenAction } from './decide-action.ts';
import { CrmChangeKind } from './enums.ts';
import { accountEvidence, digestOf, draftDigest, type Evidence, type GatheredEvidence } from './evidence.ts';

/** The content of a CRM change. The record and what it said are in the evidence. */
export type CrmContent = Readonly<{ kind: CrmChangeKind; text: string; details: string | null; dueOn: string | null }>;

const crmContentForm: z.ZodType<CrmContent> = z.strictObject({ kind: z.enum(CrmChangeKind), text: z.string(), details: z.string().nullable(), dueOn: z.string().nullable() });

/** The version of a record that is not there. */
export const goneVersion = 'gone';

/** A change of an opportunity in a CRM: addressed to no person, so neither consent nor the gates of outreach concern it. */
export const crmChangeAction: ActionKind<CrmContent> = {
  type: 'CRM_CHANGE',
  form: crmContentForm,
  texts: ['text', 'details'],
  isEditable: false,
  readsRecord: true,
  gather,
  endOf,
  checkApproval: () => Promise.resolve(),
  hindrance,
  execute: ({ crm }, order, signal) => crm.write(order.tenantId, orderOf(order), { ...optionsOf(order), signal }),
  lookUp: ({ crm }, order, signal) => crm.lookUp(order.tenantId, orderOf(order), { ...optionsOf(order), signal }),
  async executed(work, { approval, target }, { written }) {
    if (!written || !target) throw new Error('a CRM change says what it wrote');
    await work.rows(keepWrite, [work.tenantId, approval.id, approval.actionId, target.system, written.kind, written.id, work.now]);
  },
};

const keepWrite = statement('keep_crm_write', 'insert into crm_write (tenant_id, approval_id, action_id, system, written_kind, written_id, written_at) values ($1, $2, $3, $4, $5, $6, $7)');
const placeOf = statement<{ accountId: string }>('account_of_opportunity', 'select account_id as "accountId" from opportunity where tenant_id = $1 and id = $2');

/** What a CRM change is, as the vendor's writer is given it. */
export function crmOrder(content: ActionContent | null, target: CrmTarget | null): CrmOrder {
  if (!content || !target) throw new Error('a CRM change has a content and a record');
  const { system, recordKind, externalId, fields } = target;
  return { ...crmContentForm.parse(content), record: { system, recordKind, externalId }, before: { stage: fields['stage'] ?? null, nextStep: fields['nextStep'] ?? null } };
}
const orderOf = ({ content, target }: ExecutionOrder): CrmOrder => crmOrder(content, target);
const optionsOf = ({ approval, target }: ExecutionOrder) => ({ approval, expectedVersion: target?.version ?? goneVersion });

/** The digest covers the words and the record with its version at the vendor, not the score: what is written rests on the record. */
async function gather(work: Work, seal: Seal, about: ActionAbout): Promise<GatheredEvidence> {
  const { accountId, target } = about;
  if (!target || accountId === null) throw new Error('a CRM change is about a record of an account');
  const [place] = await work.rows(placeOf, [work.tenantId, target.opportunityId]);
  const facts = await accountEvidence(work, seal, { accountId, contactId: null, consent: null });
  const evidence: Evidence = { rules: 3, draft: draftDigest(seal, about), recipient: null, consent: null, target: { ...target, accountId: place?.accountId ?? null }, ...facts };
  return { evidence, digest: digestOf(evidence), address: null, recipientFault: null };
}

function endOf({ action, subject, content }: OpenAction, { evidence: { target } }: GatheredEvidence): ActionEnd | null {
  if (!subject || !content) return { to: 'CANCELLED', reason: 'PERSON_ERASED' };
  if (!target || target.accountId === null || target.version === goneVersion) return { to: 'CANCELLED', reason: 'RECORD_GONE' };
  return target.accountId === action.accountId ? null : { to: 'CANCELLED', reason: 'RECORD_MOVED' };
}

/** Whether the words and the frozen record are the approved ones: an erasure takes names out of both. */
export function isAsApproved(seal: Seal, { action, frozen, subject, content }: Pick<ApprovedAction, 'action' | 'frozen' | 'subject' | 'content'>): boolean {
  if (!subject || !content || !frozen) return false;
  return digestOfContent(seal, subject.key, content) === frozen.evidence.draft.digest && digestOf(frozen.evidence) === action.evidenceDigest;
}

async function hindrance(work: Work, seal: Seal, { action, frozen, subject, content }: ApprovedAction): Promise<Hindrance | null> {
  const target = frozen?.evidence.target;
  if (!subject || !content || !frozen || !target) return { kind: 'CANCEL', reason: 'PERSON_ERASED' };
  // Write only if the digest of the words still matches the approved one.
  if (digestOfContent(seal, subject.key, content) !== frozen.evidence.draft.digest) return { kind: 'CANCEL', reason: 'DRAFT_CHANGED' };
  if (!isAsApproved(seal, { action, frozen, subject, content })) return { kind: 'CANCEL', reason: 'EVIDENCE_CHANGED' };
  const [place] = await work.rows(placeOf, [work.tenantId, target.opportunityId]);
  if (!place) return { kind: 'CANCEL', reason: 'RECORD_GONE' };
  return place.accountId === action.accountId ? null : { kind: 'CANCEL', reason: 'RECORD_MOVED' };
}
