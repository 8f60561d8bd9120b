import { Field, Float, ID, InputType } from 'type-graphql';
import { OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { parseItemId } from '../../platform/ids.ts';
import type { Bind, ListSource } from '../../platform/page/list.ts';
import { survivorOf } from '../accounts/index.ts';
import { ActionStatus, RiskLevel } from './enums.ts';
import { isOpen } from './action.states.ts';

const ActionOrderField = graphEnum('ActionOrderField', 'What a list of actions can be ordered by.', {
  PROPOSED_AT: 'By when they were proposed.',
  EXPIRES_AT: 'By until when they can be decided on.',
});

/** The orderBy input of a list of actions. */
export const ActionOrder = orderInput('Action', ActionOrderField, OrderDirection.ASC);
export type ActionOrder = InstanceType<typeof ActionOrder>;

/** Which actions to list. */
@InputType('ActionFilter', { description: 'Which actions to list; conditions are joined by AND.' })
export class ActionFilter {
  @Field(() => [ActionStatus], { nullable: true, description: 'In one of these statuses.' })
  statuses?: ActionStatus[] | null;

  @Field(() => [ActionStatus], { nullable: true, description: 'In one of these statuses.', deprecationReason: 'Use statuses.' })
  status?: ActionStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'For this account; refused as NOT_FOUND where the tenant has none of that id.' })
  accountId?: string | null;

  @Field(() => String, { nullable: true, description: 'Claimed by the person of this id, as `claimedBy.id` says it; the program knows no list of people, so somebody unknown has claimed nothing.' })
  claimedBy?: string | null;

  @Field(() => [RiskLevel], { nullable: true, description: 'With one of these risk levels.' })
  riskLevels?: RiskLevel[] | null;

  @Field(() => [RiskLevel], { nullable: true, description: 'With one of these risk levels.', deprecationReason: 'Use riskLevels.' })
  riskLevel?: RiskLevel[] | null;

  @Field(() => Float, { nullable: true, description: 'Of at least this confidence, 0 to 1; without those that nobody weighed.' })
  minConfidence?: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Proposed from this instant on.' })
  proposedFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Proposed before this instant.' })
  proposedBefore?: string | null;
}

/** The columns of an action; the table is called `t`. */
export const actionColumns = `t.id as uuid, t.account_id as "accountId", t.type, t.status, t.risk_level as "riskLevel", t.confidence, t.contact_id as "contactId", t.subject_id as "subjectId", t.score_point_id as "scorePointId",
  t.evidence_version as "evidenceVersion", t.evidence_digest as "evidenceDigest", t.proposed_by_kind as "proposedByKind", t.proposed_by_id as "proposedById", t.proposed_at as "proposedAt",
  t.expires_at as "expiresAt", t.claimed_by_kind as "claimedByKind", t.claimed_by_id as "claimedById", t.claim_expires_at as "claimExpiresAt", t.decided_by_kind as "decidedByKind",
  t.decided_by_id as "decidedById", t.decided_at as "decidedAt", t.end_reason as "endReason", t.executed_at as "executedAt"`;

// The queue has an index of its own, which the planner uses only for the plain column.
const inStatuses = (values: readonly ActionStatus[], bind: Bind): string =>
  `${values.length > 0 && values.every(isOpen) ? 't.is_open and ' : ''}t.status = any(${bind(values, 'text[]')})`;

const withRiskLevels = (values: readonly RiskLevel[], bind: Bind): string => `t.risk_level = any(${bind(values, 'text[]')})`;

/** Actions as a list: of the tenant, or of an account. */
export const actionList: ListSource<ActionFilter> = {
  name: 'actions',
  table: 'action',
  columns: actionColumns,
  orders: {
    PROPOSED_AT: { by: 't.proposed_at', type: 'timestamptz' },
    EXPIRES_AT: { by: 't.expires_at', type: 'timestamptz' },
  },
  filters: {
    statuses: inStatuses,
    status: inStatuses,
    accountId: (value, bind) => `t.account_id = ${survivorOf(bind(parseItemId(value)?.id ?? null, 'uuid'))}`,
    claimedBy: (value, bind) => `t.claimed_by_id = ${bind(value, 'text')}`,
    riskLevels: withRiskLevels,
    riskLevel: withRiskLevels,
    minConfidence: (value, bind) => `t.confidence >= ${bind(value, 'float8')}`,
    proposedFrom: (value, bind) => `t.proposed_at >= ${bind(value, 'timestamptz')}`,
    proposedBefore: (value, bind) => `t.proposed_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'PROPOSED_AT', direction: OrderDirection.ASC },
};

/**
 * The tenant's queue. Whoever reads it looks at drafts and evidence, so they come with the page and not by a statement of
 * their own; they are looked up for the rows of the page alone, and not where the queue is only counted.
 */
export const actionQueue: ListSource<ActionFilter> = {
  ...actionList,
  columns: `${actionColumns}, (
    select json_build_object('actionId', e.action_id, 'version', e.version, 'digest', e.digest, 'evidence', e.evidence, 'draftSealed', encode(e.draft_sealed, 'base64'),
      'reasoningSealed', encode(e.reasoning_sealed, 'base64'), 'wrappedKey', encode(k.wrapped_key, 'base64'), 'generatedBy', e.generated_by, 'model', e.model, 'prompt', e.prompt,
      'author', json_build_object('kind', e.author_kind, 'id', e.author_id), 'isEdited', e.is_edited, 'frozenAt', e.frozen_at, 'draftedAt', coalesce(e.drafted_at, t.proposed_at))
    from action_evidence e left join subject_key k on k.tenant_id = t.tenant_id and k.subject_id = t.subject_id
    where e.tenant_id = t.tenant_id and e.action_id = t.id and e.version = t.evidence_version) as frozen`,
};
