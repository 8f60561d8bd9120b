import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { copySessions, createConnectionContexts, createCopiesOpener, wakeDueCopies } from '../../src/features/connectors/index.ts';
import { addContextFromCopy, changeContext, persistentContextOf, sessionIdOf } from '../../src/features/sessions/index.ts';
import { storeContext } from '../../src/features/sessions/persistent-context.ts';
import { lockSession } from '../../src/features/sessions/session-store.ts';
import { writeContext } from '../../src/features/sessions/session-context.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { connect, quickPace } from './outbound/fake-vendor.ts';
import { served, startChatwootServer, type ChatwootServer } from './vendors/chatwoot-server.ts';

let server: ChatwootServer;
let program: Arranged;
const errors: string[] = [];
beforeAll(async () => {
  server = await startChatwootServer();
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler'), vendorUrls: new Map([['chatwoot', server.url]]), vendorPace: { ...quickPace, attempts: 1, breakAfter: 100 } });
  await connect(program, 'chatwoot', { accountId: 1, accessToken: 'chatwoot-token' });
});
beforeEach(() => errors.splice(0));
afterEach(async () => {
  server.release();
  server.forget();
  server.contacts.clear();
  await program.admin.query('delete from agent_session');
  program.clock.advance(3_600_000);
});
afterAll(async () => {
  await program?.close();
  await server?.stop();
});

const caller = () => ({ tenantId: program.tenant, actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' }) as const;
const opener = () => createCopiesOpener(program.database, program.vendors);
const copy = () => copySessions({ database: program.database, seal: program.seal, openCopies: opener(), onError: (error, fields) => void errors.push(`${fields['code']} ${String(error)}`) }, caller());
const refOf = (contactId: string, inboxId = 74_274) => ({ inboxId, contactId });
const idOf = (contactId: string) => sessionIdOf(program.seal, program.tenant, refOf(contactId));

/** Changes the persistent context as the end of a session does. */
const end = (contactId: string, change: Record<string, unknown>): Promise<unknown> => program.database.transact(caller(), async (work) => {
  const session = await lockSession(work, program.seal, refOf(contactId));
  const present = await persistentContextOf(work, program.seal, { tenantId: program.tenant, sessionId: session.id });
  const changed = changeContext(present ?? { values: {}, cleared: [] }, change, []);
  return storeContext(work, session.id, program.seal.seal(program.seal.unwrap(session.wrappedKey ?? Buffer.alloc(0)), writeContext(changed)));
});
/** Erases a session as an erasure of its contact does. */
const erase = (contactId: string) => program.admin.query('update agent_session set persistent_sealed = null, erased_at = now() where contact_id = $1', [contactId]);
const versions = async (contactId: string) => (await program.rows('select persistent_version::int as version, chatwoot_version::int as copied, copy_claim is null as is_free from agent_session where contact_id = $1', [contactId]))[0];
const attributes = (contactId: number) => server.contacts.get(String(contactId))?.additional_attributes;
const puts = () => server.calls.filter(({ method }) => method === 'PUT').length;
const put = (...contacts: readonly ReturnType<typeof served>[]): void => contacts.forEach((contact) => void server.contacts.set(String(contact.id), contact));

test('a context is copied as exact JSON, once', async () => {
  put(served(7, { additional_attributes: { city: 'Berlin' } }));
  await end('7', { child: { age: 4, name: null }, tours: [{ at: '2026-12-01' }] });
  await copy();
  expect(attributes(7)).toEqual({ city: 'Berlin', child: { age: 4 }, tours: [{ at: '2026-12-01' }] });
  expect(await versions('7')).toEqual({ version: 1, copied: 1, is_free: true });
  await copy();
  expect([puts(), errors]).toEqual([1, []]);
});

test('a value that was cleared does not come back from the copy', async () => {
  put(served(7));
  await end('7', { child: { age: 4 }, tour: 'Monday' });
  await copy();
  await end('7', { child: null });
  await copy();
  expect(attributes(7)).toEqual({ child: null, tour: 'Monday' });
  // The session is deleted by retention, and the contact writes again.
  await program.admin.query('delete from agent_session');
  const values = await createConnectionContexts(opener()).read(program.tenant, refOf('7'));
  expect(values).toEqual({ tour: 'Monday' });
  await program.database.transact(caller(), (work) => addContextFromCopy(work, program.seal, { ref: refOf('7'), values: values ?? {}, path: [] }));
  const stored = await program.database.transact(caller(), (work) => persistentContextOf(work, program.seal, { tenantId: program.tenant, sessionId: idOf('7') }));
  expect(stored).toMatchObject({ values: { tour: 'Monday' }, version: 1 });
  // What came from the copy needs no copying back.
  server.forget();
  await copy();
  expect(puts()).toBe(0);
});

test('of runs at once one writes a session', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => index + 1);
  put(...ids.map((id) => served(id)));
  for (const id of ids) await end(String(id), { number: id });
  await Promise.all([copy(), copy(), copy()]);
  await copy();
  expect(puts()).toBe(30);
  expect(ids.map((id) => attributes(id))).toEqual(ids.map((id) => ({ number: id })));
});

test('while Chatwoot is away nothing is lost', async () => {
  put(served(7));
  await end('7', { tour: 'Monday' });
  server.trouble({ status: 503, body: 'busy' });
  await copy();
  expect([errors.length, await versions('7')]).toEqual([1, { version: 1, copied: 0, is_free: true }]);
  server.release();
  program.clock.advance(3_600_000);
  await copy();
  expect([attributes(7), await versions('7')]).toEqual([{ tour: 'Monday' }, { version: 1, copied: 1, is_free: true }]);
});

test('a context that changes while it is copied is copied again', async () => {
  put(served(7));
  await end('7', { tour: 'Monday' });
  const route = 'PUT /api/v1/accounts/1/contacts/:id';
  server.trouble(async (call) => {
    await end('7', { tour: 'Tuesday' });
    const contact = server.contacts.get('7');
    if (contact) contact.additional_attributes = { ...contact.additional_attributes, ...(JSON.parse(call.body) as { additional_attributes: object }).additional_attributes };
    return { body: { payload: { id: 7 } } };
  }, { times: 1, route });
  await copy();
  expect([attributes(7), await versions('7')]).toEqual([{ tour: 'Tuesday' }, { version: 2, copied: 2, is_free: true }]);
  expect(puts()).toBe(2);
});

test('one contact that Chatwoot refuses holds up no other', async () => {
  put(served(7), served(8));
  for (const id of ['7', '8']) await end(id, { tour: 'Monday' });
  server.trouble((call) => (call.params['id'] === '7' ? { status: 422, body: { message: 'Name is too long' } } : { body: { payload: { id: 8 } } }), { route: 'PUT /api/v1/accounts/1/contacts/:id' });
  await copy();
  expect(errors).toEqual([expect.stringMatching(/^REFUSED/)]);
  expect([await versions('7'), await versions('8')]).toEqual([{ version: 1, copied: 0, is_free: false }, { version: 1, copied: 1, is_free: true }]);
  server.release();
  await copy();
  expect(await versions('7')).toMatchObject({ copied: 0 });
  program.clock.advance(301_000);
  await copy();
  expect(await versions('7')).toMatchObject({ copied: 1 });
});

test('a contact that Chatwoot does not have is not asked for again', async () => {
  await end('9', { tour: 'Monday' });
  await copy();
  await copy();
  expect([puts(), await versions('9')]).toEqual([1, { version: 1, copied: 1, is_free: true }]);
  // Sessions may be with contacts of other systems.
  await end('..', { tour: 'Monday' });
  await copy();
  expect([puts(), (await versions('..'))?.['copied']]).toEqual([1, 1]);
});

test('an erasure clears the copy, also one that is being written', async () => {
  put(served(7, { additional_attributes: { city: 'Berlin' } }), served(8));
  await end('7', { child: { age: 4 } });
  await copy();
  await erase('7');
  await end('8', { child: { age: 5 } });
  server.trouble(async (call) => {
    await erase('8');
    const contact = server.contacts.get('8');
    if (contact) contact.additional_attributes = (JSON.parse(call.body) as { additional_attributes: Record<string, unknown> }).additional_attributes;
    return { body: { payload: { id: 8 } } };
  }, { times: 1, route: 'PUT /api/v1/accounts/1/contacts/8' });
  await copy();
  await copy();
  expect(JSON.stringify([attributes(7), attributes(8)])).toBe('[{"city":null,"child":null},{"child":null}]');
  expect([(await versions('7'))?.['copied'], (await versions('8'))?.['copied']]).toEqual([null, null]);
});

test('what is due is woken where there is a connection, and nowhere else', async () => {
  expect(await wakeDueCopies(program.database)).toBe(0);
  await end('7', { tour: 'Monday' });
  expect(await wakeDueCopies(program.database)).toBe(1);
  await program.admin.query(`update connection set paused_at = now() where source = 'chatwoot'`);
  expect(await wakeDueCopies(program.database)).toBe(0);
  expect(await createConnectionContexts(opener()).read(program.tenant, refOf('7'))).toBeNull();
  await program.admin.query(`update connection set paused_at = null where source = 'chatwoot'`);
});

test('a start is told where Chatwoot does not answer, and that nothing connects another tenant', async () => {
  server.trouble({ status: 500, body: 'broken' });
  await expect(createConnectionContexts(opener()).read(program.tenant, refOf('7'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await createConnectionContexts(opener()).read(program.otherTenant, refOf('7'))).toBeNull();
});
