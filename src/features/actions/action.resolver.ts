import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type Page } from '../../platform/graphql/connection.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { readList } from '../../platform/page/list.ts';
import { Account, accountById, accountRecords, type AccountRow } from '../accounts/index.ts';
import { ActionFilter, ActionOrder, actionQueue } from './action-list.ts';
import { readsDrafts } from './action.policy.ts';
import { actionById, actionsOfAccount, decisionsOfAccount, decisionsOfAction, frozenOf, toAction, type RawAction } from './action.queries.ts';
import { Action, ActionConnection, ActionDecision, ActionDecisionConnection, type ActionDecisionRow, type ActionRow } from './action.type.ts';
import { checkActionFilter } from './check-action-filter.ts';
import { disclosureOf } from './disclosure.ts';
import { openContent } from './action-content.ts';
import { showEvidence } from './show-evidence.ts';
import { ActionDraft, ActionEvidence } from './evidence.type.ts';
import { JsonObject } from '../../platform/graphql/scalars.ts';

const contacts = accountRecords.find(({ type }) => type === 'Contact');
if (!contacts) throw new Error('accounts have no contacts');
const { byId: contactById, ObjectClass: Contact } = contacts;

/** The queue, and what an action is made of. */
@Resolver(() => Action)
export class ActionResolver {
  @Query(() => ActionConnection, { description: 'The tenant\'s actions, the longest waiting first: with the filter `{ statuses: [PENDING, CLAIMED] }`, the approval queue.' })
  async actions(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ActionFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ActionFilter | null,
    @Arg('orderBy', () => ActionOrder, { nullable: true, description: 'In which order; by when they were proposed when left out.' }) orderBy?: ActionOrder | null,
  ): Promise<Page<ActionRow>> {
    await checkActionFilter(call, filter, null);
    const raw = await readList<RawAction, ActionFilter>(call, actionQueue, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, null);
    for (const { node } of raw.edges) toAction(node, null);
    return raw as unknown as Page<ActionRow>;
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account it is for; null for a promotion of a scoring model, which concerns the whole tenant.' })
  account(@Root() action: ActionRow, @Ctx() call: Call): Promise<AccountRow | null> | null {
    return action.accountId === null ? null : ask(call, accountById, action.asOf, action.accountId);
  }

  @FieldResolver(() => Contact, { nullable: true, description: 'The contact it is addressed to; null for other types than EMAIL, and once they were erased.' })
  contact(@Root() action: ActionRow, @Ctx() call: Call): Promise<object | null> | null {
    return action.contactId === null ? null : ask(call, contactById, action.asOf, action.contactId);
  }

  @FieldResolver(() => ActionDraft, { description: 'The e-mail as it would be sent. Of other types, address, subject and text are null: see `crmChange` and `promotion`.' })
  async draft(@Root() action: ActionRow, @Ctx() call: Call): Promise<ActionDraft> {
    const { draftSealed, wrappedKey, generatedBy, model, prompt, author, isEdited, draftedAt } = await frozenOf(action, call);
    const reads = readsDrafts(call);
    const { to = null, subject = null, body = null } = (reads && action.type === 'EMAIL' ? openContent(call.seal, wrappedKey, draftSealed) : null) ?? {};
    return { to, subject, body, masked: !reads && wrappedKey !== null, generatedBy, editedBy: isEdited ? author : null, model, prompt, draftedAt, disclosure: disclosureOf({ generatedBy, model, draftedAt, isEdited }) };
  }

  @Shows('DRAFT')
  @FieldResolver(() => String, { nullable: true, description: 'Why its author thinks it is right. Personal data, as the draft is.' })
  async reasoning(@Root() action: ActionRow, @Ctx() call: Call): Promise<string | null> {
    if (!readsDrafts(call)) return null;
    const { reasoningSealed, wrappedKey } = await frozenOf(action, call);
    return call.seal.open(wrappedKey, reasoningSealed);
  }

  @FieldResolver(() => ActionEvidence, { description: 'What it rests on, frozen.' })
  async evidence(@Root() action: ActionRow, @Ctx() call: Call): Promise<ActionEvidence> {
    return showEvidence(await frozenOf(action, call));
  }

  @FieldResolver(() => ActionDecisionConnection, { description: 'Every decision about it, the latest first.' })
  decisions(@Root() action: ActionRow, @Ctx() call: Call, @Args(() => PageArgs) page: PageArgs): Promise<Page<ActionDecisionRow>> {
    return decisionsOfAction.page(call, action.uuid, page, action.asOf);
  }
}

/** The actions of an account. */
@Resolver(() => Account)
export class ActionsOfAccountResolver {
  @FieldResolver(() => ActionConnection, { description: 'The actions for the account, the latest first.' })
  async actions(
    @Root() account: AccountRow,
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => ActionFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: ActionFilter | null,
    @Arg('orderBy', () => ActionOrder, { nullable: true, description: 'In which order.' }) orderBy?: ActionOrder | null,
  ): Promise<Page<ActionRow>> {
    await checkActionFilter(call, filter, account.uuid);
    return actionsOfAccount.page(call, account.uuid, { ...page, filter: filter ?? null, orderBy: orderBy ?? null }, account.asOf);
  }

  @FieldResolver(() => ActionDecisionConnection, { description: 'Every decision about actions for the account, also not to propose one; the latest first.' })
  actionDecisions(@Root() account: AccountRow, @Ctx() call: Call, @Args(() => PageArgs) page: PageArgs): Promise<Page<ActionDecisionRow>> {
    return decisionsOfAccount.page(call, account.uuid, page, account.asOf);
  }
}

/** What a decision is about. */
@Resolver(() => ActionDecision)
export class ActionDecisionResolver {
  @FieldResolver(() => Action, { nullable: true, description: 'The action; null where none was proposed.' })
  action(@Root() decision: ActionDecisionRow, @Ctx() call: Call): Promise<ActionRow | null> | null {
    return decision.actionId === null ? null : ask(call, actionById, decision.asOf, decision.actionId);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account; null where the action concerns the whole tenant.' })
  account(@Root() decision: ActionDecisionRow, @Ctx() call: Call): Promise<AccountRow | null> | null {
    return decision.accountId === null ? null : ask(call, accountById, decision.asOf, decision.accountId);
  }

  @Shows('CONSENT_EVIDENCE')
  @FieldResolver(() => JsonObject, { description: 'Ids, digests and figures that it was made from.' })
  inputs(@Root() decision: ActionDecisionRow): Readonly<Record<string, unknown>> {
    return decision.inputs;
  }

  @Shows('DRAFT')
  @FieldResolver(() => String, { nullable: true, description: 'What the person who decided gave as reason; null where nobody gave one, for callers whose roles do not read drafts, and once the addressee was erased.' })
  remark(@Root() decision: ActionDecisionRow, @Ctx() call: Call): string | null {
    return readsDrafts(call) ? call.seal.open(decision.wrappedKey, decision.remarkSealed) : null;
  }
}
