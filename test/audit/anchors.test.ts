import { execFile } from 'node:child_process';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anchorChains, anchorText, brieflyOf, signAnchor, verifyChain, verifyChains, verifyExport, type Anchor } from '../../src/features/audit/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { createSigner, isSigned, trustKeys } from '../../src/platform/signing.ts';
import { until } from '../harness/program.ts';
import { openChains, type Chains } from './chains.ts';

let chains: Chains;
let app: Client | null = null;
beforeAll(async () => {
  chains = await openChains(['loop', 'many', 'torn', 'rotated', 'kept', 'quiet', 'lost', 'head']);
}, 60_000);
afterAll(async () => {
  await app?.end();
  await chains?.close();
});

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
  const { keys } = (await (await fetch(`${chains.url}/.well-known/signing-keys`)).json()) as { keys: { publicKey: string }[] };
  expect(keys).toEqual([{ algorithm: 'Ed25519', keyId: chains.signer.keyId, publicKey: chains.signer.publicKey, current: true }]);
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  for (const { sequence, hash, signature, keyId, anchoredAt } of stored) {
    const text = anchorText(tenant, { sequence, hash: Buffer.from(hash, 'hex'), anchoredAt });
    expect(isSigned(trustKeys(publicKeys), text, { keyId: String(keyId), signature: Buffer.from(signature, 'base64url') })).toBe(true);
    expect(isSigned(trustKeys(publicKeys), anchorText(chains.tenantOf('many'), { sequence, hash: Buffer.from(hash, 'hex'), anchoredAt }), { keyId: String(keyId), signature: Buffer.from(signature, 'base64url') })).toBe(false);
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
  const { database, bus, signer, keys } = chains;
  await anchorChains({ database, bus, signer, keys, log }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' });
  expect((await anchorsOf(tenant)).at(-1)?.['sequence']).toBe(signedUpTo);
  expect(told).toEqual([{ tenantId: tenant, tampering: 'EDITED', sequence: torn, detail: expect.any(String) as string }]);
  expect(await verifyChains({ database, bus, keys, log })).toBe(1);
});

test('what a former key signed is believed while it is named', async () => {
  const tenantId = chains.tenantOf('rotated');
  const signer = createSigner({ seed: Buffer.alloc(32, 9), masterKey: chains.masterKey });
  const verify = (keys: readonly string[]) => verifyChain(brieflyOf(chains.database, tenantId), { tenantId, keys: trustKeys(keys) });
  expect((await verify([signer.publicKey])).fault).toMatchObject({ tampering: 'SIGNING_KEY_UNKNOWN', sequence: 10, detail: expect.stringContaining(`names the signing key ${chains.signer.keyId}`) as string });
  expect((await verify([signer.publicKey, chains.signer.publicKey])).fault).toBeNull();
});

describe('a chain that was rewritten together with its anchors', () => {
  let anchors = '';
  let others = '';
  let onBus = 0;
  beforeAll(async () => {
    const tenant = chains.tenantOf('kept');
    const events = await until('the anchors are on the bus', async () => {
      const found = await chains.rows(`select event from bus_event where topic = 'audit.anchored' and event ->> 'tenantId' = $1`, [tenant]);
      return found.length >= 3 && found;
    });
    onBus = events.length;
    anchors = await chains.file('anchors.ndjson', events.map((row) => JSON.stringify(row['event'])).join('\n'));
    others = await chains.file('all-anchors.ndjson', (await chains.rows(`select event from bus_event where topic = 'audit.anchored'`)).map((row) => JSON.stringify(row['event'])).join('\n'));
    // Everything in the database that tells of an anchor: the table, the facts, and the bus that lies there, too.
    await chains.admin.query('delete from audit_anchor where tenant_id = $1', [tenant]);
    await chains.admin.query(`update audit_logs set data = '{}', kind = 'thing.made' where tenant_id = $1 and (sequence = 3 or kind = 'audit.anchored')`, [tenant]);
    await chains.rehash(tenant, 1);
  });

  test('is seen with the events that were kept from the bus', async () => {
    const tenant = chains.tenantOf('kept');
    expect(await chains.throughGraph(tenant)).toMatchObject({ tampering: 'REWRITTEN', firstBadSequence: 1 });
    const said = { code: 1, found: { tampering: 'REWRITTEN', firstBadSequence: 1 } };
    expect(await chains.command('verify', '--tenant', tenant)).toMatchObject({ ...said, found: { ...said.found, anchorsOnBus: onBus } });
    await chains.admin.query(`delete from bus_event where topic = 'audit.anchored' and event ->> 'tenantId' = $1`, [tenant]);
    expect(await chains.command('verify', '--tenant', tenant)).toMatchObject({ code: 0, found: { anchorsOnBus: 0 } });
    expect(await chains.command('verify', '--tenant', tenant, '--anchors', anchors)).toMatchObject(said);
    const file = await chains.file('rewritten.ndjson', await chains.export(tenant));
    expect(await chains.command('verify', '--file', file)).toMatchObject({ code: 0 });
    expect(await chains.command('verify', '--file', file, '--anchors', anchors)).toMatchObject(said);
    // Copies of other chains' anchors are nothing to this one.
    expect(await chains.command('verify', '--file', file, '--anchors', others)).toMatchObject(said);
    const quiet = await chains.file('quiet.ndjson', await chains.export(chains.tenantOf('quiet')));
    expect(await chains.command('verify', '--file', quiet, '--anchors', others)).toMatchObject({ code: 0, found: { anchors: (await anchorsOf(chains.tenantOf('quiet'))).length } });
  }, 60_000);

  test('and one that was cut is, too', async () => {
    const tenant = chains.tenantOf('kept');
    await chains.admin.query('delete from audit_logs where tenant_id = $1 and sequence > 5', [tenant]);
    await chains.admin.query('update audit_head set sequence = 5, hash = (select hash from audit_logs where tenant_id = $1 and sequence = 5) where tenant_id = $1', [tenant]);
    expect(await chains.command('verify', '--tenant', tenant, '--anchors', anchors)).toMatchObject({ code: 1, found: { tampering: 'TAIL_CUT', firstBadSequence: 6 } });
  }, 60_000);
});

test('a copy of an anchor that is no longer beside the chain is missed by name, from the database and from an export', async () => {
  const tenantId = chains.tenantOf('lost');
  chains.clock.advance(120_000);
  const kept = (await anchorsOf(tenantId)).map((row) => ({ ...(row as unknown as Anchor), anchoredAt: new Date(row['anchored_at'] ?? '').toISOString(), keyId: String(row['key_id']), tenantId }));
  const [lost, rest] = [kept.at(-1)?.sequence ?? 0, kept.slice(0, -1)];
  await chains.admin.query('delete from audit_anchor where tenant_id = $1', [tenantId]);
  await chains.admin.query(`update audit_logs set data = '{}', kind = 'thing.made' where tenant_id = $1 and kind = 'audit.anchored' and (data ->> 'sequence')::int >= $2`, [tenantId, lost]);
  await chains.rehash(tenantId, lost + 1);
  await chains.admin.query('insert into audit_anchor (tenant_id, sequence, hash, anchored_at, key_id, signature) select * from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::text[], $6::bytea[])', [
    rest.map(() => tenantId), rest.map(({ sequence }) => sequence), rest.map(({ hash }) => hash), rest.map(({ anchoredAt }) => anchoredAt), rest.map(({ keyId }) => keyId), rest.map(({ signature }) => signature),
  ]);
  const briefly = brieflyOf(chains.database, tenantId);
  const { keys } = chains;
  // Nothing in the database tells of the last any more; the copy does.
  expect((await verifyChain(briefly, { tenantId, keys })).fault).toBeNull();
  expect((await verifyChain(briefly, { tenantId, keys, kept })).fault).toMatchObject({ tampering: 'ANCHOR_MISSING', sequence: lost });
  const lines = (await chains.export(tenantId)).trimEnd().split('\n');
  const each = async function* () { yield* lines; };
  expect((await verifyExport(each(), { publicKeys: [chains.signer.publicKey] })).fault).toBeNull();
  expect((await verifyExport(each(), { publicKeys: [chains.signer.publicKey], kept })).fault).toMatchObject({ tampering: 'ANCHOR_MISSING', sequence: lost });
  // What was signed only after the export was written says nothing about what the export lacks.
  const end = JSON.parse(lines.findLast((line) => line.includes('"type":"event"')) ?? '{}') as { sequence: number; hash: string };
  const later = [{ ...signAnchor(chains.signer, tenantId, { sequence: end.sequence, hash: Buffer.from(end.hash, 'hex'), anchoredAt: '2029-01-01T00:00:00.000Z' }), tenantId }];
  expect((await verifyExport(each(), { publicKeys: [chains.signer.publicKey], kept: later })).fault).toBeNull();
});

test('the command prints the anchors on the bus, to be kept', async () => {
  const tenant = chains.tenantOf('quiet');
  const printed = await chains.printed('anchors', '--tenant', tenant);
  expect(printed.trimEnd().split('\n').map((line) => JSON.parse(line) as { kind: string; tenantId: string }).map(({ kind, tenantId }) => [kind, tenantId])).toEqual((await anchorsOf(tenant)).map(() => ['audit.anchored', tenant]));
}, 60_000);

test('the program may neither move a head but by what it appends, nor delete it', async () => {
  const tenantId = chains.tenantOf('head');
  app = new Client({ connectionString: chains.testDatabase.url });
  await app.connect();
  const client = app;
  const attempt = async (...texts: string[]) => {
    await client.query('begin');
    try {
      await client.query("select set_config('app.tenant', $1, true), set_config('app.now', '2027-02-01T00:00:00Z', true)", [tenantId]);
      for (const text of texts) await client.query(text);
      await client.query('commit');
      return 'done';
    } catch (error) {
      await client.query('rollback');
      return error instanceof Error ? error.message : String(error);
    }
  };
  const row = (sequence: number, hash: string, previous: string) => `insert into audit_logs select tenant_id, ${sequence}, gen_random_uuid(), kind, account_id, actor_kind, actor_id, request_id, occurred_at, app_now(), '{}', ${previous}, ${hash} from audit_logs where sequence = ${at}`;
  const [head, one, two] = ['(select hash from audit_head)', "decode(repeat('01', 32), 'hex')", "decode(repeat('02', 32), 'hex')"];
  const at = await headOf(tenantId);
  const refused = /head of an audit chain goes forward/;
  expect(await attempt('update audit_head set sequence = 20, hash = (select hash from audit_logs where sequence = 20)')).toMatch(refused);
  expect(await attempt('update audit_head set sequence = sequence')).toMatch(refused);
  expect(await attempt(`update audit_head set hash = ${one}`)).toMatch(refused);
  expect(await attempt('update audit_head set sequence = sequence + 1')).toMatch(refused);
  expect(await attempt(row(at + 1, one, head), `update audit_head set sequence = ${at + 2}, hash = ${one}`)).toMatch(refused);
  expect(await attempt(row(at + 1, one, head), `update audit_head set sequence = ${at + 1}, hash = ${two}`)).toMatch(refused);
  expect(await attempt(row(at + 1, one, two), `update audit_head set sequence = ${at + 1}, hash = ${one}`)).toMatch(refused);
  expect(await attempt(row(at + 1, one, head), row(at + 2, two, one), `update audit_head set sequence = ${at + 1}, hash = ${one}`)).toMatch(refused);
  expect(await attempt('delete from audit_head')).toMatch('permission denied');
  expect(await attempt('truncate audit_head')).toMatch('permission denied');
  expect(await headOf(tenantId)).toBe(at);
  expect(await attempt(row(at + 1, one, head), row(at + 2, two, one), `update audit_head set sequence = ${at + 2}, hash = ${two}`)).toBe('done');
  // The owner, too, unless it puts the triggers aside.
  await chains.admin.query('reset session_replication_role');
  await expect(chains.admin.query('delete from audit_head where tenant_id = $1', [tenantId])).rejects.toThrow('never deleted');
  await expect(chains.admin.query('truncate audit_head')).rejects.toThrow('never deleted');
  await chains.admin.query('set session_replication_role = replica');
  // Without its head a chain is not begun anew over what is there.
  await chains.admin.query('delete from audit_head where tenant_id = $1', [tenantId]);
  await expect(record(tenantId, 1)).rejects.toThrow('begins with no rows at 0');
});

test('the command without a request says what it lacks', async () => {
  expect(await chains.command('verify')).toMatchObject({ code: 2, stderr: 'Say what to verify: --file with an export, or --tenant with a slug or id.\n' });
  expect(await chains.command('verify', '--file', await chains.file('none.ndjson', 'nothing\n'))).toMatchObject({ code: 2, stderr: expect.stringContaining('does not begin with the header') as string });
  // Offline it reads neither configuration nor database.
  const file = await chains.file('whole.ndjson', await chains.export(chains.tenantOf('quiet')));
  const code = await new Promise((done) => execFile(process.execPath, ['--import', 'tsx', 'src/app/audit.ts', 'verify', '--file', file], { cwd: new URL('../..', import.meta.url).pathname, env: {} }, (error) => done(error ? error.code : 0)));
  expect(code).toBe(0);
}, 60_000);
