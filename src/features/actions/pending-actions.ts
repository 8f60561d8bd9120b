import { ask, type Call } from '../../platform/graphql/call.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { readList } from '../../platform/page/list.ts';
import { sees } from '../access/index.ts';
import { accountById } from '../accounts/index.ts';
import { openContent, type ActionContent } from './action-content.ts';
import { actionQueue, type ActionFilter } from './action-list.ts';
import { readsDrafts } from './action.policy.ts';
import { actionById, frozenOf, toAction, type RawAction } from './action.queries.ts';
import { openStatuses } from './action.states.ts';
import type { ActionRow } from './action.type.ts';
import { disclosureOf } from './disclosure.ts';
import { parameterChanges, type ParameterChange, type Promotion } from './promotion.ts';

/** An action of the queue, flat, for callers who do not ask the graph. */
export interface PendingAction {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly riskLevel: string;
  /** Null once a person wrote other words than were proposed. */
  readonly confidence: number | null;
  readonly reasoning: string | null;
  readonly proposedAt: string;
  readonly expiresAt: string;
  readonly evidenceDigest: string;
  readonly generatedBy: string;
  readonly editedBy: string | null;
  /** The language model that wrote the first draft; null where none did. */
  readonly model: string | null;
  /** When the first draft was written. RFC 3339. */
  readonly draftedAt: string;
  /** Who or what wrote it and when, in a sentence. */
  readonly disclosure: string;
  /** Null for callers whose roles do not read drafts, and once the addressee was erased. */
  readonly draft: ActionContent | null;
  /** The record that a CRM change is about, as it was frozen; null for other types. */
  readonly target: { readonly system: string; readonly externalId: string; readonly fields: Readonly<Record<string, string | null>> } | null;
  readonly evidence: { readonly intentScore: number | null; readonly consent: { readonly granted: boolean; readonly basis: string | null } };
  /** What a promotion of a scoring model publishes; null for other types. */
  readonly promotion: { readonly kind: string; readonly runId: string | null; readonly replacesVersion: number; readonly restoredVersion: number | null; readonly changes: readonly ParameterChange[] } | null;
  /** Null for an action that concerns the whole tenant. */
  readonly account: { readonly id: string; readonly name: string } | null;
}

/** A page of the queue, the longest waiting first. */
export async function pendingActions(call: Call, page: { readonly first: number; readonly after: string | null }): Promise<{ actions: PendingAction[]; nextCursor: string | null }> {
  const { edges, pageInfo } = await readList<RawAction, ActionFilter>(call, actionQueue, { ...page, filter: { statuses: [...openStatuses] } }, null);
  const actions = await Promise.all(edges.map(({ node }) => show(call, toAction(node, null))));
  return { actions, nextCursor: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}

async function show(call: Call, action: ActionRow): Promise<PendingAction> {
  const [frozen, account] = await Promise.all([frozenOf(action, call), action.accountId === null ? null : ask(call, accountById, null, action.accountId)]);
  const { id, type, status, riskLevel, confidence, proposedAt, expiresAt, evidenceDigest } = action;
  const { score, consent, target, promotion } = frozen.evidence;
  const open = readsDrafts(call);
  return {
    id, type, status, riskLevel, confidence, proposedAt, expiresAt, evidenceDigest,
    reasoning: open ? call.seal.open(frozen.wrappedKey, frozen.reasoningSealed) : null,
    generatedBy: frozen.generatedBy,
    editedBy: frozen.isEdited ? frozen.author.id : null,
    model: frozen.model,
    draftedAt: frozen.draftedAt,
    disclosure: disclosureOf(frozen),
    draft: open ? openContent(call.seal, frozen.wrappedKey, frozen.draftSealed) : null,
    evidence: { intentScore: score?.value ?? null, consent: { granted: consent?.granted ?? false, basis: sees(call, 'CONSENT_EVIDENCE') ? (consent?.basis ?? null) : null } },
    target: target && open ? { system: target.system, externalId: target.externalId, fields: target.fields } : null,
    promotion: promotion ? flatPromotion(promotion) : null,
    account: account && { id: account.id, name: account.name },
  };
}

function flatPromotion({ kind, run, restoredVersion, parameters, production }: Promotion): NonNullable<PendingAction['promotion']> {
  return { kind, runId: run && toGlobalId('ExperimentRun', run.id), replacesVersion: production.version, restoredVersion, changes: parameterChanges(production.parameters, parameters) };
}

/** An action's state after a decision, as callers who do not ask the graph are told it. */
export async function decidedAction(call: Call, uuid: string): Promise<Pick<ActionRow, 'id' | 'status' | 'evidenceDigest' | 'decidedBy' | 'decidedAt' | 'endReason'>> {
  const action = await ask(call, actionById, null, uuid);
  if (!action) throw new Error('an action that was just decided on is not there');
  const { id, status, evidenceDigest, decidedBy, decidedAt, endReason } = action;
  return { id, status, evidenceDigest, decidedBy, decidedAt, endReason };
}
