import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { copySessions, createCopiesOpener } from '../../src/features/connectors/index.ts';
import { clearErasedSessions, sessionKeys } from '../../src/features/sessions/index.ts';
import { connect, quickPace } from '../connectors/outbound/fake-vendor.ts';
import { served, startChatwootServer, type ChatwootServer } from '../connectors/vendors/chatwoot-server.ts';
import { openOffice, verifyChain, type Office } from '../erasure/arrange.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { agentsOf, heldBy } from './agents.ts';

describe.runIf(redisAvailable(import.meta.filename))('an erasure of the contact of a session', () => {
  let redis: TestRedis;
  let server: ChatwootServer;
  let office: Office;
  let agents: ReturnType<typeof agentsOf>;
  let contact = 800;
  const errors: string[] = [];
  beforeAll(async () => {
    [redis, server] = await Promise.all([startTestRedis(), startChatwootServer()]);
    office = await openOffice({ redisUrls: redis.urls, roles: roles.filter((role) => role !== 'scheduler'), vendorUrls: new Map([['chatwoot', server.url]]), vendorPace: { ...quickPace, attempts: 1, breakAfter: 100 } });
    await connect(office, 'chatwoot', { accountId: 1, accessToken: 'chatwoot-token' });
    agents = agentsOf(office);
  });
  beforeEach(() => {
    contact += 1;
    server.release();
    errors.splice(0);
  });
  afterAll(async () => {
    await office?.close();
    await Promise.all([redis?.close(), server?.stop()]);
  });

  const email = () => `parent-${contact}@example.com`;
  const system = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  const copy = () => copySessions({ database: office.database, seal: office.seal, openCopies: createCopiesOpener(office.database, office.vendors), onError: (error) => void errors.push(String(error)) }, { ...system, tenantId: office.tenant });
  const rows = () => office.count('select from agent_session where contact_id = $1', [String(contact)]);
  const cleared = async () => (await office.facts('session.copy_cleared')).length;

  /** A session of a contact whose child is in the persistent context; it was ended, copied to Chatwoot, started again and worked on. */
  async function converse(): Promise<{ readonly id: string; readonly token: number }> {
    const id = String(contact);
    const account = await office.account(`acme-${contact}`);
    await office.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'chatwoot', id: `${agents.inboxId}/${id}` }, name: 'Paula Parent', email: email() }]);
    server.contacts.set(id, served(contact, { email: email(), additional_attributes: { city: 'Berlin' } }));
    const first = heldBy(await agents.start(id));
    await agents.end(first.id, first.token, { child: { name: 'Max', age: 4 } });
    await copy();
    const second = heldBy(await agents.start(id));
    await agents.step(second.id, second.token, { thought: 'Max is four' }, { child: 'Max' });
    await agents.queue(id, [{ key: 'm', body: 'Can Max come on Monday?' }]);
    return second;
  }

  test('takes rows, queue and keys at once, then the copy in Chatwoot; the receipt says how, and the audit log when', async () => {
    await converse();
    expect(server.contacts.get(String(contact))?.additional_attributes).toEqual({ city: 'Berlin', child: { name: 'Max', age: 4 } });
    const receipt = await office.erase(email());
    expect(receipt).toMatchObject({ __typename: 'ErasureReceipt', verified: true });
    expect(receipt['items']).toEqual(expect.arrayContaining([
      expect.objectContaining({ kind: 'SESSION', count: 1, kept: false }),
      { kind: 'SESSION_COPY', count: 1, kept: false, reason: 'Attributes of the contact in Chatwoot are cleared by a job if a copy was written there: within a minute, or once Chatwoot answers. The audit log then holds session.copy_cleared.' },
    ]));
    const keys = Object.values(sessionKeys(office.tenant, { inboxId: agents.inboxId, contactId: String(contact) }));
    expect(await redis.client().exists(...keys)).toBe(0);
    expect(await office.count('select from session_step t join agent_session s on s.id = t.session_id where s.contact_id = $1', [String(contact)])).toBe(0);
    expect(await office.count('select from session_message t join agent_session s on s.id = t.session_id where s.contact_id = $1', [String(contact)])).toBe(0);
    expect(await agents.see(String(contact))).toBeNull();
    // The row waits for the copy alone.
    expect(await rows()).toBe(1);
    const before = await cleared();
    await copy();
    expect(JSON.stringify(server.contacts.get(String(contact))?.additional_attributes)).toBe('{"city":null,"child":null}');
    expect([await cleared() - before, errors]).toEqual([1, []]);
    expect(await clearErasedSessions(office, system)).toBe(1);
    expect(await rows()).toBe(0);
    expect((await verifyChain(office)).broken).toBeNull();
    // A message that was on its way brings nobody back.
    expect(await agents.queue(String(contact), [{ key: 'late', body: 'And Max?' }])).toMatchObject({ queued: 0, suppressed: 1 });
  });

  test('is completed for the copy once Chatwoot answers again', async () => {
    await converse();
    server.trouble({ status: 503, body: 'busy' });
    expect(await office.erase(email())).toMatchObject({ __typename: 'ErasureReceipt' });
    await copy();
    await clearErasedSessions(office, system);
    expect([errors.length, await rows()]).toEqual([1, 1]);
    server.release();
    await copy();
    await clearErasedSessions(office, system);
    expect(await rows()).toBe(0);
    expect(JSON.stringify(server.contacts.get(String(contact)))).not.toContain('Max');
  });

  test('is completed where the contact was deleted at Chatwoot', async () => {
    await converse();
    server.contacts.delete(String(contact));
    expect(await office.erase(email())).toMatchObject({ __typename: 'ErasureReceipt' });
    const before = await cleared();
    await copy();
    await clearErasedSessions(office, system);
    expect([await rows(), await cleared() - before, errors]).toEqual([0, 1, []]);
  });

  test('a session with a contact that was deleted at Chatwoot goes on, and loads nothing from there', async () => {
    const { id, token } = await converse();
    server.contacts.delete(String(contact));
    await agents.drain(id, token);
    expect(await agents.end(id, token, { child: null, tour: 'Monday' })).toMatchObject({ __typename: 'SessionEnded' });
    await copy();
    expect([errors, await agents.start(String(contact))]).toEqual([[], expect.objectContaining({ __typename: 'SessionStarted' })]);
    expect((await agents.see(String(contact)))?.persistentContext).toEqual({ city: 'Berlin', tour: 'Monday' });
    contact += 1;
    expect(await agents.start(String(contact))).toMatchObject({ loadedFrom: 'NEW' });
  });
});
