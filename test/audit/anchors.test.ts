import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anchorChains, anchorText, brieflyOf, verifyChain, verifyChains } from '../../src/features/audit/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { createSigner, isSigned, trustKeys } from '../../src/platform/signing.ts';
import { until } from '../harness/program.ts';
import { openChains, type Chains } from './chains.ts';

let chains: Chains;
beforeAll(async () => {
  chains = await openChains(['loop', 'many', 'torn', 'rotated', 'kept', 'quiet']);
}, 60_000);
afterAll(() => chains?.close());

const anchorsOf = (tenant: string) => chains.rows('select sequence::int, hash, anchored_at, key_id, signature from audit_anchor where tenant_id = $1 order by sequence', [tenant]);
const headOf = async (tenant: string): Promise<number> => Number((await chains.rows('select sequence::int as n from audit_head where tenant_id = $1', [tenant]))[0]?.['n']);
const record = (tenantId: Id<'Tenant'>, facts: number) =>
  chains.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
    for (let fact = 0; fact < facts; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact } });
  });

test('an anchor is a fact behind what it signs, and does not move what is to be signed', async () => {
  const tenant = chains.tenantOf('loop');
  chains.clock.advance(6 * 60_000);
  await chains.anchor();
  const [before, head] = [await anchorsOf(tenant), await headOf(tenant)];
  expect([before.at(-1)?.['sequence'], head]).toEqual([34, 35]);
  for (let round = 0; round < 3; round += 1) {
    chains.clock.advance(3_600_000);
    await chains.anchor();
  }
  expect([(await anchorsOf(tenant)).length, await headOf(tenant)]).toEqual([before.length, 35]);
  await record(tenant, 1);
  await chains.anchor();
  expect([(await anchorsOf(tenant)).at(-1)?.['sequence'], await headOf(tenant)]).toEqual([36, 37]);
});

test('it is signed five minutes after the last anchor, or at once after a thousand facts', async () => {
  const tenant = chains.tenantOf('many');
  chains.clock.advance(3_600_000);
  await record(tenant, 1);
  await chains.anchor();
  const last = async () => (await anchorsOf(tenant)).at(-1)?.['sequence'];
  const from = await last();
  await record(tenant, 5);
  await chains.anchor();
  expect(await last()).toBe(from);
  await record(tenant, 995);
  await chains.anchor();
  expect(await last()).toBe(Number(from) + 1 + 1_000);
});

test('an anchor is on the bus, in the table, and in the chain: the same, with a signature that the published key verifies', async () => {
  const tenant = chains.tenantOf('loop');
  const stored = (await anchorsOf(tenant)).map((row) => ({ sequence: Number(row['sequence']), hash: Buffer.from(row['hash'] ?? '').toString('hex'), signature: Buffer.from(row['signature'] ?? '').toString('base64url'), keyId: row['key_id'], anchoredAt: new Date(row['anchored_at'] ?? '').toISOString() }));
  expect(stored.length).toBeGreaterThan(3);
  const told = await until('every anchor is on the bus', async () => {
    const events = await chains.rows(`select event -> 'data' as data from bus_event where topic = 'audit.anchored' and event ->> 'tenantId' = $1 order by (event ->> 'sequence')::int`, [tenant]);
    return events.length === stored.length && events.map((row) => row['data']);
  });
  expect(told).toEqual(stored);
  expect((await chains.rows(`select data from audit_logs where tenant_id = $1 and kind = 'audit.anchored' order by sequence`, [tenant])).map((row) => row['data'])).toEqual(stored);
  const key = (await (await fetch(`${chains.url}/api/audit/key`)).json()) as { keyId: string; publicKey: string; algorithm: string };
  expect(key).toEqual({ algorithm: 'Ed25519', keyId: chains.signer.keyId, publicKey: chains.signer.publicKey });
  for (const { sequence, hash, signature, keyId, anchoredAt } of stored) {
    const text = anchorText(tenant, { sequence, hash: Buffer.from(hash, 'hex'), anchoredAt });
    expect(isSigned(trustKeys([key.publicKey]), text, { keyId: String(keyId), signature: Buffer.from(signature, 'base64url') })).toBe(true);
    expect(isSigned(trustKeys([key.publicKey]), anchorText(chains.tenantOf('many'), { sequence, hash: Buffer.from(hash, 'hex'), anchoredAt }), { keyId: String(keyId), signature: Buffer.from(signature, 'base64url') })).toBe(false);
  }
});

test('the program may add anchors, and neither change nor take away one', async () => {
  const tenantId = chains.tenantOf('quiet');
  const refused = (text: string) => chains.database.transact({ tenantId, actor: { kind: 'user', id: 'x' }, requestId: 'r' }, (work) => work.rows({ name: `try_${text.length}`, text }, []));
  await expect(refused('update audit_anchor set sequence = sequence + 100')).rejects.toThrow('permission denied');
  await expect(refused('delete from audit_anchor')).rejects.toThrow('permission denied');
  await expect(refused('truncate audit_anchor')).rejects.toThrow('permission denied');
});

test('a chain that does not follow from what was signed is told of, and not signed', async () => {
  const tenant = chains.tenantOf('torn');
  await record(tenant, 5);
  const signedUpTo = (await anchorsOf(tenant)).at(-1)?.['sequence'];
  const torn = Number(signedUpTo) + 3;
  await chains.admin.query(`update audit_logs set data = '{}' where tenant_id = $1 and sequence = $2`, [tenant, torn]);
  chains.clock.advance(3_600_000);
  const told: unknown[] = [];
  const log = { error: (fields: unknown) => void told.push(fields) } as never;
  const { database, signer, keys } = chains;
  await anchorChains({ database, signer, keys, log }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' });
  expect((await anchorsOf(tenant)).at(-1)?.['sequence']).toBe(signedUpTo);
  expect(told).toEqual([{ tenantId: tenant, tampering: 'EDITED', sequence: torn, detail: expect.any(String) as string }]);
  expect(await verifyChains({ database, keys, log })).toBe(1);
});

test('what a former key signed is believed while it is named', async () => {
  const tenantId = chains.tenantOf('rotated');
  const signer = createSigner({ seed: Buffer.alloc(32, 9), masterKey: chains.masterKey });
  const verify = (keys: readonly string[]) => verifyChain(brieflyOf(chains.database, tenantId), { tenantId, keys: trustKeys(keys) });
  expect((await verify([signer.publicKey])).fault).toMatchObject({ tampering: 'ANCHOR_FORGED', sequence: 10 });
  expect((await verify([signer.publicKey, chains.signer.publicKey])).fault).toBeNull();
});

describe('a chain that was rewritten together with its anchors', () => {
  let anchors = '';
  beforeAll(async () => {
    const tenant = chains.tenantOf('kept');
    const events = await until('the anchors are on the bus', async () => {
      const found = await chains.rows(`select event from bus_event where topic = 'audit.anchored' and event ->> 'tenantId' = $1`, [tenant]);
      return found.length >= 3 && found;
    });
    anchors = await chains.file('anchors.ndjson', events.map((row) => JSON.stringify(row['event'])).join('\n'));
    await chains.admin.query('delete from audit_anchor where tenant_id = $1', [tenant]);
    await chains.admin.query(`update audit_logs set data = '{}' where tenant_id = $1 and sequence = 3`, [tenant]);
    await chains.rehash(tenant, 1);
  });

  test('is seen with the events that were kept from the bus', async () => {
    const tenant = chains.tenantOf('kept');
    expect((await chains.throughGraph(tenant)).intact).toBe(true);
    const said = { code: 1, found: { tampering: 'REWRITTEN', firstBadSequence: 1 } };
    expect(await chains.command('verify', '--tenant', tenant, '--anchors', anchors)).toMatchObject(said);
    const file = await chains.file('rewritten.ndjson', await chains.export(tenant));
    expect(await chains.command('verify', '--file', file)).toMatchObject({ code: 0 });
    expect(await chains.command('verify', '--file', file, '--anchors', anchors)).toMatchObject(said);
  }, 60_000);

  test('and one that was cut is, too', async () => {
    const tenant = chains.tenantOf('kept');
    await chains.admin.query('delete from audit_logs where tenant_id = $1 and sequence > 5', [tenant]);
    await chains.admin.query('update audit_head set sequence = 5, hash = (select hash from audit_logs where tenant_id = $1 and sequence = 5) where tenant_id = $1', [tenant]);
    expect(await chains.command('verify', '--tenant', tenant, '--anchors', anchors)).toMatchObject({ code: 1, found: { tampering: 'TAIL_CUT', firstBadSequence: 6 } });
  }, 60_000);
});

test('the command without a request says how it is used', async () => {
  expect(await chains.command('verify')).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: npm run audit') as string });
  expect(await chains.command('verify', '--file', await chains.file('none.ndjson', 'nothing\n'))).toMatchObject({ code: 2, stderr: expect.stringContaining('does not begin with the header') as string });
  // Offline it reads neither configuration nor database.
  const file = await chains.file('whole.ndjson', await chains.export(chains.tenantOf('quiet')));
  const code = await new Promise((done) => execFile(process.execPath, ['--import', 'tsx', 'src/app/audit.ts', 'verify', '--file', file], { cwd: new URL('../..', import.meta.url).pathname, env: {} }, (error) => done(error ? error.code : 0)));
  expect(code).toBe(0);
}, 60_000);
