import { Arg, Ctx, Field, FieldResolver, InputType, ObjectType, Resolver, Root, Subscription, ID } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { OrderDirection } from '../../platform/graphql/connection.ts';
import { isAbout, LiveEvent, liveInterface, presentCursor, type LiveFact, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { readList } from '../../platform/page/list.ts';
import { accountById } from '../accounts/index.ts';
import { actionList, type ActionFilter } from './action-list.ts';
import { actionEventKinds, type ActionChanged } from './action.events.ts';
import { actionById, actionsOfAccount, decisionById, toAction, type RawAction } from './action.queries.ts';
import { openStatuses } from './action.states.ts';
import { accountOf } from './check-action-filter.ts';
import { Action, ActionActor, ActionDecision, type ActionDecisionRow, type ActionRow } from './action.type.ts';
import { ActionStatus } from './enums.ts';

/** How many actions the present state tells of. */
const mostPresent = 100;

/** What `actionChanged` sends. */
export const ActionUpdate = liveInterface('ActionUpdate', 'What `actionChanged` sends.');

/** An action changed. */
@ObjectType('ActionChange', { implements: [LiveEvent, ActionUpdate] as never, description: 'An action changed; or, first of all, stands in the queue as it is.', simpleResolvers: true })
export class ActionChange extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque place in the stream; give it as `after` to go on behind it.' })
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, told first, and not a change.' })
  initial!: boolean;

  @Field(() => Boolean, { description: `Whether more waits than the present state tells of, which ends here after ${mostPresent}: read the rest by \`actions\`.` })
  more!: boolean;

  @Field(() => ActionStatus, { nullable: true, description: 'What it was before; null for a new action and in the present state. The same as the new one for an edit and for evidence that was frozen anew.' })
  previousStatus!: ActionStatus | null;

  @Field(() => ActionStatus, { description: 'What it became by this change. By now it may be further: see `action`.' })
  status!: ActionStatus;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Why, as a code: `CONSENT_REVOKED`, `APPROVED_BY_PERSON`, …; null in the present state.' })
  reason!: string | null;

  @Field(() => DateTime, { description: 'When. UTC.' })
  occurredAt!: string;
}

interface ChangePayload extends LivePayload, Omit<ActionChange, 'cursor'> {
  readonly actionId: string;
  readonly decisionId: string | null;
}

/** The action that changed and who changed it, read again for each event. */
@Resolver(() => ActionChange)
export class ActionChangeResolver {
  @FieldResolver(() => Action, { description: 'The action, as it is when this is sent.' })
  action(@Root() change: ChangePayload, @Ctx() call: Call): Promise<ActionRow | null> {
    return ask(call, actionById, null, change.actionId);
  }

  @FieldResolver(() => ActionDecision, { nullable: true, description: 'The trace of the decision; null in the present state.' })
  decision(@Root() change: ChangePayload, @Ctx() call: Call): Promise<ActionDecisionRow | null> | null {
    return change.decisionId === null ? null : ask(call, decisionById, null, change.decisionId);
  }

  @FieldResolver(() => ActionActor, { nullable: true, description: 'Who did it; null in the present state.' })
  async actor(@Root() change: ChangePayload, @Ctx() call: Call): Promise<ActionActor | null> {
    return change.decisionId === null ? null : ((await ask(call, decisionById, null, change.decisionId))?.actor ?? null);
  }
}

/** Which changes a subscriber is told of. */
@InputType('ActionChangeFilter', { description: 'Which changes to be told of; conditions are joined by AND.' })
export class ActionChangeFilter {
  @Field(() => [ActionStatus], { nullable: true, description: 'Changes into one of these statuses, and changes within one.' })
  statuses?: ActionStatus[] | null;

  @Field(() => [ActionStatus], { nullable: true, description: 'Changes into one of these statuses, and changes within one.', deprecationReason: 'Use statuses.' })
  status?: ActionStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Of this account alone.' })
  accountId?: string | null;
}

/** Live actions. */
@Resolver()
export class ActionLiveResolver {
  @Subscription(() => ActionUpdate as never, {
    subscribe: ({ args, context }) => actionQuery(args as { filter?: ActionChangeFilter | null }, context as Call) as never,
    description: `Actions as they change: the approval queue, live. First what waits for a decision now, in the states asked for, the longest waiting first, at most ${mostPresent} (a \`Listening\` when nothing does), of which the last alone bears the cursor to go on behind (any other begins anew) and says whether there is \`more\`; then each change. With \`after\`: what was missed since, then each change.`,
  })
  actionChanged(
    @Root() payload: LivePayload,
    @Arg('filter', () => ActionChangeFilter, { nullable: true, description: 'Which changes.' }) _filter?: ActionChangeFilter | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

async function actionQuery({ filter }: { filter?: ActionChangeFilter | null }, call: Call): Promise<LiveQuery> {
  for (const name of ['statuses', 'status'] as const) {
    if (filter?.[name]?.length === 0) throw new InvalidInput(`${name} must not be empty. Leave it out for all.`, ['filter', name]);
  }
  const { statuses: plural, status: singular } = filter ?? {};
  const statuses = plural && singular ? plural.filter((status) => singular.includes(status)) : (plural ?? singular ?? null);
  if (filter?.accountId) await accountOf(call, filter.accountId);
  // The queue of the present is followed. As it was named: what it counts for can change meanwhile.
  const parsed = filter?.accountId ? parseGlobalId(filter.accountId, ['filter', 'accountId']) : null;
  const named = parsed && new Set([parsed.id]);
  const waiting = openStatuses.filter((status) => statuses?.includes(status) ?? true);
  return {
    kinds: actionEventKinds,
    matches: (fact) => (named === null || isAbout(fact, named)) && (statuses === null || statuses.some((status) => status === fact.data['status'])),
    async present(present, cursor) {
      const account = parsed && ((await ask(present, accountById, null, parsed.id))?.uuid ?? parsed.id);
      const { rows, more } = waiting.length === 0 ? { rows: [], more: false } : await waitingActions(present, waiting, account);
      if (rows.length === 0) return [{ __typename: 'Listening', cursor }];
      const last = rows.length - 1;
      return rows.map(({ uuid, status, proposedAt }, at): ChangePayload => ({ __typename: 'ActionChange', cursor: at === last ? cursor : presentCursor(present.tenantId), initial: true, more: more && at === last, actionId: uuid, decisionId: null, previousStatus: null, status, reason: null, occurredAt: proposedAt }));
    },
    payload: changePayload,
  };
}

async function waitingActions(call: Call, statuses: ActionStatus[], account: string | null): Promise<{ readonly rows: readonly ActionRow[]; readonly more: boolean }> {
  const args = { first: mostPresent, filter: { statuses }, orderBy: { field: 'PROPOSED_AT', direction: OrderDirection.ASC } };
  if (account !== null) {
    const { edges, pageInfo } = await actionsOfAccount.page(call, account, args, null);
    return { rows: edges.map(({ node }) => node), more: pageInfo.hasNextPage };
  }
  const { edges, pageInfo } = await readList<RawAction, ActionFilter>(call, actionList, args, null);
  return { rows: edges.map(({ node }) => toAction(node, null)), more: pageInfo.hasNextPage };
}

function changePayload(fact: LiveFact, cursor: string): ChangePayload {
  // Each kind's own schema was checked when the fact was recorded.
  const { actionId, previousStatus, status, decisionId, reason } = fact.data as unknown as ActionChanged;
  return { __typename: 'ActionChange', cursor, initial: false, more: false, actionId, decisionId, previousStatus, status, reason, occurredAt: fact.occurredAt };
}
