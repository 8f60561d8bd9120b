import './gap-source.ts';

export { appendStep } from './append-step.ts';
export { endSession } from './end-session.ts';
export { startSession, type SessionCall } from './start-session.ts';
export { LockIsStale, MessagesAreWaiting, SessionIsBusy } from './errors.ts';
export { addContextFromCopy, linkSession, noteChatwootCopy, persistentContextOf, type StoredContext, type VersionedContext } from './persistent-context.ts';
export { queueMessages, type ArrivedMessage, type QueuedFor, type QueuedMessages } from './queue-messages.ts';
export { addFromCopy, changeContext, emptyContext, withoutNulls, type PersistentContext } from './session-context.ts';
export { chatwootSystem, checkSessionRef, contactRefOf, sessionIdOf, subjectOfSession, type SessionRef } from './session-ref.ts';
export { mayKeepSessions, mayRunSessions, readsSessions } from './sessions.policy.ts';
export { sessionContextChanged, sessionCopyCleared, sessionEnded, sessionErased, sessionEventKinds, sessionEvents, sessionMessagesDrained, sessionMessagesQueued, sessionsExpired, sessionStarted, sessionStepAppended } from './sessions.events.ts';
export { announceMessages, sessionKeys } from './session-copies.ts';
export { expireChildDataOfSessions } from './child-retention.ts';
export { clearErasedSessions } from './erased-sessions.ts';
export { expireSessionData } from './session-retention.ts';
export { noSuchSession, sessionAnswers, showMessage, showSession } from './session-answers.ts';
export { sessionPlace } from './session-place.ts';
export { sessionById } from './session.queries.ts';
