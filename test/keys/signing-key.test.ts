import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anchorChains, beginExport, verifyChains, verifyExport } from '../../src/features/audit/index.ts';
import { createSigner } from '../../src/platform/signing.ts';
import { wrappedTables } from '../../src/app/open-keys.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program.close());

const bus = { async *read() {} } as never;
const caller = { actor: { kind: 'system', id: 'test' } as const, requestId: 'test' };

async function anchored({ database, signer, keys }: TestProgram): Promise<void> {
  await database.transact({ ...caller, tenantId: program.tenant }, (work) => Promise.resolve(work.record({ kind: 'thing.made', version: 1, accountId: null, data: {} })));
  program.clock.advance(10 * 60_000);
  expect(await anchorChains({ database, bus, signer, keys, log: { error: () => undefined } as never }, caller)).toBeGreaterThan(0);
}

test('a SIGNING_KEY that changed without TRUSTED_KEYS leaves the chain intact, for processes of either key', async () => {
  await anchored(program);
  const seeds = [randomBytes(32), randomBytes(32)];
  const later: TestProgram[] = [];
  for (const signingKey of seeds) {
    const next = await startTestProgram({ roles: ['api'], signingKey }, program);
    later.push(next);
    await anchored(next);
  }
  // Those that started before learn of the later keys while they run.
  const keyIds = [program.signer, ...later.map(({ signer }) => signer)].map(({ keyId }) => keyId);
  for (const each of [program, ...later]) {
    await until('every process knows every key', () => keyIds.every((keyId) => each.keys.has(keyId)));
    expect(await verifyChains({ database: each.database, bus, keys: each.keys, log: { error: () => undefined } as never })).toBe(0);
  }
  // An export carries the earlier keys with it.
  const last = later.at(-1) ?? program;
  const lines: string[] = [];
  for await (const piece of await beginExport(last, { ...caller, tenantId: program.tenant }, { accountId: null, recordedFrom: null, recordedBefore: null })) lines.push(...piece.trimEnd().split('\n'));
  const verify = (publicKeys: readonly string[]) => verifyExport((async function* () { yield* lines; })(), { publicKeys });
  expect((await verify([])).fault).toBeNull();
  expect((await verify([last.signer.publicKey])).fault).toMatchObject({ tampering: 'SIGNING_KEY_UNKNOWN', detail: expect.stringContaining(`names the signing key ${program.signer.keyId}`) as string });
  for (const each of later) await each.close();
});

test('a signing key that was written into the database by hand is not trusted', async () => {
  const { keyId, publicKey } = createSigner({ seed: randomBytes(32), masterKey: program.masterKey });
  await program.admin.query('insert into known_signing_key (key_id, public_key, proof, first_used_at) values ($1, $2, $3, now())', [keyId, publicKey, randomBytes(32)]);
  await program.admin.query('update key_ring set version = version + 1');
  const next = await startTestProgram({ roles: ['api'] }, program);
  expect(next.keys.has(keyId)).toBe(false);
  await next.close();
});

test('every column with a key that depends on the master key is one that rotations move', async () => {
  const columns = await program.rows(`select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'public' and column_name ~ 'wrapped' order by 1`);
  expect(columns.map(({ name }) => name)).toEqual(['master_key.wrapped_ring_key', ...wrappedTables.map(({ table, column }) => `${table}.${column}`)].sort());
});
