import { InvalidInput } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Llm } from '../../platform/llm/llm.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { contactLineage, lockAccounts } from '../accounts/index.ts';
import { scorePointLineage, scoreStanding, type ScoreStanding } from '../scoring/index.ts';
import { isBelow } from '../trust/index.ts';
import { assessAccount } from './assess-account.ts';
import type { ConsiderationReason } from './consideration.enums.ts';
import { endConsideration, keepConsideration, tellIntentFell, type Held, type HeldOn } from './consideration-store.ts';
import { ForbiddenWords } from './draft.ts';
import { draftOutreach, greeting, type OutreachDraft } from './draft-outreach.ts';
import { outreachMaterial } from './outreach-material.ts';
import { heldOutreachPolicy, type OutreachPolicy } from './outreach-policy.ts';
import { proposeAction } from './propose-action.ts';
import type { Recipient } from './recipient.ts';
import type { LockedAction } from './change-action.ts';
import { lowestOriginOf, UntrustedOrigin } from './trust-floor.ts';
import { endAsStale, endForGoneAccount, keepFitting, lockProposals } from './standing-proposals.ts';

/** What considering an account works with. It holds no transaction while the model thinks. */
export interface ConsideringParts {
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  readonly caller: Caller;
  readonly llm: Llm;
  readonly seal: Seal;
  readonly signal?: AbortSignal | undefined;
}

/** What came of it: an action was proposed, one is under way already, intent is not high, the account is retired or merged, or why nothing was proposed. */
export type Considered = 'PROPOSED' | 'PROPOSED_BEFORE' | 'NOT_HIGH' | 'NO_ACCOUNT' | ConsiderationReason;

/** How often one account is drafted for, if each time the recipient changes while the model thinks. */
const mostDrafts = 3;
/** When to try again after that. Milliseconds. */
const pauseAfterChanges = 5 * 60_000;

/**
 * Considers an account: if its intent is high and nothing holds a proposal back, there is one open action to the person to
 * write to, and one is proposed where there is none; otherwise the reason is kept as its consideration. Open actions of the
 * program that do not fit this end as STALE: what is open follows from what is known now, however it became known. Check eligibility; draft outside the transaction; check again and propose. If the
 * recipient changed meanwhile, discard the draft and start over. `crossing`: the change of the score that crossed the
 * threshold, traced even if intent fell again since.
 *
 * It looks only at the present state, under the account's lock, so it can be called for any reason, any number of times
 * and by several processes at once: one of them proposes, and the others find the action.
 */
export async function considerAccount(parts: ConsideringParts, accountId: Id<'Account'>, crossing: Id<'ScorePoint'> | null = null): Promise<Considered> {
  for (let drafts = 1; ; drafts += 1) {
    const plan = await parts.transact((work) => prepare(work, parts.seal, accountId, crossing));
    if (typeof plan === 'string') return plan;
    const draft = await draftOutreach(parts.llm, plan.material, { caller: parts.caller, policy: plan.policy, signal: parts.signal });
    const outcome = await parts.transact((work) => conclude(work, parts.seal, accountId, { plan, draft, isLast: drafts === mostDrafts }));
    if (outcome !== 'AGAIN') return outcome;
  }
}

interface Free {
  readonly standing: ScoreStanding;
  readonly policy: OutreachPolicy;
  readonly recipient: Recipient;
}

/** Everything that is looked at, before the draft and once more after it. */
async function look(work: Work, seal: Seal, accountId: Id<'Account'>, crossing: Id<'ScorePoint'> | null): Promise<Free | Exclude<Considered, 'PROPOSED'>> {
  await lockAccounts(work, [accountId]);
  const gone = await whyGone(work, accountId);
  if (gone !== null) {
    await endForGoneAccount(work, accountId, gone);
    await endConsideration(work, accountId, 'ACCOUNT_GONE');
    return 'NO_ACCOUNT';
  }
  const policy = await heldOutreachPolicy(work);
  const standing = await scoreStanding(work, accountId, work.now);
  if (standing?.band !== 'HIGH') {
    await endConsideration(work, accountId, 'NOT_HIGH');
    await endAsStale(work, await lockProposals(work, accountId), 'INTENT_FELL', { pointId: standing?.pointId ?? null });
    if (crossing !== null) await tellIntentFell(work, { accountId, pointId: crossing, policyVersion: policy.version, score: standing?.value ?? null });
    return 'NOT_HIGH';
  }
  const on: HeldOn = { accountId, pointId: standing.pointId, policyVersion: policy.version, score: standing.value };
  const assessed = await assessAccount(work, seal, accountId, policy);
  const proposals = await lockProposals(work, accountId);
  if (assessed.kind === 'HELD') {
    await endAsStale(work, proposals, assessed.held.reason, assessed.held.details);
    return hold(work, on, assessed.held);
  }
  if (assessed.kind === 'FREE') {
    const lowest = await lowestOriginOf(work, seal, [scorePointLineage.ref(standing.pointId), contactLineage.ref(assessed.recipient.contactId)]);
    if (lowest && isBelow(lowest.level, policy.refuseBelow)) return untrusted(work, on, proposals, { ...lowest, refuseBelow: policy.refuseBelow });
  }
  if (assessed.kind === 'APPROVED') await endAsStale(work, proposals, 'SECOND_PROPOSAL');
  else if (!(await keepFitting(work, proposals, { contactId: assessed.recipient.contactId, subjectId: assessed.recipient.subject.id }))) return { standing, policy, recipient: assessed.recipient };
  await endConsideration(work, accountId, 'PROPOSED');
  return 'PROPOSED_BEFORE';
}

const state = statement<{ isPresent: boolean; isMerged: boolean }>(
  'account_to_consider',
  `select a.id is not null as "isPresent", i.survivor_id <> i.id as "isMerged" from node_identity i left join account a on a.tenant_id = i.tenant_id and a.id = i.id where i.tenant_id = $1 and i.id = $2`,
);

/** Why an account is not among the accounts; null where it is. */
async function whyGone(work: Work, accountId: string): Promise<'ACCOUNT_RETIRED' | 'ACCOUNT_MERGED' | null> {
  const [found] = await work.rows(state, [work.tenantId, accountId]);
  if (found?.isPresent) return null;
  return found?.isMerged ? 'ACCOUNT_MERGED' : 'ACCOUNT_RETIRED';
}

/** Nothing that was proposed on these grounds stays open. */
async function untrusted(work: Work, on: HeldOn, proposals: readonly LockedAction[], details: Held['details']): Promise<ConsiderationReason> {
  await endAsStale(work, proposals, 'UNTRUSTED_ORIGIN', details);
  return hold(work, on, { reason: 'UNTRUSTED_ORIGIN', details, retryAt: null });
}

async function hold(work: Work, on: HeldOn, held: Held): Promise<ConsiderationReason> {
  await keepConsideration(work, on, held);
  return held.reason;
}

interface Plan extends Awaited<ReturnType<typeof outreachMaterial>> {
  readonly policy: OutreachPolicy;
  /** Whom the draft is for. */
  readonly contactId: string;
  readonly subjectId: string;
}

async function prepare(work: Work, seal: Seal, accountId: Id<'Account'>, crossing: Id<'ScorePoint'> | null): Promise<Plan | Considered> {
  const found = await look(work, seal, accountId, crossing);
  if (typeof found === 'string') return found;
  const { standing, policy, recipient } = found;
  const told = await outreachMaterial(work, seal, { accountId, standing, recipient, policy });
  return { ...told, policy, contactId: recipient.contactId, subjectId: recipient.subject.id };
}

interface Drafted {
  readonly plan: Plan;
  readonly draft: OutreachDraft;
  /** Whether no further draft is made if the recipient changed. */
  readonly isLast: boolean;
}

/** Proposes what was drafted, to the person it was drafted for, under the name that they have now. */
async function conclude(work: Work, seal: Seal, accountId: Id<'Account'>, { plan, draft, isLast }: Drafted): Promise<Considered | 'AGAIN'> {
  const found = await look(work, seal, accountId, null);
  if (typeof found === 'string') return found;
  const { standing, policy, recipient } = found;
  const on: HeldOn = { accountId, pointId: standing.pointId, policyVersion: policy.version, score: standing.value };
  const origin = { generatedBy: draft.generatedBy, model: draft.model };
  if (recipient.contactId !== plan.contactId || recipient.subject.id !== plan.subjectId) {
    if (!isLast) return 'AGAIN';
    return hold(work, on, { reason: 'RECIPIENT_CHANGED', details: origin, retryAt: new Date(Date.parse(work.now) + pauseAfterChanges).toISOString() });
  }
  try {
    const words = greeting(draft, recipient, policy);
    await proposeAction(work, seal, { accountId, contactId: recipient.contactId, recipient, ...words, scorePointId: standing.pointId, sources: plan.sources, path: [] });
  } catch (error) {
    if (error instanceof UntrustedOrigin) return hold(work, on, { reason: 'UNTRUSTED_ORIGIN', details: error.details, retryAt: null });
    // Thrown before anything is written.
    if (!(error instanceof InvalidInput)) throw error;
    const entries = error instanceof ForbiddenWords ? { entries: error.entries } : {};
    return hold(work, on, { reason: 'DRAFT_FAILED', details: { where: error.inputPath.join('.'), ...entries, ...origin }, retryAt: null });
  }
  await endConsideration(work, accountId, 'PROPOSED');
  return 'PROPOSED';
}
