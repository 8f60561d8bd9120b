import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { copySessions, createCopiesOpener } from '../../src/features/connectors/index.ts';
import { clearErasedSessions, expireSessionData, sessionKeys } from '../../src/features/sessions/index.ts';
import { connect, quickPace } from '../connectors/outbound/fake-vendor.ts';
import { served, startChatwootServer, type ChatwootServer } from '../connectors/vendors/chatwoot-server.ts';
import { openOffice, type Office } from '../erasure/arrange.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { agentsOf, heldBy } from './agents.ts';

describe.runIf(redisAvailable(import.meta.filename))('a session that retention takes', () => {
  let redis: TestRedis;
  let server: ChatwootServer;
  let office: Office;
  let agents: ReturnType<typeof agentsOf>;
  let contact = 900;
  const errors: string[] = [];
  beforeAll(async () => {
    [redis, server] = await Promise.all([startTestRedis(), startChatwootServer()]);
    office = await openOffice({ redisUrls: redis.urls, roles: roles.filter((role) => role !== 'scheduler'), vendorUrls: new Map([['chatwoot', server.url]]), vendorPace: { ...quickPace, attempts: 1, breakAfter: 100 } });
    await connect(office, 'chatwoot', { accountId: 1, accessToken: 'chatwoot-token' });
    await office.query('mutation { saveSessionSettings(input: { transcriptDays: 30, contextDays: 1 }) { __typename } }', {}, { role: 'admin' });
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

  const system = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  const id = () => String(contact);
  const keys = () => sessionKeys(office.tenant, { inboxId: agents.inboxId, contactId: id() });
  const copy = () => copySessions({ database: office.database, seal: office.seal, openCopies: createCopiesOpener(office.database, office.vendors), onError: (error) => void errors.push(String(error)) }, { ...system, tenantId: office.tenant });
  const expire = () => expireSessionData(office, system);
  const rows = () => office.count('select from agent_session where contact_id = $1', [id()]);
  const attributes = () => server.contacts.get(id())?.additional_attributes;
  const email = () => `parent-${contact}@example.com`;

  /** A session that was ended, copied to Chatwoot and idle for longer than it is kept. */
  async function forgotten(): Promise<void> {
    const account = await office.account(`acme-${contact}`);
    await office.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'chatwoot', id: `${agents.inboxId}/${contact}` }, name: 'Paula Parent', email: email() }]);
    server.contacts.set(id(), served(contact, { email: email() }));
    const first = heldBy(await agents.start(id()));
    await agents.step(first.id, first.token, 'Max is four');
    await agents.end(first.id, first.token, { child: { name: 'Max' }, tour: 'Monday' });
    await copy();
    expect(attributes()).toMatchObject({ child: { name: 'Max' }, tour: 'Monday' });
    office.clock.advance(2 * 86_400_000);
  }

  test('is emptied at once and deleted when its copy in Chatwoot is cleared', async () => {
    await forgotten();
    await expire();
    expect(await agents.see(id())).toBeNull();
    expect(await redis.client().exists(...Object.values(keys()))).toBe(0);
    expect(await office.count('select from session_step t join agent_session s on s.id = t.session_id where s.contact_id = $1', [id()])).toBe(0);
    await expire();
    expect([await rows(), await office.facts('session.copy_cleared')]).toEqual([1, []]);
    await copy();
    expect([attributes(), errors]).toEqual([{ child: null, tour: null }, []]);
    await expire();
    expect([await rows(), (await office.facts('session.copy_cleared')).length, (await office.facts('session.expired')).length]).toEqual([0, 1, 1]);
    expect(await agents.start(id())).toMatchObject({ loadedFrom: 'NEW' });
    expect((await agents.see(id()))?.persistentContext).toBeNull();
  });

  test('gives nothing back to a session that starts while Chatwoot is away, and that session stays', async () => {
    await forgotten();
    await expire();
    server.trouble({ status: 503, body: 'busy' });
    await copy();
    const next = heldBy(await agents.start(id()));
    expect((await agents.see(id()))?.persistentContext).toEqual({});
    await agents.end(next.id, next.token, { tour: 'Friday' });
    server.release();
    await copy();
    expect(attributes()).toEqual({ child: null, tour: 'Friday' });
    await expire();
    expect((await agents.see(id()))?.persistentContext).toEqual({ tour: 'Friday' });
  });

  test('is known to an erasure until its copy is cleared', async () => {
    await forgotten();
    server.trouble({ status: 503, body: 'busy' });
    await expire();
    const receipt = await office.erase(email());
    expect(receipt['items']).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'SESSION_COPY', count: 1 })]));
    server.release();
    await copy();
    await clearErasedSessions(office, system);
    expect([await rows(), JSON.stringify(server.contacts.get(id())).includes('Max')]).toEqual([0, false]);
  });

  test('leaves no key in Redis to a session with the same contact later', async () => {
    const first = heldBy(await agents.start(id()));
    await agents.end(first.id, first.token, { secret: 'old' });
    expect(await redis.client().exists(keys().persistentContext)).toBe(1);
    office.clock.advance(2 * 86_400_000);
    await expire();
    expect([await rows(), await redis.client().exists(keys().persistentContext)]).toEqual([0, 0]);
  });

  test('has more tombstones than a holder may leave, and goes on', async () => {
    server.contacts.set(id(), served(contact));
    const first = heldBy(await agents.start(id()));
    await agents.end(first.id, first.token, Object.fromEntries(Array.from({ length: 1_500 }, (_, place) => [`key_${place}`, place])));
    await copy();
    office.clock.advance(2 * 86_400_000);
    await expire();
    const next = heldBy(await agents.start(id()));
    expect(await agents.end(next.id, next.token, { key_1: 'again' })).toMatchObject({ __typename: 'SessionEnded' });
    expect((await agents.see(id()))?.persistentContext).toEqual({ key_1: 'again' });
  });
});
