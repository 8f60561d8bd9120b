import { NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { maskRow } from '../access/index.ts';
import { appendStep } from './append-step.ts';
import { drainMessages } from './drain-messages.ts';
import { endSession } from './end-session.ts';
import { renewLock } from './renew-lock.ts';
import type { Holding } from './session-store.ts';
import { factsOf, showFact } from './session-fact.queries.ts';
import { activeContextOf, persistentValuesOf } from './session-contents.ts';
import { pendingOfSession, sessionById } from './session.queries.ts';
import type { DrainMessagesInput, EndSessionInput, SessionHolderInput, SessionMessageRow, SessionRow, SessionStepInput, StartSessionInput } from './session.type.ts';
import { noSuchStep, type StatedIn } from './steps-of-keys.ts';
import { requireSessionRole } from './sessions.policy.ts';
import { startSession } from './start-session.ts';

const path = ['input'];

/** What an id names that is no session of the tenant. */
export const noSuchSession = (): NotFound => new NotFound('There is no such session. startSession returns its id.', [...path, 'sessionId']);

/** The use cases as GraphQL and REST offer them: the role is checked, ids are global, and answers are rows of the graph. */
export const sessionAnswers = {
  async start(call: Call, input: StartSessionInput) {
    requireSessionRole(call);
    const { sessionId, ...started } = await startSession(call, input, path);
    return { __typename: 'SessionStarted' as const, session: await sessionOf(call, sessionId), ...started };
  },
  async append(call: Call, input: SessionStepInput) {
    requireSessionRole(call);
    const { id, sequence, expiresAt, at, repeated } = await appendStep(call, { ...holdingOf(input), content: input.content, activeContext: input.activeContext, idempotencyKey: input.idempotencyKey ?? null });
    return { __typename: 'SessionStepAppended' as const, step: asNode('SessionStep', { uuid: id, sequence, at, content: input.content }, null), expiresAt, repeated };
  },
  async drain(call: Call, input: DrainMessagesInput) {
    requireSessionRole(call);
    const { messages, ...drained } = await drainMessages(call, { ...holdingOf(input), most: input.most ?? null, receivedUpTo: input.receivedUpTo ?? null });
    return { __typename: 'MessagesDrained' as const, ...drained, messages: messages.map((message) => asNode('SessionMessage', { ...message }, null)) };
  },
  async renew(call: Call, input: SessionHolderInput) {
    requireSessionRole(call);
    return { __typename: 'LockRenewed' as const, ...(await renewLock(call, holdingOf(input))) };
  },
  async end(call: Call, input: EndSessionInput) {
    requireSessionRole(call);
    const holding = holdingOf(input);
    const isNew = await endSession(call, { ...holding, persistentContext: input.persistentContext ? { ...input.persistentContext } : null, statedIn: statedInOf(input) });
    return { __typename: 'SessionEnded' as const, session: await sessionOf(call, holding.sessionId), repeated: !isNew };
  },
};

/** A session as REST shows it: what the caller may see of it. */
export async function showSession(call: Call, session: SessionRow): Promise<object> {
  const { id, inboxId, contactId, startedAt, endedAt, lock, pendingMessageCount, uuid } = session;
  const shown = maskRow(call, { contactId, holder: lock?.holder ?? null }, [['contactId', 'IDENTIFIER'], ['holder', 'TEXT']]);
  return {
    id, inboxId, contactId: shown.contactId, startedAt, endedAt, lock: lock && { ...lock, holder: shown.holder }, activeContext: await activeContextOf(call, session), persistentContext: await persistentValuesOf(call, session),
    facts: (await factsOf(call, session)).map(showFact),
    pendingMessageCount, pendingMessages: (await ask(call, pendingOfSession, null, uuid)).map(showMessage),
  };
}

/** A message as REST shows it. */
export function showMessage({ id, sequence, at, body, redelivered }: SessionMessageRow): object {
  return { id, sequence, at, body, redelivered };
}

async function sessionOf(call: Call, id: string): Promise<SessionRow> {
  const row = await ask(call, sessionById, null, id);
  if (!row) throw new Error('the session that was just written is not there');
  return row;
}

function statedInOf({ statedIn }: EndSessionInput): StatedIn[] {
  return (statedIn ?? []).map(({ key, stepId }, place) => {
    const parsed = parseGlobalId(stepId, [...path, 'statedIn', String(place), 'stepId']);
    if (parsed?.type !== 'SessionStep') throw noSuchStep(place);
    return { key, step: parsed.id as Id<'SessionStep'> };
  });
}

function holdingOf({ sessionId, fencingToken }: SessionHolderInput): Holding {
  const parsed = parseGlobalId(sessionId, [...path, 'sessionId']);
  if (parsed?.type !== 'Session') throw noSuchSession();
  return { sessionId: parsed.id as Id<'Session'>, fencingToken, path: [...path, 'fencingToken'] };
}
