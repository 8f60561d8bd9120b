import { Conflict, InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Decider } from './action.policy.ts';
import { changeAction } from './change-action.ts';
import { openForDecision, type Decided } from './decide-action.ts';
import { actionKindOf } from './action-kinds.ts';
import { checkDraft, toDraft } from './draft.ts';
import { freezeEvidence } from './freeze-evidence.ts';
import { differencesSince } from './seen-evidence.ts';

/** An edit as a caller asks for it. */
export interface EditRequest {
  readonly id: string;
  readonly subject?: string | null;
  readonly body?: string | null;
  /** The digest of what the editor saw; without one whatever is there is written over. */
  readonly evidenceDigest?: string | null;
}

/**
 * Changes the words of an action's draft. The evidence is frozen anew: an approval of what was seen before does not cover
 * it. An editor who names what they saw changes nothing once another version stands there, so that of two editors the
 * later one reads what the earlier one wrote. That is all an edit asks of the digest: whether the account is still as it
 * was when the version was frozen is for whoever approves. The words are the editor's from then on, so that somebody else
 * approves them; where the first draft came from stays told, and how sure its author was holds no more.
 */
export async function editAction(work: Work, seal: Seal, edit: EditRequest, decider: Decider): Promise<Decided> {
  if (typeof edit.subject !== 'string' && typeof edit.body !== 'string') throw new InvalidInput('Give a new subject, a new body, or both.', ['input']);
  const opened = await openForDecision(work, seal, edit.id, { decider, doing: 'edit actions' });
  if ('kind' in opened) return opened;
  const { action, policy, subject, frozen } = opened;
  const kind = actionKindOf(action.type);
  if (!kind.isEditable) throw new Conflict('An action of this type is not edited. Reject it, and propose another.', ['input', 'id']);
  const old = toDraft(opened.content);
  if (!subject || !old) throw new Conflict('The person it is addressed to was erased; there is no draft left.');
  const draft = { to: old.to, ...checkDraft({ subject: edit.subject ?? old.subject, body: edit.body ?? old.body }, policy, ['input']) };
  // What says nothing new changes nothing, and needs no look at what others wrote: an edit that is sent twice is done once.
  if (draft.subject === old.subject && draft.body === old.body) return { kind: 'DONE', id: action.id };
  const { evidenceDigest } = edit;
  if (typeof evidenceDigest === 'string' && evidenceDigest !== action.evidenceDigest) return { kind: 'EVIDENCE_CHANGED', id: action.id, changes: await differencesSince(work, seal, opened, { evidenceDigest, present: { evidence: frozen.evidence, address: old.to } }) };
  const gathered = await kind.gather(work, seal, { ...action, subject, content: draft, target: null });
  if (gathered.recipientFault) {
    const changes = await differencesSince(work, seal, opened, { evidenceDigest: action.evidenceDigest, present: gathered });
    await changeAction(work, action, 'CANCELLED', { outcome: 'CANCELLED', reason: gathered.recipientFault, policyVersion: policy.version, inputs: { found: gathered.digest } });
    return { kind: 'EVIDENCE_CHANGED', id: action.id, changes: changes.filter(({ field }) => field.startsWith('recipient.')) };
  }
  const version = action.evidenceVersion + 1;
  const reasoning = seal.open(frozen.wrappedKey, frozen.reasoningSealed) ?? '';
  const { generatedBy, model, prompt, draftedAt } = frozen;
  await freezeEvidence(work, seal, { actionId: action.id, accountId: action.accountId, version, cause: 'EDITED', gathered, subject, content: draft, reasoning, generatedBy, model, prompt, author: decider.actor, isEdited: true, draftedAt });
  const changed = (['subject', 'body'] as const).filter((name) => draft[name] !== old[name]);
  await changeAction(work, action, action.status, { outcome: 'EDITED', reason: 'EDITED_BY_PERSON', policyVersion: policy.version, inputs: { changed } }, { evidence: { version, digest: gathered.digest }, unweighed: true });
  return { kind: 'DONE', id: action.id };
}
