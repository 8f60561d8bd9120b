import type { Id } from '../../src/platform/ids.ts';
import { announceMessages, queueMessages, type QueuedMessages } from '../../src/features/sessions/index.ts';
import { dataOf } from '../accounts/arrange.ts';
import type { TestProgram } from '../harness/program.ts';

/** What a mutation of sessions returned, whatever its type. */
export interface Answer {
  readonly __typename: string;
  readonly fencingToken?: number;
  readonly loadedFrom?: string;
  readonly lockId?: string;
  readonly resumed?: boolean;
  readonly repeated?: boolean;
  readonly expiresAt?: string;
  readonly holder?: string;
  readonly message?: string;
  readonly code?: string;
  readonly path?: readonly string[];
  readonly count?: number;
  readonly waiting?: number;
  readonly remaining?: number;
  readonly session?: { readonly id: string; readonly endedAt: string | null };
  readonly step?: { readonly id: string; readonly sequence: number };
  readonly messages?: readonly { readonly id: string; readonly sequence: number; readonly body: string; readonly redelivered: boolean }[];
}

/** A session as a reader sees it. */
export interface SeenSession {
  readonly id: string;
  readonly activeContext: Record<string, unknown> | null;
  readonly persistentContext: Record<string, unknown> | null;
  readonly lock: { readonly holder: string; readonly expiresAt: string; readonly fencingToken: number } | null;
  readonly pendingMessageCount: number;
  readonly pendingMessages: readonly { readonly id: string; readonly at: string; readonly body: string | null }[];
  readonly steps: readonly { readonly sequence: number; readonly content: unknown }[];
}

type Role = 'agent' | 'viewer' | 'analyst' | 'admin';
const failed = '... on UserError { code message path }';

/** Short words for what agents do with the sessions of one inbox. */
export function agentsOf(program: TestProgram, inboxId = 74_274) {
  const run = async (field: string, type: string, fields: string, input: object, role: Role = 'agent'): Promise<Answer> =>
    dataOf(await program.query<{ answer: Answer }, Record<string, unknown>>(`mutation($input: ${type}!) { answer: ${field}(input: $input) { __typename ${fields} ${failed} } }`, { input }, { role })).answer;
  return {
    inboxId,
    start: (contactId: string, holder = 'agent_001', role?: Role, idempotencyKey?: string) => run('startSession', 'StartSessionInput', '... on SessionStarted { session { id } fencingToken loadedFrom lockId resumed repeated expiresAt } ... on SessionBusy { holder expiresAt }', { inboxId, contactId, holder, idempotencyKey }, role),
    step: (sessionId: string, fencingToken: number, content: unknown, activeContext?: object, idempotencyKey?: string) => run('appendSessionStep', 'SessionStepInput', '... on SessionStepAppended { step { id sequence } expiresAt repeated }', { sessionId, fencingToken, content, activeContext, idempotencyKey }),
    drain: (sessionId: string, fencingToken: number, more: object = {}) => run('drainMessages', 'DrainMessagesInput', '... on MessagesDrained { messages { id sequence body redelivered } remaining expiresAt }', { sessionId, fencingToken, ...more }),
    renew: (sessionId: string, fencingToken: number) => run('renewLock', 'SessionHolderInput', '... on LockRenewed { expiresAt waiting }', { sessionId, fencingToken }),
    end: (sessionId: string, fencingToken: number, persistentContext?: object) => run('endSession', 'EndSessionInput', '... on SessionEnded { session { id endedAt } repeated } ... on MessagesWaiting { count }', { sessionId, fencingToken, persistentContext }),
    async see(contactId: string, role: Role = 'agent'): Promise<SeenSession | null> {
      const query = 'query($inboxId: Int!, $contactId: String!) { session(inboxId: $inboxId, contactId: $contactId) { id activeContext persistentContext lock { holder expiresAt fencingToken } pendingMessageCount pendingMessages { id at body } steps { sequence content } } }';
      return dataOf(await program.query<{ session: SeenSession | null }, Record<string, unknown>>(query, { inboxId, contactId }, { role })).session;
    },
    /** Messages as a connector takes them in. */
    async queue(contactId: string, messages: readonly { readonly key: string; readonly body: string }[], tenantId: Id<'Tenant'> = program.tenant): Promise<QueuedMessages> {
      const caller = { tenantId, actor: { kind: 'machine', id: 'chatwoot' }, requestId: 'queue' } as const;
      const queued = await program.database.transact(caller, (work) => queueMessages(work, program.seal, messages.map(({ key, body }) => ({ inboxId, contactId, deliveryKey: key, body, sentAt: program.clock.now().toISOString() }))));
      await announceMessages(program.copies, tenantId, queued.sessions);
      return queued;
    },
  };
}

/** The session and the token of a start that went well. */
export function heldBy({ session, fencingToken, ...answer }: Answer): { readonly id: string; readonly token: number } {
  if (!session || fencingToken === undefined) throw new Error(`the session was not started: ${JSON.stringify(answer)}`);
  return { id: session.id, token: fencingToken };
}
