import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { recordDerivations } from '../lineage/index.ts';
import { scorePointLineage, scoreStanding } from '../scoring/index.ts';
import { actionSkipped } from './action.events.ts';
import { decisionLineage } from './action-lineage.ts';
import { countSkip } from './count-actions.ts';
import { ForbiddenWords } from './draft.ts';
import { traceDecision } from './change-action.ts';
import { draftOutreach } from './draft-outreach.ts';
import { outreachMaterial } from './outreach-material.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { checkDailyLimit, DailyLimitReached, NobodyToAddress, proposeAction } from './propose-action.ts';
import { chooseRecipient } from './recipient.ts';

/** An account's intent became high. */
export interface Crossing {
  readonly caller: Caller;
  readonly accountId: Id<'Account'>;
  /** The change of the score that crossed the threshold. */
  readonly pointId: Id<'ScorePoint'>;
  /** Marks the crossing as taken in, in the transaction that acts on it; false when another has. */
  takeIn(work: Work): Promise<boolean>;
}

/** What acting on a crossing works with. It holds no transaction while the model thinks. */
export interface CrossingParts {
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  readonly llm: Llm;
  readonly seal: Seal;
  readonly signal?: AbortSignal | undefined;
}

/** Why no action was proposed. */
export type SkipReason = 'INTENT_FELL' | 'NO_CONTACT' | 'NO_CONSENT' | 'LIMIT_REACHED' | 'DRAFT_FORBIDDEN';

const known = statement('crossing_decided', 'select 1 from action_decision where tenant_id = $1 and score_point_id = $2');

/**
 * An account's intent became high → one action, or one trace of why there is none. First it is looked whether an action
 * may come of it at all; then, with no transaction open, it is drafted; then everything is looked at again and proposed,
 * together with the mark that the crossing was taken in. A crash before that leaves nothing behind, and the crossing
 * comes again; after it, the mark and the crossing's own unique key in `action_decision` let nothing happen twice.
 */
export async function actOnCrossing(parts: CrossingParts, crossing: Crossing): Promise<'PROPOSED' | SkipReason | 'DONE_BEFORE'> {
  const { accountId, caller } = crossing;
  const plan = await parts.transact(async (work) => {
    if ((await work.rows(known, [work.tenantId, crossing.pointId])).length > 0) return { outcome: 'DONE_BEFORE' as const };
    const standing = await scoreStanding(work, accountId, work.now);
    const policy = await outreachPolicy(work);
    if (standing?.band !== 'HIGH') return skip(work, crossing, 'INTENT_FELL', { score: standing?.value ?? null });
    const recipient = await chooseRecipient(work, parts.seal, accountId, null);
    if (typeof recipient === 'string') return skip(work, crossing, recipient, { score: standing.value });
    try {
      await checkDailyLimit(work, accountId, policy);
    } catch (error) {
      return skip(work, crossing, ...whySkipped(error));
    }
    return { ...(await outreachMaterial(work, parts.seal, { accountId, score: standing.value, recipient })), policy, recipientName: recipient.name };
  });
  if ('outcome' in plan) return plan.outcome;
  const { material, sources, policy, recipientName } = plan;
  const draft = await draftOutreach(parts.llm, material, { caller, policy, recipientName, signal: parts.signal });
  return parts.transact(async (work) => {
    if (!(await crossing.takeIn(work))) return 'DONE_BEFORE';
    const standing = await scoreStanding(work, accountId, work.now);
    if (standing?.band !== 'HIGH') return (await skip(work, crossing, 'INTENT_FELL', { score: standing?.value ?? null }, true)).outcome;
    try {
      await proposeAction(work, parts.seal, { accountId, contactId: null, ...draft, scorePointId: crossing.pointId, sources, path: [] });
      return 'PROPOSED';
    } catch (error) {
      // Each of these is thrown before anything is written.
      const [reason, inputs] = whySkipped(error);
      return (await skip(work, crossing, reason, { ...inputs, generatedBy: draft.generatedBy, model: draft.model }, true)).outcome;
    }
  });
}

/** The reason behind an expected refusal; any other error is thrown on. */
function whySkipped(error: unknown): [SkipReason, Record<string, unknown>] {
  if (error instanceof DailyLimitReached) return ['LIMIT_REACHED', { limit: error.limit, resetsAt: error.resetsAt }];
  if (error instanceof NobodyToAddress) return [error.why, {}];
  if (error instanceof ForbiddenWords) return ['DRAFT_FORBIDDEN', { where: error.inputPath.join('.'), entries: error.entries }];
  if (error instanceof InvalidInput) return ['DRAFT_FORBIDDEN', { where: error.inputPath.join('.') }];
  throw error;
}

async function skip(work: Work, crossing: Crossing, reason: SkipReason, inputs: Readonly<Record<string, unknown>>, takenIn = false): Promise<{ outcome: SkipReason | 'DONE_BEFORE' }> {
  const { accountId, pointId } = crossing;
  if (!takenIn && !(await crossing.takeIn(work))) return { outcome: 'DONE_BEFORE' };
  const { version } = await outreachPolicy(work);
  const decisionId = await traceDecision(work, { accountId, actionId: null, scorePointId: pointId }, { outcome: 'SKIPPED', reason, policyVersion: version, inputs: { pointId, ...inputs } });
  await recordDerivations(work, [{ to: decisionLineage.ref(decisionId), from: [scorePointLineage.ref(pointId)], relation: 'DECIDED_ON', rule: { name: 'act-on-crossing', version } }]);
  work.record(actionSkipped.fact({ accountId, data: { accountId, pointId, decisionId, reason } }));
  countSkip(work, reason);
  return { outcome: reason };
}
