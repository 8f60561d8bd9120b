import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText } from '../accounts/index.ts';
import type { Decider } from './action.policy.ts';
import { changeAction } from './change-action.ts';
import { openForDecision, type Decided } from './decide-action.ts';

/** Rejects an action, with a reason in the person's own words, which is kept sealed. */
export async function rejectAction(work: Work, seal: Seal, { id, reason }: { readonly id: string; readonly reason: string }, decider: Decider): Promise<Decided> {
  const text = checkText(reason, ['input', 'reason'], 2_000).trim();
  if (text === '') throw new InvalidInput('Say why it is rejected.', ['input', 'reason']);
  const opened = await openForDecision(work, seal, id, { decider, doing: 'reject actions' });
  if ('kind' in opened) return opened;
  const { action, policy, subject } = opened;
  await changeAction(work, action, 'REJECTED', { outcome: 'REJECTED', reason: 'REJECTED_BY_PERSON', policyVersion: policy.version, inputs: {}, remark: subject && { text, subject, seal } });
  return { kind: 'DONE', id: action.id };
}
