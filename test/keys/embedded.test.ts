import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase, type Database } from '../../src/platform/postgres/database.ts';
import { embeddedUrl, startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { checkInstallation } from '../../src/app/open-keys.ts';
import { masterKeyId } from '../../src/platform/postgres/keys/master-key.ts';
import { rotateAlone } from '../../src/platform/postgres/keys/rotation-lock.ts';
import { createSeal, subjectsOf } from '../../src/platform/postgres/seal.ts';
import { until } from '../harness/program.ts';
import { digestOf, filesOf, run, start } from './installation.ts';

let folder: string;
let file: string;
const running: ReturnType<typeof start>[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'context-graph-keys-'));
  await chmod(folder, 0o711);
  file = join(folder, 'secrets.json');
});
afterAll(async () => {
  for (const { child, ended } of running) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

const variables = () => ({ DATA_FOLDER: folder, PORT: '0', DEMO: 'false' });
const up = async () => {
  const program = start('main.ts', variables());
  running.push(program);
  await until('the program is up', () => program.said().includes('/graphql') || program.child.exitCode !== null, 120_000);
  expect(program.child.exitCode, program.said()).toBeNull();
  return program;
};
const stopped = async ({ child, ended }: ReturnType<typeof start>) => {
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
};
const keysInFile = async (): Promise<string[]> => {
  const { masterKey, previousMasterKeys = [] } = JSON.parse(await readFile(file, 'utf8')) as { masterKey: string; previousMasterKeys?: string[] };
  return [masterKey, ...previousMasterKeys];
};
const idOf = (base64: string | undefined): string => masterKeyId(Buffer.from(base64 ?? '', 'base64'));

/** Opens the database of the program that runs. */
async function beside<Result>(body: (database: Database) => Promise<Result>): Promise<Result> {
  const database = await openDatabase({ url: (await embeddedUrl(folder)) ?? '', connections: 2, clock: systemClock, newId: createIds(systemClock), entities: [], onError: () => undefined });
  try {
    return await body(database);
  } finally {
    await database.close();
  }
}

/** What the database holds, asked of a server started for that alone. */
async function digestOfFolder(): Promise<string> {
  const server = await startEmbeddedPostgres({ folder, onLog: () => undefined });
  try {
    return await digestOf(server.adminUrl);
  } finally {
    await server.stop();
  }
}

test('an embedded installation rotates beside the running program, refuses other keys, and survives a kill in the middle', async () => {
  const first = await up();
  const [firstKey = ''] = await keysInFile();
  await beside(async (database) => {
    const tenantId: Id<'Tenant'> = await createTenant(database, createIds(systemClock), { slug: 'acme', name: 'Acme', highIntentThreshold: 75 });
    await database.transact({ tenantId, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) => subjectsOf(work, createSeal(Buffer.from(firstKey, 'base64')), [{ email: 'ann@example.com' }]));
  });

  const rotated = await run('app/keys.ts', variables(), 'rotate');
  expect(rotated, rotated.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/1 of 1 sealed keys were moved under the new key/) as string });
  const [secondKey = '', ...none] = await keysInFile();
  expect([secondKey === firstKey, none]).toEqual([false, []]);
  // The program changed to the new key without a restart.
  expect(JSON.parse((await run('app/keys.ts', variables(), 'status')).stdout)).toMatchObject({
    masterKeys: [{ keyId: idOf(firstKey), status: 'retired', runningProcesses: 0 }, { keyId: idOf(secondKey), status: 'valid', runningProcesses: 1 }],
    rotation: 'NONE',
    sealedKeys: [{ table: 'subject_key', current: 1, earlier: 0 }, { table: 'webhook_secret', current: 0, earlier: 0 }, { table: 'connection', current: 0, earlier: 0 }, { table: 'enrichment_provider', current: 0, earlier: 0 }],
  });
  await stopped(first);

  // Without its secrets the folder is refused before its server is started: not a byte changes.
  await rename(file, `${file}.away`);
  const before = await filesOf(folder);
  const refused = start('main.ts', variables());
  expect(await refused.ended).toBe(1);
  expect(refused.said()).toBe(`${file} is missing, and without its key the data in ${folder} cannot be read: restore the file from a backup, or set MASTER_KEY to the key it held (nothing was changed).\n`);
  expect(await filesOf(folder)).toEqual(before);
  await rename(`${file}.away`, file);

  // With the secrets of another installation, or those of before the rotation, the database is read and nothing is written.
  const kept = await readFile(file, 'utf8');
  const content = await digestOfFolder();
  const stranger = randomBytes(32).toString('base64');
  for (const [key, message] of [
    [stranger, `${file} holds another key (${idOf(stranger)}) than the one that the data was written with (${idOf(secondKey)}): restore the ${file} that belongs to this data, or set MASTER_KEY to that key (nothing was changed).\n`],
    [firstKey, expect.stringContaining(`${file} holds the key ${idOf(firstKey)}, which was retired on`) as string],
  ] as const) {
    await writeFile(file, JSON.stringify({ ...(JSON.parse(kept) as object), masterKey: key }));
    expect(await run('main.ts', variables())).toEqual({ code: 1, stdout: '', stderr: message });
    expect(await keysInFile()).toEqual([key]);
    expect(await digestOfFolder()).toBe(content);
  }
  await writeFile(file, kept);

  // Killed as soon as both keys are in the file: whatever was done by then, the program starts, and the next try finishes.
  const killed = start('app/keys.ts', variables(), 'rotate');
  await until('the file has both keys', async () => (await keysInFile().catch(() => [])).length === 2, 120_000);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const [thirdKey = ''] = await keysInFile();
  const again = await up();
  expect((await run('app/keys.ts', variables(), 'rotate')).code).toBe(0);
  expect(await keysInFile()).toEqual([thirdKey]);
  expect(await checkInstallation((await embeddedUrl(folder)) ?? '', [{ bytes: Buffer.from(thirdKey, 'base64'), source: file }])).toMatchObject({ state: 'RECORDED' });
  // Beside another rotation nothing is changed: the last to write the file would take the other's key out of it.
  await beside((database) => rotateAlone(database, async () => {
    expect(await run('app/keys.ts', variables(), 'rotate')).toEqual({ code: 1, stdout: '', stderr: 'Another command is rotating the keys: wait until it has ended (nothing was changed).\n' });
  }));
  expect(await keysInFile()).toEqual([thirdKey]);
  await stopped(again);

  // Killed between retiring the old key and writing the file: only the file is left to write.
  await writeFile(file, JSON.stringify({ ...(JSON.parse(kept) as object), masterKey: thirdKey, previousMasterKeys: [secondKey] }));
  expect(await run('app/keys.ts', variables(), 'rotate')).toMatchObject({ code: 0, stderr: '' });
  expect(await keysInFile()).toEqual([thirdKey]);
}, 400_000);
