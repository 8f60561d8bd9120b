import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sealCredentials } from '../../../src/features/connectors/connection-credentials.ts';
import { VendorFault, type VendorApi } from '../../../src/features/connectors/index.ts';
import { joinReadings } from '../../../src/features/connectors/reading.ts';
import { toGlobalId } from '../../../src/platform/ids.ts';
import { arrange, dataOf, type Arranged } from '../../accounts/arrange.ts';
import { until } from '../../harness/program.ts';
import { connect, eventsOf, pretendVendor, type PretendedVendor } from './pretended-vendor.ts';

let program: Arranged;
let vendor: PretendedVendor;
let id: string;
const page = (number: number): string => `353104cd-477e-809d-8dc4-${String(number).padStart(12, '0')}`;
const changedAt = '2026-11-20T08:00:00.000Z';

beforeAll(async () => {
  vendor = pretendVendor();
  const api: VendorApi = {
    source: 'notion', section: 'NOTION', credentials: z.strictObject({ token: z.string() }), settings: z.strictObject({}), concurrency: { most: 2, waiting: 10 },
    classify: (error) => (error instanceof VendorFault ? error : new VendorFault('UNAVAILABLE', 'The vendor does not answer.')),
    // Each method is a call as the vendors' clients make it.
    open: async ({ call }) => ({
      check: () => call({ operation: 'check', isIdempotent: true }, () => vendor.session.check()),
      readObjects: (objects) => call({ operation: 'read_objects', isIdempotent: true }, () => vendor.session.readObjects(objects)),
      readAccount: (places) => call({ operation: 'read_account', isIdempotent: true }, () => vendor.session.readAccount(places)),
      readHistory: (cursor) => call({ operation: 'read_history', isIdempotent: true }, () => vendor.session.readHistory(cursor)),
    }),
  };
  program = await arrange({ vendorApis: [api] });
  const connection = await connect(program);
  const { wrapped, sealed } = sealCredentials(program.seal, { token: 'secret' });
  await program.admin.query('update connection set wrapped_key = $2, encrypted_credentials = $3 where id = $1', [connection, wrapped, sealed]);
  id = toGlobalId('Connection', connection);
});
afterAll(() => program?.close());

const fields = 'id status pages items newItems refusedItems total lastError { code message } nextAttemptAt startedAt endedAt startedBy connection { source }';
const seen = async (role: 'admin' | 'analyst' = 'admin') => {
  const { connections } = dataOf(await program.query<{ connections: Record<string, unknown>[] }, Record<string, never>>(`{ connections { source deadLetters waitingFetches { count } backfill { ${fields} } unreadObjects { kind externalId attempts changedAt givenUpAt lastError { code message } } } }`, {}, { role }));
  return connections.find(({ source }) => source === 'NOTION');
};
const mutate = async (name: string, more = '', role: 'admin' | 'analyst' = 'admin', of = id) => dataOf(await program.query<Record<string, Record<string, unknown>>, { id: string }>(`mutation($id: ID!) { made: ${name}(id: $id${more}) { __typename ${name.endsWith('Connection') && name !== 'backfillConnection' ? '' : name === 'retryFetches' ? '... on FetchesRetried { objects connection { deadLetters } }' : `... on ConnectionBackfill { ${fields} }`} ... on UserError { code path message } } }`, { id: of }, { role }))['made'];

test('an event has the page read at once, by the job that its transaction scheduled', async () => {
  vendor.objects.set(page(1), { status: 'Open', changedAt });
  expect(await eventsOf(program).send(page(1), changedAt)).toBe(202);
  await until('the page is read', async () => (await program.count('select from ticket where key = $1', [page(1)])) === 1);
  expect(vendor.asked).toEqual([[page(1)]]);
});

test('a back-fill is started, followed and found by node; another role may look and not start', async () => {
  for (let number = 1; number <= 25; number += 1) vendor.objects.set(page(number), { status: 'Open', changedAt });
  expect(await mutate('backfillConnection', '', 'analyst')).toMatchObject({ __typename: 'ForbiddenError' });
  const started = await mutate('backfillConnection');
  expect(started).toMatchObject({ __typename: 'ConnectionBackfill', status: 'RUNNING', startedBy: 'user:test-admin', connection: { source: 'NOTION' } });
  const done = await until('the back-fill is done', async () => {
    const backfill = (await seen('analyst'))?.['backfill'] as Record<string, unknown> | undefined;
    return backfill?.['status'] === 'DONE' ? backfill : null;
  });
  expect(done).toMatchObject({ id: started?.['id'], pages: 3, items: 25, newItems: 24, refusedItems: 0, total: 25, lastError: null, endedAt: expect.any(String) });
  expect(dataOf(await program.query<{ node: object }, { id: string }>(`query($id: ID!) { node(id: $id) { ... on ConnectionBackfill { ${fields} } } }`, { id: String(started?.['id']) })).node).toEqual(done);
  expect(await mutate('cancelBackfill', '', 'admin', String(started?.['id']))).toMatchObject({ __typename: 'ConflictError', path: ['id'] });
  expect(await mutate('cancelBackfill', '', 'admin', id)).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
});

test('what could not be read is listed with the reason, and is read again when an administrator asks', async () => {
  vendor.objects.set(page(40), { status: '', changedAt, reading: joinReadings([{ ignored: [{ reason: 'UNREADABLE', message: 'properties must be an object.', path: [] }] }]) });
  await eventsOf(program).send(page(40), changedAt);
  const listed = await until('it is given up', async () => {
    const found = await seen();
    return found?.['deadLetters'] === 1 ? found : null;
  });
  expect(listed).toMatchObject({ waitingFetches: { count: 0 }, unreadObjects: [{ kind: 'page', externalId: page(40), attempts: 1, changedAt, lastError: { code: 'UNREADABLE', message: 'properties must be an object.' } }] });
  expect((await seen('analyst'))?.['unreadObjects']).toMatchObject([{ lastError: { code: 'UNREADABLE', message: null } }]);
  vendor.objects.set(page(40), { status: 'Open', changedAt });
  expect(await mutate('retryFetches')).toMatchObject({ __typename: 'FetchesRetried', objects: 1, connection: { deadLetters: 0 } });
  await until('it is read', async () => (await program.count('select from ticket where key = $1', [page(40)])) === 1);
  expect(await mutate('retryFetches')).toMatchObject({ objects: 0 });
  expect((await program.facts('connection.fetches_retried'))[0]?.data).toMatchObject({ objects: 1, source: 'notion' });
});

test('a paused connection reads nothing and starts no back-fill; what waits is read when it is resumed', async () => {
  expect(await mutate('pauseConnection')).toMatchObject({ __typename: 'Connection' });
  vendor.objects.set(page(50), { status: 'Open', changedAt });
  await eventsOf(program).send(page(50), changedAt);
  expect(await mutate('backfillConnection')).toMatchObject({ __typename: 'ConflictError', path: ['id'], message: expect.stringContaining('resumeConnection') });
  expect(await seen()).toMatchObject({ waitingFetches: { count: 1 } });
  await mutate('resumeConnection');
  await until('it is read', async () => (await program.count('select from ticket where key = $1', [page(50)])) === 1);
});

test('the removal of a connection cancels its back-fill', async () => {
  const release = Promise.withResolvers<void>();
  vendor.beforePage = () => release.promise;
  const started = await mutate('backfillConnection', ', fromStart: true');
  await mutate('removeConnection');
  release.resolve();
  expect((await program.rows('select status from connection_backfill where id::text = $1', [String(started?.['id']).replace(/^ConnectionBackfill_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')]))[0]).toEqual({ status: 'CANCELLED' });
});
