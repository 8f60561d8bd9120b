import { Conflict } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { Decider } from './action.policy.ts';
import { changeAction } from './change-action.ts';
import { openForDecision, type Decided } from './decide-action.ts';

/** How long a claim keeps others out, unless it is renewed. */
const claimFor = 15 * 60_000;

/** Claims an action, so that nobody else decides for a quarter of an hour; to claim it again begins that anew. */
export async function claimAction(work: Work, seal: Seal, id: string, decider: Decider): Promise<Decided> {
  const opened = await openForDecision(work, seal, id, { decider, doing: 'claim actions' });
  if ('kind' in opened) return opened;
  const { action, policy } = opened;
  const until = new Date(Math.min(Date.parse(work.now) + claimFor, Date.parse(action.expiresAt))).toISOString();
  await changeAction(work, action, 'CLAIMED', { outcome: 'CLAIMED', reason: 'CLAIMED_BY_PERSON', policyVersion: policy.version, inputs: { until } }, { claimedBy: { ...decider.actor, until } });
  return { kind: 'DONE', id: action.id };
}

/** Gives a claimed action back to the queue. */
export async function releaseAction(work: Work, seal: Seal, id: string, decider: Decider): Promise<Decided> {
  const opened = await openForDecision(work, seal, id, { decider, doing: 'give actions back' });
  if ('kind' in opened) return opened;
  const { action, policy } = opened;
  if (action.status !== 'CLAIMED') throw new Conflict('Nobody has claimed this action.', ['input', 'id']);
  await changeAction(work, action, 'PENDING', { outcome: 'RELEASED', reason: 'GIVEN_BACK', policyVersion: policy.version, inputs: {} });
  return { kind: 'DONE', id: action.id };
}
