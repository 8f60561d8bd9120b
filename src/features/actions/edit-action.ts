import { Conflict, InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Decider } from './action.policy.ts';
import { changeAction } from './change-action.ts';
import { openForDecision, type Decided } from './decide-action.ts';
import { checkDraft } from './draft.ts';
import { gatherEvidence } from './evidence.ts';
import { freezeEvidence } from './freeze-evidence.ts';

/** Changes the words of an action's draft. The evidence is frozen anew: an approval of what was seen before does not cover it. */
export async function editAction(work: Work, seal: Seal, edit: { readonly id: string; readonly subject?: string | null; readonly body?: string | null }, decider: Decider): Promise<Decided> {
  if (typeof edit.subject !== 'string' && typeof edit.body !== 'string') throw new InvalidInput('Give a new subject, a new body, or both.', ['input']);
  const opened = await openForDecision(work, seal, edit.id, { decider, doing: 'edit actions' });
  if ('kind' in opened) return opened;
  const { action, policy, subject, frozen, draft: old } = opened;
  if (!subject || !old) throw new Conflict('The person it is addressed to was erased; there is no draft left.');
  const draft = { to: old.to, ...checkDraft({ subject: edit.subject ?? old.subject, body: edit.body ?? old.body }, policy, ['input']) };
  // What says nothing new changes nothing.
  if (draft.subject === old.subject && draft.body === old.body) return { kind: 'DONE', id: action.id };
  const gathered = await gatherEvidence(work, seal, { accountId: action.accountId, subjectId: action.subjectId, subject, draft });
  const version = action.evidenceVersion + 1;
  const reasoning = seal.open(frozen.wrappedKey, frozen.reasoningSealed) ?? '';
  await freezeEvidence(work, seal, { actionId: action.id, accountId: action.accountId, version, cause: 'EDITED', gathered, subject, draft, reasoning, generatedBy: 'PERSON', model: frozen.model, prompt: frozen.prompt });
  const changed = (['subject', 'body'] as const).filter((name) => draft[name] !== old[name]);
  await changeAction(work, action, action.status, { outcome: 'EDITED', reason: 'EDITED_BY_PERSON', policyVersion: policy.version, inputs: { changed } }, { evidence: { version, digest: gathered.digest } });
  return { kind: 'DONE', id: action.id };
}
