import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

const sessionId = z.uuid();
const fencingToken = z.int();

/** A holder took the lock. */
export const sessionStarted = defineEvent('session.started', 1, 'A holder started a session and holds its lock.', z.strictObject({ sessionId, fencingToken }));

/** The holder wrote a step. */
export const sessionStepAppended = defineEvent('session.step_appended', 1, 'The holder of a session appended a reasoning step.', z.strictObject({ sessionId, fencingToken, stepId: z.uuid() }));

/** Messages arrived. */
export const sessionMessagesQueued = defineEvent('session.messages_queued', 1, 'Messages of the contact were put into the queue of a session.', z.strictObject({ sessionId, count: z.int() }));

/** Messages were handed out. */
export const sessionMessagesDrained = defineEvent('session.messages_drained', 1, 'Messages of the queue were handed out to the holder of a session.', z.strictObject({ sessionId, fencingToken, count: z.int() }));

/** The persistent context changed outside of a session's end. */
export const sessionContextChanged = defineEvent('session.context_changed', 1, 'The persistent context of a session took over values of a copy elsewhere.', z.strictObject({ sessionId, contextVersion: z.int() }));

/** The holder ended it. */
export const sessionEnded = defineEvent('session.ended', 1, 'The holder ended a session: its lock and active context are gone, its persistent context is merged.', z.strictObject({ sessionId, fencingToken, contextVersion: z.int() }));

/** The contact was erased. */
export const sessionErased = defineEvent('session.erased', 1, 'The contact of a session was erased: contexts, steps and messages are gone.', z.strictObject({ sessionId }));

/** The copy elsewhere of an erased contact, or of a session that retention deleted, is gone. */
export const sessionCopyCleared = defineEvent('session.copy_cleared', 1, 'The copy in Chatwoot of the persistent context of an erased contact, or of a session that retention deleted, was cleared.', z.strictObject({ sessionId }));

/** Retention took sessions. */
export const sessionsExpired = defineEvent('session.expired', 1, 'Sessions without a change for longer than the tenant keeps them were deleted.', z.strictObject({ sessionIds: z.array(sessionId) }));

/** How long sessions are kept changed. */
export const sessionSettingsSaved = defineEvent('session_settings.saved', 1, 'How long sessions are kept was decided.', z.strictObject({ transcriptDays: z.int(), contextDays: z.int() }));

/** What `sessionChanged` tells of. */
export const sessionEventKinds: readonly string[] = [sessionStarted, sessionStepAppended, sessionMessagesQueued, sessionMessagesDrained, sessionContextChanged, sessionEnded, sessionErased].map(({ kind }) => kind);

/** Every kind of event of sessions. */
export const sessionEvents = [sessionStarted, sessionStepAppended, sessionMessagesQueued, sessionMessagesDrained, sessionContextChanged, sessionEnded, sessionErased, sessionCopyCleared, sessionsExpired, sessionSettingsSaved] as const;
