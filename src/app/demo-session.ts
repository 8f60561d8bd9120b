import type { Log } from '../platform/log.ts';
import type { Clock } from '../platform/clock.ts';
import type { FastCopies } from '../platform/fast-copies.ts';
import { noOutsideContexts } from '../platform/outside-contexts.ts';
import type { Id } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { selectAccounts } from '../features/accounts/index.ts';
import { announceMessages, appendStep, endSession, linkSession, queueMessages, startSession, type SessionCall } from '../features/sessions/index.ts';

/** What the session is made with. */
export interface DemoSessionParts {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly copies: FastCopies;
  readonly log: Log;
}

const caller = { actor: { kind: 'machine', id: 'demo' }, requestId: 'demo:session' } as const;
const place = { inboxId: 74_274, contactId: '12345' };
const path = ['input'];

/** The session of inbox 74274 with contact 12345 in a demo tenant: what was kept of the contact, a step of an agent that has its lock, and a message that waits. */
export async function loadDemoSession({ database, seal, clock, copies, log }: DemoSessionParts, tenantId: Id<'Tenant'>): Promise<void> {
  const call: SessionCall = {
    tenantId, seal, clock, copies, log, outsideContexts: noOutsideContexts,
    transact: (body) => database.transact({ ...caller, tenantId }, body),
    async briefly(body) {
      const read = database.read(tenantId);
      try {
        return await body(read);
      } finally {
        await read.close();
      }
    },
  };
  const first = await startSession(call, { ...place, holder: 'demo-agent' }, path);
  await call.transact(async (work) => {
    const [accountId] = (await selectAccounts(work, tenantId, [{ externalRef: { system: 'salesforce', id: 'acme_corp_12345' } }])).values();
    await linkSession(work, { sessionId: first.sessionId, contactNodeId: null, accountId: accountId ?? null });
  });
  await endSession(call, { ...first, path, persistentContext: { language: 'en', interest: 'Enterprise plan', preferredTimes: ['Tuesday 10:00', 'Thursday 14:00'] } });
  const second = await startSession(call, { ...place, holder: 'demo-agent' }, path);
  await appendStep(call, { ...second, path, content: { thought: 'The contact asked for a tour. Offer the times that they prefer.' }, activeContext: { goal: 'book a tour', offered: 'Tuesday 10:00' } });
  const { sessions } = await call.transact((work) => queueMessages(work, seal, [{ ...place, deliveryKey: 'demo:1', body: 'Thursday would be better for us.', sentAt: work.now }]));
  await announceMessages(copies, tenantId, sessions);
}
