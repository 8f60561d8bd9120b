import { GraphQLInt } from 'graphql';
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { Account, accountById, type AccountRow } from '../accounts/index.ts';
import { factsOf } from './session-fact.queries.ts';
import { SessionFact, type SessionFactRow } from './session-fact.type.ts';
import { checkSessionRef, sessionIdOf } from './session-ref.ts';
import { activeContextOf, persistentValuesOf } from './session-contents.ts';
import { pendingOfSession, readSessionSettings, sessionById, stepsOfSession } from './session.queries.ts';
import { Session, SessionMessage, SessionSettings, SessionStep, type SessionRow } from './session.type.ts';

/** Sessions, as they are read. */
@Resolver(() => Session)
export class SessionResolver {
  @Query(() => Session, { nullable: true, description: 'The session with a contact of a Chatwoot inbox; null if there was none.' })
  session(
    @Ctx() call: Call,
    @Arg('inboxId', () => GraphQLInt, { description: 'The inbox in Chatwoot.' }) inboxId: number,
    @Arg('contactId', () => String, { description: 'The contact in Chatwoot.' }) contactId: string,
  ): Promise<SessionRow | null> {
    return ask(call, sessionById, null, sessionIdOf(call.seal, call.tenantId, checkSessionRef({ inboxId, contactId }, [])));
  }

  @Query(() => SessionSettings, { description: 'How long the tenant keeps sessions.' })
  sessionSettings(@Ctx() call: Call): Promise<SessionSettings> {
    return readSessionSettings(call);
  }

  @Shows('PROFILE_VALUE')
  @FieldResolver(() => JsonObject, { nullable: true, description: 'The state of the agent\'s work, as the holder stated it last. Null an hour after that, after the end, and for callers who are not shown personal values. `[hidden]` under keys that hold data of children for callers who are not shown it.' })
  activeContext(@Root() session: SessionRow, @Ctx() call: Call): Promise<unknown> {
    return activeContextOf(call, session);
  }

  @Shows('PROFILE_VALUE')
  @FieldResolver(() => JsonObject, { nullable: true, description: 'What is kept of the contact from session to session, without nulls. Null where nothing was stated, and for callers who are not shown personal values. `[hidden]` under keys that hold data of children for callers who are not shown it.' })
  persistentContext(@Root() session: SessionRow, @Ctx() call: Call): Promise<unknown> {
    return persistentValuesOf(call, session);
  }

  @FieldResolver(() => [SessionFact], { description: 'What was stated to be kept, the latest first, at most 200, and whether it became a value of the profile. Empty for callers who are not shown personal values.' })
  facts(@Root() session: SessionRow, @Ctx() call: Call): Promise<readonly SessionFactRow[]> {
    return factsOf(call, session);
  }

  @FieldResolver(() => [SessionMessage], { description: 'The first 100 messages that wait to be handed out, the oldest first. Reading them hands none out.' })
  pendingMessages(@Root() session: SessionRow, @Ctx() call: Call): Promise<readonly SessionMessage[]> {
    return ask(call, pendingOfSession, null, session.uuid);
  }

  @FieldResolver(() => [SessionStep], { description: 'The latest 100 steps, the last first.' })
  steps(@Root() session: SessionRow, @Ctx() call: Call): Promise<readonly SessionStep[]> {
    return ask(call, stepsOfSession, null, session.uuid);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account of the contact; null while the contact is not known in the graph.' })
  account(@Root() session: SessionRow, @Ctx() call: Call): Promise<AccountRow | null> | null {
    return session.accountId === null ? null : ask(call, accountById, null, session.accountId);
  }
}
