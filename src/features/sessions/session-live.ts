import { GraphQLInt } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, ObjectType, Resolver, Root, Subscription } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { LiveEvent, liveInterface, type LiveFact, type LivePayload, type LiveQuery } from '../../platform/graphql/live.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { checkSessionRef, sessionIdOf } from './session-ref.ts';
import { sessionById } from './session.queries.ts';
import { Session, type SessionRow } from './session.type.ts';
import { sessionContextChanged, sessionEnded, sessionErased, sessionEventKinds, sessionMessagesDrained, sessionMessagesQueued, sessionStarted, sessionStepAppended } from './sessions.events.ts';

/** What `sessionChanged` sends. */
export const SessionUpdate = liveInterface('SessionUpdate', 'What `sessionChanged` sends.');

const SessionChangeKind = graphEnum('SessionChangeKind', 'What happened to a session.', {
  STARTED: 'A holder took the lock.',
  STEP_APPENDED: 'The holder appended a step.',
  MESSAGES_QUEUED: 'Messages arrived.',
  MESSAGES_DRAINED: 'Messages were handed out to the holder.',
  CONTEXT_CHANGED: 'The persistent context took over values of a copy elsewhere.',
  ENDED: 'The holder ended the session.',
  ERASED: 'The contact was erased.',
});

const changes: Readonly<Record<string, string>> = {
  [sessionStarted.kind]: 'STARTED', [sessionStepAppended.kind]: 'STEP_APPENDED', [sessionMessagesQueued.kind]: 'MESSAGES_QUEUED', [sessionMessagesDrained.kind]: 'MESSAGES_DRAINED',
  [sessionContextChanged.kind]: 'CONTEXT_CHANGED', [sessionEnded.kind]: 'ENDED', [sessionErased.kind]: 'ERASED',
};

/** A session changed. */
@ObjectType('SessionChange', { implements: [LiveEvent, SessionUpdate] as never, simpleResolvers: true, description: 'A session changed; or, first of all, its present state.' })
export class SessionChange extends LiveEvent {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Opaque cursor; pass as `after` to resume.' })
  override cursor!: string;

  @Field(() => Boolean, { description: 'Whether this is the present state, sent first, and not a change.' })
  initial!: boolean;

  @Field(() => SessionChangeKind, { nullable: true, description: 'What happened; null in the present state.' })
  kind!: string | null;

  @Field(() => DateTime, { description: 'When it happened; for the present state, when it was read. UTC.' })
  occurredAt!: string;
}

interface ChangePayload extends LivePayload, Omit<SessionChange, 'cursor'> {
  readonly sessionId: string;
}

/** The session of a change, read again for each event. */
@Resolver(() => SessionChange)
export class SessionChangeResolver {
  @FieldResolver(() => Session, { nullable: true, description: 'The session as it is now; null once its contact was erased.' })
  session(@Root() change: ChangePayload, @Ctx() call: Call): Promise<SessionRow | null> {
    return ask(call, sessionById, null, change.sessionId);
  }
}

/** Live sessions. */
@Resolver()
export class SessionLiveResolver {
  @Subscription(() => SessionUpdate as never, {
    subscribe: ({ args, context }) => sessionQuery(args as { inboxId: number; contactId: string }, context as Call) as never,
    description: 'A session as it changes. First its present state (a `Listening` if there is none yet), then each change. With `after`: what was missed since, then each change. A renewed lock is no change.',
  })
  sessionChanged(
    @Root() payload: LivePayload,
    @Arg('inboxId', () => GraphQLInt, { description: 'The inbox in Chatwoot.' }) _inboxId: number,
    @Arg('contactId', () => String, { description: 'The contact in Chatwoot.' }) _contactId: string,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event seen.' }) _after?: string | null,
  ): LivePayload {
    return payload;
  }
}

async function sessionQuery(args: { readonly inboxId: number; readonly contactId: string }, call: Call): Promise<LiveQuery> {
  const sessionId = sessionIdOf(call.seal, call.tenantId, checkSessionRef(args, []));
  return {
    kinds: sessionEventKinds,
    matches: ({ data }) => data['sessionId'] === sessionId,
    async present(present, cursor) {
      if (!(await ask(present, sessionById, null, sessionId))) return [{ __typename: 'Listening', cursor }];
      return [{ __typename: 'SessionChange', cursor, initial: true, kind: null, occurredAt: present.clock.now().toISOString(), sessionId } satisfies ChangePayload];
    },
    payload: ({ kind, occurredAt }: LiveFact, cursor): ChangePayload => ({ __typename: 'SessionChange', cursor, initial: false, kind: changes[kind] ?? null, occurredAt, sessionId }),
  };
}
