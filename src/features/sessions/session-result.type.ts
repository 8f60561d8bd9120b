import { GraphQLInt } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, SuppressedError, toUserError, UserError } from '../../platform/graphql/user-error.ts';
import { LockIsStale, MessagesAreWaiting, SessionIsBusy } from './errors.ts';
import { Session, SessionMessage, SessionSettings, SessionStep } from './session.type.ts';

/** Where a persistent context came from. */
export const ContextOrigin = graphEnum('SessionContextSource', 'Where the persistent context came from.', {
  REDIS: 'From the copy in Redis, which has the version of the database.',
  POSTGRES: 'From the database: Redis held no true copy.',
  CHATWOOT: 'From the contact\'s attributes in Chatwoot: nothing was known here.',
  NEW: 'Nothing was known anywhere.',
});

/** A session that was started. */
@ObjectType('SessionStarted', { simpleResolvers: true, description: 'The session was started: the caller holds its lock.' })
export class SessionStarted {
  @Field(() => Session, { description: 'The session.' })
  session!: Session;

  @Field(() => GraphQLInt, { description: 'Names the lock: every write states it.' })
  fencingToken!: number;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The unique id of the lock.' })
  lockId!: string;

  @Field(() => DateTime, { description: 'When the lock expires unless it is renewed. UTC.' })
  expiresAt!: string;

  @Field(() => ContextOrigin, { description: 'Where the persistent context came from.' })
  loadedFrom!: string;

  @Field(() => Boolean, { description: 'Whether the active context is that of a holder whose lock expired before it ended the session.' })
  resumed!: boolean;

  @Field(() => Boolean, { description: 'Whether an earlier request with the same `idempotencyKey` took the lock; this one changed nothing.' })
  repeated!: boolean;
}

/** Another holder. */
@ObjectType('SessionBusy', { implements: UserError, simpleResolvers: true, description: 'Another holder has the lock.' })
export class SessionBusy extends UserError {
  @Shows('TEXT')
  @Field(() => String, { description: 'Who holds it.' })
  holder!: string;

  @Field(() => DateTime, { description: 'When it expires unless it is renewed. UTC.' })
  expiresAt!: string;
}

/** A token of the past. */
@ObjectType('StaleLock', { implements: UserError, simpleResolvers: true, description: 'The fencing token no longer holds the lock: it expired, was released or was taken by another start. Nothing was written.' })
export class StaleLock extends UserError {}

/** A queue that is not empty. */
@ObjectType('MessagesWaiting', { implements: UserError, simpleResolvers: true, description: 'The session was not ended: messages wait in its queue. Drain them first.' })
export class MessagesWaiting extends UserError {
  @Field(() => GraphQLInt, { description: 'How many.' })
  count!: number;
}

/** A step that was stored. */
@ObjectType('SessionStepAppended', { simpleResolvers: true, description: 'The step was stored and the lock renewed.' })
export class SessionStepAppended {
  @Field(() => SessionStep, { description: 'The step.' })
  step!: SessionStep;

  @Field(() => DateTime, { description: 'When the lock expires now. UTC.' })
  expiresAt!: string;

  @Field(() => Boolean, { description: 'Whether an earlier request with the same `idempotencyKey` stored the step; this one changed nothing.' })
  repeated!: boolean;
}

/** Messages that were handed out. */
@ObjectType('MessagesDrained', { simpleResolvers: true, description: 'Messages that were handed out; the lock is renewed. The next drain, or the end of the session, acknowledges them.' })
export class MessagesDrained {
  @Field(() => [SessionMessage], { description: 'The messages, the oldest first; empty when none wait.' })
  messages!: readonly SessionMessage[];

  @Field(() => GraphQLInt, { description: 'How many wait behind them.' })
  remaining!: number;

  @Field(() => DateTime, { description: 'When the lock expires now. UTC.' })
  expiresAt!: string;
}

/** A lock that was renewed. */
@ObjectType('LockRenewed', { simpleResolvers: true, description: 'The lock was renewed for 300 seconds.' })
export class LockRenewed {
  @Field(() => DateTime, { description: 'When it expires now. UTC.' })
  expiresAt!: string;

  @Field(() => GraphQLInt, { description: 'How many messages wait to be drained.' })
  waiting!: number;
}

/** A session that was ended. */
@ObjectType('SessionEnded', { simpleResolvers: true, description: 'The session was ended: its persistent context is merged, its active context deleted, its lock released.' })
export class SessionEnded {
  @Field(() => Session, { description: 'The session.' })
  session!: Session;

  @Field(() => Boolean, { description: 'Whether an earlier request with the same fencing token ended the session; this one changed nothing.' })
  repeated!: boolean;
}

/** What a start returns. */
export const StartSessionResult = resultUnion('StartSessionResult', 'The session that was started, or why it was not.', [SessionStarted, SessionBusy, StaleLock, SuppressedError]);
/** What a step returns. */
export const AppendSessionStepResult = resultUnion('AppendSessionStepResult', 'The step, or why it was refused.', [SessionStepAppended, StaleLock, SuppressedError]);
/** What a drain returns. */
export const DrainMessagesResult = resultUnion('DrainMessagesResult', 'The messages, or why none were handed out.', [MessagesDrained, StaleLock]);
/** What a renewal returns. */
export const RenewLockResult = resultUnion('RenewLockResult', 'The renewed lock, or why it was not renewed.', [LockRenewed, StaleLock]);
/** What an end returns. */
export const EndSessionResult = resultUnion('EndSessionResult', 'The session that was ended, or why it was not.', [SessionEnded, StaleLock, MessagesWaiting, SuppressedError]);
/** What a decision on retention returns. */
export const SaveSessionSettingsResult = resultUnion('SaveSessionSettingsResult', 'The settings, or why they were refused.', [SessionSettings]);

/** Runs a mutation of sessions; an expected failure becomes its typed result. */
export async function sessionResult(body: () => Promise<object>): Promise<object> {
  try {
    return await body();
  } catch (error) {
    const expected = toUserError(error);
    if (!expected) throw error;
    if (error instanceof SessionIsBusy) return { ...expected, __typename: 'SessionBusy', holder: error.holder, expiresAt: error.expiresAt };
    if (error instanceof LockIsStale) return { ...expected, __typename: 'StaleLock' };
    if (error instanceof MessagesAreWaiting) return { ...expected, __typename: 'MessagesWaiting', count: error.count };
    return expected;
  }
}
