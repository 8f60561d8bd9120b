import type { Actor } from '../../platform/events/event.ts';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import type { ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { actionColumns, actionList, type ActionFilter } from './action-list.ts';
import type { ActionActor, ActionDecisionRow, ActionRow } from './action.type.ts';
import type { Evidence } from './evidence.ts';
import type { DraftOrigin } from './enums.ts';

/** A row as `actionColumns` selects it. */
export interface RawAction extends Record<string, unknown> {
  readonly uuid: string;
  readonly sortValue: string;
}

const actor = (kind: unknown, id: unknown): ActionActor | null => (typeof kind === 'string' && typeof id === 'string' ? { kind, id } : null);

type Encoded = Omit<FrozenEvidence, 'draftSealed' | 'reasoningSealed' | 'wrappedKey'> & Record<'draftSealed' | 'reasoningSealed', string> & { readonly wrappedKey: string | null };

/** Evidence that came with its action, as JSON. */
function toFrozen({ draftSealed, reasoningSealed, wrappedKey, frozenAt, draftedAt, ...rest }: Encoded): FrozenEvidence {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  return { ...rest, draftSealed: bytes(draftSealed), reasoningSealed: bytes(reasoningSealed), wrappedKey: wrappedKey === null ? null : bytes(wrappedKey), frozenAt: new Date(frozenAt).toISOString(), draftedAt: new Date(draftedAt).toISOString() };
}

/** The frozen evidence of an action: what came with it, or what is asked for many at once. */
export function frozenOf(action: ActionRow, call: Call): FrozenEvidence | Promise<FrozenEvidence> {
  return action.frozen ?? ask(call, evidenceOfAction, null, { id: action.uuid, version: action.evidenceVersion });
}

/** Makes a selected row the action that GraphQL is given. */
export function toAction(raw: RawAction, asOf: AsOf): ActionRow {
  const composed = Object.assign(raw, {
    proposedBy: actor(raw['proposedByKind'], raw['proposedById']),
    claimedBy: actor(raw['claimedByKind'], raw['claimedById']),
    decidedBy: actor(raw['decidedByKind'], raw['decidedById']),
    frozen: raw['frozen'] ? toFrozen(raw['frozen'] as Encoded) : null,
  });
  return asNode('Action', composed, asOf) as unknown as ActionRow;
}

/** The actions of an account. */
export const actionsOfAccount = childList<ActionRow, ActionFilter>({ ...actionList, name: 'actions_of_account', defaultOrder: { field: 'PROPOSED_AT', direction: OrderDirection.DESC } }, 'account_id', (row, _call, asOf) =>
  toAction(row as unknown as RawAction, asOf),
);

const byId = datedStatement<RawAction>('actions_by_id', 2, (table) => `select ${actionColumns} from ${table('action')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The action of an id; null where the tenant has none. */
export const actionById: Question<string, ActionRow | null> = {
  name: 'actions_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byId(asOf), byId.values([call.tenantId, ids], asOf))).map((row) => [row.uuid, toAction(row, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** Evidence as it was frozen, with the draft sealed. */
export interface FrozenEvidence {
  readonly actionId: string;
  readonly version: number;
  readonly digest: string;
  readonly evidence: Evidence;
  readonly draftSealed: Buffer;
  readonly reasoningSealed: Buffer;
  readonly wrappedKey: Buffer | null;
  readonly generatedBy: DraftOrigin;
  readonly model: string | null;
  readonly prompt: string | null;
  /** Whose words these are: who proposed them, or edited them last. */
  readonly author: Actor;
  /** Whether a person wrote other words than were proposed. */
  readonly isEdited: boolean;
  readonly frozenAt: string;
  /** When the first draft was written; for evidence that was frozen before this was kept, when the action was proposed. */
  readonly draftedAt: string;
}

const frozenColumns = `e.action_id as "actionId", e.version, e.digest, e.evidence, e.draft_sealed as "draftSealed", e.reasoning_sealed as "reasoningSealed", k.wrapped_key as "wrappedKey",
  e.generated_by as "generatedBy", e.model, e.prompt, json_build_object('kind', e.author_kind, 'id', e.author_id) as author, e.is_edited as "isEdited", e.frozen_at as "frozenAt", coalesce(e.drafted_at, a.proposed_at) as "draftedAt"`;
const frozenFrom = `join action a on a.tenant_id = e.tenant_id and a.id = e.action_id left join subject_key k on k.tenant_id = a.tenant_id and k.subject_id = a.subject_id`;
const frozen = statement<FrozenEvidence>(
  'frozen_evidence',
  `select ${frozenColumns} from unnest($2::uuid[], $3::int[]) as asked(id, version)
   join action_evidence e on e.tenant_id = $1 and e.action_id = asked.id and e.version = asked.version ${frozenFrom}`,
);
/** The evidence of a digest that was once an action's: the latest of that digest. */
export const frozenByDigest = statement<FrozenEvidence>(
  'frozen_evidence_by_digest',
  `select ${frozenColumns} from action_evidence e ${frozenFrom} where e.tenant_id = $1 and e.action_id = $2 and e.digest = $3 order by e.version desc limit 1`,
);
/** One version of an action's evidence. */
export const frozenByVersion = statement<FrozenEvidence>(
  'frozen_evidence_by_version',
  `select ${frozenColumns} from action_evidence e ${frozenFrom} where e.tenant_id = $1 and e.action_id = $2 and e.version = $3`,
);

/** The frozen evidence of a version of an action; a version never changes, so there is one answer at every instant. */
export const evidenceOfAction: Question<{ id: string; version: number }, FrozenEvidence> = {
  name: 'frozen_evidence',
  identity: ({ id, version }) => `${id}:${version}`,
  async load(call, keys) {
    const rows = await call.read.rows(frozen, [call.tenantId, keys.map(({ id }) => id), keys.map(({ version }) => version)]);
    const found = new Map(rows.map((row) => [`${row.actionId}:${row.version}`, row]));
    return keys.map(({ id, version }) => {
      const row = found.get(`${id}:${version}`);
      if (!row) throw new Error('an action has no evidence');
      return row;
    });
  },
};

const decisionColumns = `t.id as uuid, t.account_id as "accountId", t.action_id as "actionId", t.outcome, t.reason, t.policy_version as "policyVersion", t.inputs,
  json_build_object('kind', t.actor_kind, 'id', t.actor_id) as actor, t.decided_at as "decidedAt", t.remark_sealed as "remarkSealed", k.wrapped_key as "wrappedKey"`;
const subjectKeys = 'left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id';
const decisionList: ListSource<object> = {
  name: 'action_decisions',
  table: 'action_decision',
  columns: decisionColumns,
  join: () => subjectKeys,
  orders: { DECIDED_AT: { by: 't.decided_at', type: 'timestamptz' } },
  filters: {},
  defaultOrder: { field: 'DECIDED_AT', direction: OrderDirection.DESC },
};
const toDecision = (row: ActionDecisionRow, _call: Call, asOf: AsOf): ActionDecisionRow => asNode('ActionDecision', row, asOf);

/** The decisions about an action, the latest first. */
export const decisionsOfAction = childList<ActionDecisionRow, object>(decisionList, 'action_id', toDecision);
/** The decisions about an account's actions, also not to propose one; the latest first. */
export const decisionsOfAccount = childList<ActionDecisionRow, object>({ ...decisionList, name: 'action_decisions_of_account' }, 'account_id', toDecision);

const decisionsById = statement<ActionDecisionRow>('action_decisions_by_id', `select ${decisionColumns} from action_decision t ${subjectKeys} where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The decision of an id; null where the tenant has none. */
export const decisionById: Question<string, ActionDecisionRow | null> = {
  name: 'action_decisions_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(decisionsById, [call.tenantId, ids])).map((row) => [row.uuid, toDecision(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
