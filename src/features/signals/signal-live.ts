import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { isAbout, LiveEvent, liveInterface, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { accountById, noSuchAccount } from '../accounts/index.ts';
import { signalIngested } from './signal.events.ts';
import { signalById, signalsOfAccount } from './signal.queries.ts';
import { Signal, type SignalRow } from './signal.type.ts';

/** What `signalIngested` sends. */
export const SignalUpdate = liveInterface('SignalUpdate', 'What `signalIngested` sends.');

/** A signal came in. */
@ObjectType('SignalIngest', { implements: [LiveEvent, SignalUpdate] as never, description: 'A signal came in; or, first of all, the latest one there is.', simpleResolvers: true })
export class SignalIngest extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque place in the stream; give it as `after` to go on behind it.' })
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, told first, and not a new signal.' })
  initial!: boolean;
}

interface IngestPayload extends LivePayload {
  readonly initial: boolean;
  readonly signalId: string;
}

/** The signal that came in, read again for each event. */
@Resolver(() => SignalIngest)
export class SignalIngestResolver {
  @FieldResolver(() => Signal, { description: 'The signal.' })
  signal(@Root() event: IngestPayload, @Ctx() call: Call): Promise<SignalRow | null> {
    return ask(call, signalById, null, event.signalId);
  }
}

/** Live signals. */
@Resolver()
export class SignalLiveResolver {
  @Subscription(() => SignalUpdate as never, {
    subscribe: ({ args, context }) => signalQuery(args as { accountId: string }, context as Call) as never,
    description: 'The signals of an account as they come in. First the latest there is (a `Listening` when there is none), then each new one. With `after`: what was missed since, then each new one.',
  })
  signalIngested(
    @Root() payload: LivePayload,
    @Arg('accountId', () => ID, { description: 'The account.' }) _accountId: string,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

async function signalQuery({ accountId: globalId }: { accountId: string }, call: Call): Promise<LiveQuery> {
  const parsed = parseGlobalId(globalId, ['accountId']);
  const account = parsed?.type === 'Account' ? await ask(call, accountById, null, parsed.id) : null;
  if (!parsed || !account) throw noSuchAccount(['accountId']);
  // As it was named: what it counts for can change while it is followed.
  const named = new Set([parsed.id]);
  return {
    kinds: [signalIngested.kind],
    matches: (fact) => isAbout(fact, named),
    async present(present, cursor): Promise<LivePayload[]> {
      const now = await ask(present, accountById, null, parsed.id);
      const latest = now && (await signalsOfAccount.page(present, now.uuid, { first: 1 }, null)).edges[0]?.node;
      return [latest ? ({ __typename: 'SignalIngest', cursor, initial: true, signalId: latest.uuid } as IngestPayload) : { __typename: 'Listening', cursor }];
    },
    payload: (fact, cursor): IngestPayload => ({ __typename: 'SignalIngest', cursor, initial: false, signalId: signalIngested.schema.parse(fact.data).signalId }),
  };
}
