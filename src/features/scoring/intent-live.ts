import { Arg, Ctx, Field, FieldResolver, Float, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { isAbout, isOfMerged, LiveEvent, liveInterface, type LiveFact, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { Account, accountById, noSuchAccount, type AccountRow } from '../accounts/index.ts';
import { Signal, signalById, type SignalRow } from '../signals/index.ts';
import { CrossingDirection } from './intent.type.ts';
import { intentOfAccount } from './intent.queries.ts';
import { contextUpdated } from './scoring.events.ts';

/** What `intentScoreChanged` sends. */
export const IntentScoreUpdate = liveInterface('IntentScoreUpdate', 'What `intentScoreChanged` sends.');

/** A score changed. */
@ObjectType('IntentScoreChange', { implements: [LiveEvent, IntentScoreUpdate] as never, description: 'An intent score changed; or, first of all, stands as it is.', simpleResolvers: true })
export class IntentScoreChange extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque place in the stream; give it as `after` to go on behind it.' })
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, told first, and not a change.' })
  initial!: boolean;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'The score just before, 0 to 100; null when there was none, and in the present state.' })
  previous!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'The score, 0 to 100; null when the account has none.' })
  current!: number | null;

  @Derived()
  @Field(() => CrossingDirection, { nullable: true, description: 'Whether the high-intent threshold was crossed, and which way; null when it was not.' })
  crossedThreshold!: keyof typeof CrossingDirection | null;

  @Field(() => DateTime, { description: 'When it changed; for decay, the instant of the crossing. UTC.' })
  occurredAt!: string;
}

interface ChangePayload extends LivePayload, Omit<IntentScoreChange, 'cursor'> {
  readonly accountId: string;
  readonly signalId: string | null;
}

/** The account and the cause of a change, read again for each event. */
@Resolver(() => IntentScoreChange)
export class IntentScoreChangeResolver {
  @FieldResolver(() => Account, { description: 'The account.' })
  account(@Root() change: ChangePayload, @Ctx() call: Call): Promise<AccountRow | null> {
    return ask(call, accountById, null, change.accountId);
  }

  @FieldResolver(() => Signal, { nullable: true, description: 'The signal that caused it, the latest of several; null when no signal did.' })
  causedBy(@Root() change: ChangePayload, @Ctx() call: Call): Promise<SignalRow | null> | null {
    return change.signalId === null ? null : ask(call, signalById, null, change.signalId);
  }
}

interface IntentArgs {
  readonly accountIds?: readonly string[] | null;
  readonly minScore?: number | null;
  readonly crossingsOnly?: boolean | null;
}

/** How many accounts one subscription may name. */
const mostAccounts = 100;

/** Live scores. */
@Resolver()
export class IntentLiveResolver {
  @Subscription(() => IntentScoreUpdate as never, {
    subscribe: ({ args, context }) => intentQuery(args as IntentArgs, context as Call) as never,
    description: 'Intent scores as they change. First the present score of each account named (without accountIds: only a `Listening`), then each change. With `after`: what was missed since, then each change.',
  })
  intentScoreChanged(
    @Root() payload: LivePayload,
    @Arg('accountIds', () => [ID], { nullable: true, description: 'Only these accounts, at most 100; all of the tenant when left out.' }) _accountIds?: string[] | null,
    @Arg('minScore', () => Float, { nullable: true, description: 'Only changes to at least this score, 0 to 100.' }) _minScore?: number | null,
    @Arg('crossingsOnly', () => Boolean, { nullable: true, description: 'Only changes across the high-intent threshold.' }) _crossingsOnly?: boolean | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

/** What the subscription wants; refuses accounts that the tenant does not have. */
async function intentQuery({ accountIds, minScore, crossingsOnly }: IntentArgs, call: Call): Promise<LiveQuery> {
  if (accountIds && accountIds.length > mostAccounts) throw new InvalidInput(`At most ${mostAccounts} accounts in one subscription; leave accountIds out for all.`, ['accountIds']);
  if (typeof minScore === 'number' && !(minScore >= 0 && minScore <= 100)) throw new InvalidInput('minScore must be between 0 and 100.', ['minScore']);
  const named = accountIds ? new Set(await Promise.all(accountIds.map((id, index) => knownAccount(call, id, ['accountIds', String(index)])))) : null;
  return {
    kinds: [contextUpdated.kind],
    matches(fact) {
      if (isOfMerged(fact) || (named && !isAbout(fact, named))) return false;
      if (crossingsOnly && fact.data['crossed'] === null) return false;
      const { current } = fact.data;
      return typeof minScore !== 'number' || (typeof current === 'number' && current >= minScore);
    },
    async present(present, cursor) {
      if (!named || named.size === 0) return [{ __typename: 'Listening', cursor }];
      // Two that are one by now have one score.
      const accounts = new Set((await Promise.all([...named].map((id) => ask(present, accountById, null, id)))).flatMap((row) => row?.uuid ?? []));
      return Promise.all(
        [...accounts].map(async (accountId): Promise<ChangePayload> => {
          const intent = await ask(present, intentOfAccount, null, accountId);
          const occurredAt = intent?.computedAt ?? present.clock.now().toISOString();
          return { __typename: 'IntentScoreChange', cursor, initial: true, accountId, signalId: null, previous: null, current: intent?.value ?? null, crossedThreshold: null, occurredAt };
        }),
      );
    },
    payload: changePayload,
  };
}

function changePayload(fact: LiveFact, cursor: string): ChangePayload {
  const { accountId, signalId, previous, current, crossed } = contextUpdated.schema.parse(fact.data);
  return { __typename: 'IntentScoreChange', cursor, initial: false, accountId, signalId, previous, current, crossedThreshold: crossed, occurredAt: fact.occurredAt };
}

/** The key of an account that the tenant has, as it was named: what it counts for can change while it is followed. */
async function knownAccount(call: Call, globalId: string, path: readonly string[]): Promise<string> {
  const parsed = parseGlobalId(globalId, path);
  if (parsed?.type !== 'Account' || !(await ask(call, accountById, null, parsed.id))) throw noSuchAccount(path);
  return parsed.id;
}
