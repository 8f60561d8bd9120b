import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { isAbout, isOfMerged, LiveEvent, liveInterface, presentCursor, type LiveFact, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { Account, accountById, accountChanged, accountIdOf, noSuchAccount, type AccountRow } from '../accounts/index.ts';
import { contextLiveKinds } from './context-live-kinds.ts';
import { contextRefreshed } from './context.events.ts';
import { ContextSection } from './context.type.ts';
import { derivedValuesChanged } from './derived.events.ts';
import { DerivedValueKind } from './enums.ts';
import { sectionStates } from './section.queries.ts';
import { ContextSectionName, sectionsOfTable, type SectionState } from './sections.ts';

/** What `contextUpdated` sends. */
export const ContextLiveUpdate = liveInterface('ContextLiveUpdate', 'What `contextUpdated` sends.');

/** A context changed. */
@ObjectType('ContextUpdate', { implements: [LiveEvent, ContextLiveUpdate] as never, description: 'The context of an account changed; or, first of all, its present state.', simpleResolvers: true })
export class ContextUpdate extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque cursor; pass as `after` to resume.' })
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, sent first, and not a change.' })
  initial!: boolean;

  @Field(() => [ContextSectionName], { description: 'The sections whose records changed, or that were fetched; empty in the present state, and where only derived values changed.' })
  changedSections!: readonly ContextSectionName[];

  @Field(() => [DerivedValueKind], { description: 'The derived values that say something else; empty in the present state, and where only records changed.' })
  changedValues!: readonly DerivedValueKind[];

  @Field(() => DateTime, { description: 'When it changed. UTC.' })
  occurredAt!: string;
}

interface UpdatePayload extends LivePayload, Omit<ContextUpdate, 'cursor'> {
  readonly accountId: string;
}

/** The account and its sections, read again for each event. */
@Resolver(() => ContextUpdate)
export class ContextUpdateResolver {
  @FieldResolver(() => Account, { nullable: true, description: 'The account, as it is when this is sent.' })
  account(@Root() { accountId }: UpdatePayload, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, null, accountId);
  }

  @FieldResolver(() => [ContextSection], { description: 'All sections, as they are when this is sent.' })
  sections(@Root() { accountId }: UpdatePayload, @Ctx() call: Call): Promise<readonly SectionState[]> {
    return sectionStates(call, { accountId, asOf: null });
  }
}

/** How many accounts one subscription may name. */
const mostAccounts = 100;

/** Live contexts. */
@Resolver()
export class ContextLiveResolver {
  @Subscription(() => ContextLiveUpdate as never, {
    subscribe: ({ args, context }) => contextQuery(args as { accountIds?: readonly string[] | null }, context as Call) as never,
    description: 'Contexts as they change: one event for each change of a section\'s records, for each change of a derived value, and for each refresh. First the present state of each account named (without accountIds: only a `Listening`). With `after`: what was missed since, then each change. Time alone sends nothing: a section that becomes STALE does so when it is read.',
  })
  contextUpdated(
    @Root() payload: LivePayload,
    @Arg('accountIds', () => [ID], { nullable: true, description: 'Only these accounts, at most 100; all of the tenant when left out.' }) _accountIds?: string[] | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

/** What the subscription wants; refuses accounts that the tenant does not have. */
async function contextQuery({ accountIds }: { accountIds?: readonly string[] | null }, call: Call): Promise<LiveQuery> {
  if (accountIds && accountIds.length > mostAccounts) throw new InvalidInput(`At most ${mostAccounts} accounts in one subscription; leave accountIds out for all.`, ['accountIds']);
  const named = accountIds ? new Set(await Promise.all(accountIds.map((id, index) => knownAccount(call, id, ['accountIds', String(index)])))) : null;
  return {
    kinds: contextLiveKinds,
    matches: (fact) => !isOfMerged(fact) && (named === null || isAbout(fact, named)) && concernsContext(fact),
    async present(present, cursor) {
      if (!named || named.size === 0) return [{ __typename: 'Listening', cursor }];
      // Two that are one by now have one context.
      const accounts = [...new Set((await Promise.all([...named].map((id) => ask(present, accountById, null, id)))).flatMap((row) => row?.uuid ?? []))];
      const occurredAt = present.clock.now().toISOString();
      const partly = presentCursor(present.tenantId);
      return accounts.map((accountId, index): UpdatePayload => ({ __typename: 'ContextUpdate', cursor: index === accounts.length - 1 ? cursor : partly, initial: true, changedSections: [], changedValues: [], accountId, occurredAt }));
    },
    payload: (fact, cursor): UpdatePayload => ({ __typename: 'ContextUpdate', cursor, initial: false, changedSections: changedIn(fact), changedValues: fact.kind === derivedValuesChanged.kind ? derivedValuesChanged.schema.parse(fact.data).kinds : [], accountId: fact.survivorId ?? fact.accountId ?? '', occurredAt: fact.occurredAt }),
  };
}

/** Whether a fact is about something that a context shows. */
function concernsContext(fact: LiveFact): boolean {
  return fact.kind !== accountChanged.kind || sectionsOfTable(String(fact.data['what'])).length > 0;
}

function changedIn({ kind, data }: LiveFact): readonly ContextSectionName[] {
  if (kind === accountChanged.kind) return sectionsOfTable(accountChanged.schema.parse(data).what);
  if (kind === contextRefreshed.kind) return contextRefreshed.schema.parse(data).sections.flatMap(({ section, outcome }) => (outcome === 'FETCHED' ? [section] : []));
  return [];
}

/** The key of an account that the tenant has, as it was named: what it counts for can change while it is followed. */
async function knownAccount(call: Call, globalId: string, path: readonly string[]): Promise<string> {
  const id = accountIdOf(globalId, path);
  if (!(await ask(call, accountById, null, id))) throw noSuchAccount(path);
  return id;
}
