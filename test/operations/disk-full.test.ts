import { mkdir, chown, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { onServer } from '../upgrade/restored.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';

let disk: SmallDisk;
let database: TestDatabase;
let program: TestProgram;
const space = `small_${process.pid}`;

beforeAll(async () => {
  const [row] = await onServer('show data_directory');
  const { uid, gid } = await stat(String(row?.['data_directory']));
  disk = await mountSmallDisk(64, { uid, gid });
  const folder = join(disk.folder, 'space');
  await mkdir(folder);
  await chown(folder, uid, gid);
  await onServer(`create tablespace ${space} location '${folder}'`);
  database = await createTestDatabase();
  await onServer(`alter database ${new URL(database.url).pathname.slice(1)} set tablespace ${space}`);
  program = await startTestProgram({ databaseUrl: database.url, roles: ['api', 'outbox-relay', 'context-engine'] });
}, 60_000);
afterAll(async () => {
  await disk?.clear();
  await program?.close();
  await database?.drop();
  await onServer(`drop tablespace if exists ${space}`);
  await disk?.close();
});

const health = async (path: string) => {
  const response = await fetch(`${program.url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

let sent = 0;
/** One signal by REST, of such a size that pages run out soon. */
async function send(): Promise<{ status: number; body: unknown; id: string }> {
  const id = `disk-${(sent += 1)}`;
  const response = await fetch(`${program.url}/api/signals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent', { subject: `sender-${sent % 50}` })}` },
    body: JSON.stringify({ account: { externalRef: { system: 'crm', id: 'full' } }, type: 'meeting', source: 'crm', sourceEventId: id, occurredAt: program.clock.now().toISOString(), payload: { text: Array.from({ length: 400 }, () => Math.random().toString(36)).join(' ') } }),
  });
  return { status: response.status, body: await response.json(), id };
}

test('a full disk is said by health, by REST and by the graph; it recovers, and nothing that was accepted is lost', async () => {
  expect((await health('/health/ready')).status).toBe(200);
  const accepted: string[] = [];
  await disk.fill();
  const refused = await until('a write finds no space', async () => {
    const answer = await send();
    if (answer.status < 300) accepted.push(answer.id);
    return answer.status >= 300 && answer;
  }, 60_000);
  expect(refused).toMatchObject({ status: 507, body: { error: { code: 'STORAGE_FULL', message: expect.stringContaining('Free disk space') } } });

  const mutation = 'mutation($input: [SignalInput!]!) { ingestSignals(input: $input) { results { __typename } } }';
  const input = Array.from({ length: 50 }, (_, place) => ({ account: { externalRef: { system: 'crm', id: 'full' } }, type: 'meeting', source: 'crm', sourceEventId: `bulk-${place}`, payload: { text: 'x'.repeat(3_000) + Math.random() } }));
  const { errors } = await program.query(mutation, { input });
  expect(errors).toMatchObject([{ message: expect.stringContaining('no disk space'), extensions: { code: 'STORAGE_FULL' } }]);

  expect(await health('/health/ready')).toMatchObject({ status: 503, body: { status: 'not ready', cause: 'STORAGE_FULL', reason: expect.stringContaining('disk of the database is full') } });
  expect(await health('/health/detailed')).toMatchObject({ status: 503, body: { dependencies: { database: { status: 'down', cause: 'STORAGE_FULL', error: '53100' } } } });

  await disk.clear();
  await until('it is ready again', async () => (await health('/health/ready')).status === 200, 30_000);
  expect((await health('/health/detailed')).body).toMatchObject({ dependencies: { database: { status: 'up' } } });
  const again = await send();
  expect(again.status).toBeLessThan(300);
  accepted.push(again.id);
  const stored = (await onServer('select source_event_id as id from signal where source_event_id like \'disk-%\'', new URL(database.url).pathname.slice(1))).map(({ id }) => String(id));
  expect(stored.toSorted()).toEqual(accepted.toSorted());
}, 120_000);
