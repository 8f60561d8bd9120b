import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Call } from '../../platform/graphql/call.ts';
import { requireRole } from '../access/index.ts';
import { mayKeepSessions } from './sessions.policy.ts';
import { saveSessionSettings } from './session-retention.ts';
import { sessionAnswers } from './session-answers.ts';
import { AppendSessionStepResult, DrainMessagesResult, EndSessionResult, RenewLockResult, SaveSessionSettingsResult, sessionResult, StartSessionResult } from './session-result.type.ts';
import { DrainMessagesInput, EndSessionInput, SessionHolderInput, SessionSettingsInput, SessionStepInput, StartSessionInput } from './session.type.ts';

const forWhom = 'For agents and administrators.';

/** What holders do with sessions. */
@Resolver()
export class SessionMutations {
  @Mutation(() => StartSessionResult as never, { description: `Starts a session: takes its lock for 300 seconds, loads the persistent context and creates the active one. ${forWhom}` })
  startSession(@Ctx() call: Call, @Arg('input', () => StartSessionInput, { description: 'Which session, and who works on it.' }) input: StartSessionInput): Promise<object> {
    return sessionResult(() => sessionAnswers.start(call, input));
  }

  @Mutation(() => AppendSessionStepResult as never, { description: `Appends a reasoning step, replaces the active context if one is stated, and renews the lock. ${forWhom}` })
  appendSessionStep(@Ctx() call: Call, @Arg('input', () => SessionStepInput, { description: 'The step.' }) input: SessionStepInput): Promise<object> {
    return sessionResult(() => sessionAnswers.append(call, input));
  }

  @Mutation(() => DrainMessagesResult as never, { description: `Hands out the messages that wait, each to one holder, acknowledges those of the drain before, and renews the lock. ${forWhom}` })
  drainMessages(@Ctx() call: Call, @Arg('input', () => DrainMessagesInput, { description: 'Whose messages.' }) input: DrainMessagesInput): Promise<object> {
    return sessionResult(() => sessionAnswers.drain(call, input));
  }

  @Mutation(() => RenewLockResult as never, { description: `Renews the lock for 300 seconds. ${forWhom}` })
  renewLock(@Ctx() call: Call, @Arg('input', () => SessionHolderInput, { description: 'Which lock.' }) input: SessionHolderInput): Promise<object> {
    return sessionResult(() => sessionAnswers.renew(call, input));
  }

  @Mutation(() => EndSessionResult as never, { description: `Ends a session: merges the persistent context, deletes the active one and releases the lock. Refused with \`MessagesWaiting\` while messages wait. ${forWhom}` })
  endSession(@Ctx() call: Call, @Arg('input', () => EndSessionInput, { description: 'Which, and what to keep.' }) input: EndSessionInput): Promise<object> {
    return sessionResult(() => sessionAnswers.end(call, input));
  }

  @Mutation(() => SaveSessionSettingsResult as never, { description: 'Decides how long sessions are kept. Requires the admin role.' })
  saveSessionSettings(@Ctx() call: Call, @Arg('input', () => SessionSettingsInput, { description: 'The days.' }) input: SessionSettingsInput): Promise<object> {
    return sessionResult(async () => {
      requireRole(call, mayKeepSessions, 'decide how long sessions are kept');
      await call.transact((work) => saveSessionSettings(work, input));
      return { __typename: 'SessionSettings', ...input };
    });
  }
}
