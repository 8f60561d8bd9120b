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
import { draftOutreach, greeting, type OutreachDraft } from './draft-outreach.ts';
import { outreachMaterial } from './outreach-material.ts';
import { outreachPolicy, type OutreachPolicy } from './outreach-policy.ts';
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
export type SkipReason = 'INTENT_FELL' | 'NO_CONTACT' | 'NO_CONSENT' | 'LIMIT_REACHED' | 'DRAFT_FORBIDDEN' | 'RECIPIENT_CHANGED';

const known = statement('crossing_decided', 'select 1 from action_decision where tenant_id = $1 and score_point_id = $2');
/** How often one crossing is drafted for, should it become another whom to write to while the model thinks. */
const mostDrafts = 3;

/**
 * An account's intent became high → one action, or one trace of why there is none. First it is looked whether an action
 * may come of it at all; then, with no transaction open, it is drafted; then everything is looked at again and proposed,
 * together with the mark that the crossing was taken in. Is it another by then whom to write to, nothing of the draft is
 * kept, and it is begun anew. A crash before the end leaves nothing behind, and the crossing comes again; after it, the
 * mark and the crossing's own unique key in `action_decision` let nothing happen twice.
 */
export async function actOnCrossing(parts: CrossingParts, crossing: Crossing): Promise<'PROPOSED' | SkipReason | 'DONE_BEFORE'> {
  for (let drafts = 1; ; drafts += 1) {
    const plan = await parts.transact((work) => prepare(work, parts.seal, crossing));
    if ('outcome' in plan) return plan.outcome;
    const draft = await draftOutreach(parts.llm, plan.material, { caller: crossing.caller, policy: plan.policy, signal: parts.signal });
    try {
      return await parts.transact((work) => conclude(work, parts.seal, crossing, { plan, draft, drafts }));
    } catch (error) {
      if (!(error instanceof RecipientChanged)) throw error;
    }
  }
}

/** It is another by now whom to write to; thrown, so that the transaction leaves nothing behind. */
class RecipientChanged extends Error {}

interface Plan extends Awaited<ReturnType<typeof outreachMaterial>> {
  readonly policy: OutreachPolicy;
  /** Whom the draft is for. */
  readonly contactId: string;
  readonly subjectId: string;
}

/** What to draft from, and for whom; or what came of it, where nothing is to be drafted. */
async function prepare(work: Work, seal: Seal, crossing: Crossing): Promise<Plan | { readonly outcome: SkipReason | 'DONE_BEFORE' }> {
  const { accountId } = crossing;
  if ((await work.rows(known, [work.tenantId, crossing.pointId])).length > 0) return { outcome: 'DONE_BEFORE' };
  const standing = await scoreStanding(work, accountId, work.now);
  const policy = await outreachPolicy(work);
  if (standing?.band !== 'HIGH') return skip(work, crossing, 'INTENT_FELL', { score: standing?.value ?? null });
  const recipient = await chooseRecipient(work, seal, accountId, null);
  if (typeof recipient === 'string') return skip(work, crossing, recipient, { score: standing.value });
  try {
    await checkDailyLimit(work, accountId, policy);
  } catch (error) {
    return skip(work, crossing, ...whySkipped(error));
  }
  const told = await outreachMaterial(work, seal, { accountId, score: standing.value, recipient });
  return { ...told, policy, contactId: recipient.contactId, subjectId: recipient.subject.id };
}

interface Drafted {
  readonly plan: Plan;
  readonly draft: OutreachDraft;
  /** How many drafts this crossing took so far. */
  readonly drafts: number;
}

/** Proposes what was drafted, to whom it was drafted for, under the name that they have now. */
async function conclude(work: Work, seal: Seal, crossing: Crossing, { plan, draft, drafts }: Drafted): Promise<'PROPOSED' | SkipReason | 'DONE_BEFORE'> {
  const { accountId, pointId } = crossing;
  if (!(await crossing.takeIn(work))) return 'DONE_BEFORE';
  const standing = await scoreStanding(work, accountId, work.now);
  if (standing?.band !== 'HIGH') return (await skip(work, crossing, 'INTENT_FELL', { score: standing?.value ?? null }, true)).outcome;
  const origin = { generatedBy: draft.generatedBy, model: draft.model };
  const recipient = await chooseRecipient(work, seal, accountId, null);
  if (typeof recipient === 'string') return (await skip(work, crossing, recipient, origin, true)).outcome;
  if (recipient.contactId !== plan.contactId || recipient.subject.id !== plan.subjectId) {
    if (drafts < mostDrafts) throw new RecipientChanged();
    return (await skip(work, crossing, 'RECIPIENT_CHANGED', { ...origin, drafts }, true)).outcome;
  }
  try {
    const words = greeting(draft, recipient, await outreachPolicy(work));
    await proposeAction(work, seal, { accountId, contactId: recipient.contactId, recipient, ...words, scorePointId: pointId, sources: plan.sources, path: [] });
    return 'PROPOSED';
  } catch (error) {
    // Each of these is thrown before anything is written.
    const [reason, inputs] = whySkipped(error);
    return (await skip(work, crossing, reason, { ...inputs, ...origin }, true)).outcome;
  }
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
