import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anchorChains } from '../../src/features/audit/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createDeadLetters } from '../../src/platform/events/dead-letters.ts';
import { createPostgresBus } from '../../src/platform/events/postgres-bus.ts';
import { writeLiveCursor } from '../../src/platform/graphql/live.ts';
import type { Id } from '../../src/platform/ids.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { liveAs } from '../harness/live-client.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { runCommandLine, type Ran } from './commands.ts';
import { dropRestored, onServer, urlsOf } from './restored.ts';

// One story, in order: a backup, what is lost, the restore, its acceptance.
const masterKey = randomBytes(32);
const name = `restored_${process.pid}_${randomBytes(4).toString('hex')}`;
let folder: string;
let program: TestProgram;
let account: string;
let env: Record<string, string>;
let urls: ReturnType<typeof urlsOf>;
let tenant: Id<'Tenant'>;
let end = 0;
let lostEnd = 0;

const open = () => startTestProgram({ databaseUrl: urls.appUrl, masterKey, clock: systemClock, roles: ['api', 'outbox-relay', 'context-engine', 'live-bridge'] });
const file = (path: string): string => join(folder, path);
const admin = () => program.token('admin', { hours: 24 * 3_650 });
const runWith = (script: Parameters<typeof runCommandLine>[0], parameters: readonly string[], more: Record<string, string> = {}): Promise<Ran> => runCommandLine(script, parameters, { ...env, ...more });

/** A thousand facts and more are signed at once. */
async function growAndAnchor(): Promise<void> {
  for (const tenantId of [program.tenant, program.otherTenant]) {
    await program.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
      for (let fact = 0; fact < 1_100; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact } });
    });
  }
  const { database, newId, signer, keys } = program;
  const bus = createPostgresBus({ database, deadLetters: createDeadLetters({ database, clock: systemClock, newId }), onError: () => undefined, kept: ['audit.anchored'] });
  await anchorChains({ database, bus, signer, keys, log: { error: () => undefined, warn: () => undefined } as never }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' });
}

const head = async (tenantId: string): Promise<number> => Number((await onServer(`select sequence from audit_head where tenant_id = '${tenantId}'`, name))[0]?.['sequence']);
const verify = async (...more: string[]): Promise<{ code: number; found: Record<string, unknown> }> => {
  const { code, stdout, stderr } = await runWith('audit', ['verify', '--tenant', tenant, ...more]);
  return { code, found: JSON.parse(stdout || `{"stderr":${JSON.stringify(stderr)}}`) as Record<string, unknown> };
};
const exported = async (): Promise<string> => {
  const response = await fetch(`${program.url}/api/audit/export`, { headers: { authorization: `Bearer ${await admin()}` } });
  return response.text();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'context-graph-backup-'));
  urls = urlsOf(name);
  await onServer(`create database ${name} template template0`);
  env = { DATABASE_URL: urls.appUrl, DATABASE_ADMIN_URL: urls.adminUrl, MASTER_KEY: masterKey.toString('base64'), JWT_SECRET: randomBytes(32).toString('hex') };
  expect((await runWith('migrate', [])).stdout).toContain('Ran 0001-platform');
  program = await open();
  ({ tenant } = program);
  account = await makeAccount(program, 'Kept');
  await signal(program, [{ account: 'Kept', event: 'first' }]);
  await growAndAnchor();
}, 300_000);
afterAll(async () => {
  await program?.close();
  await dropRestored(name);
  await rm(folder, { recursive: true, force: true });
});

test('each command has a help, and refuses in one sentence', async () => {
  for (const script of ['backup', 'restore'] as const) {
    const help = await runWith(script, ['--help']);
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining(`Usage: npm run ${script}`)]);
  }
  expect((await runWith('audit', ['--help'])).stdout).toContain('accept-restore');
  const refusals: readonly [Parameters<typeof runCommandLine>[0], string[], Record<string, string>, string][] = [
    ['backup', [], {}, 'Name the file to write'],
    ['backup', ['--to', file('a')], { DATABASE_ADMIN_URL: '' }, 'DATABASE_ADMIN_URL is needed'],
    ['backup', ['--to', '/nowhere/there'], {}, '/nowhere/there cannot be written'],
    ['backup', ['--to', file('a')], { DATABASE_ADMIN_URL: 'postgres://x@127.0.0.1:9/x' }, 'Cannot reach PostgreSQL at 127.0.0.1:9 (DATABASE_ADMIN_URL): ECONNREFUSED'],
    ['restore', [], {}, 'Name the backup'],
    ['restore', ['--from', file('none')], {}, `There is no file ${file('none')}`],
    ['restore', ['--from', 'package.json'], {}, 'package.json is not a backup'],
    ['restore', ['--from', file('none'), '--accept-lost'], {}, '--by must be the id'],
    ['audit', ['accept-restore', '--by', 'Ann Example'], {}, '--by must be the id'],
  ];
  const ran = await Promise.all(refusals.map(([script, parameters, more]) => runWith(script, parameters, more)));
  for (const [place, { code, stderr }] of ran.entries()) {
    expect([refusals[place]?.[1], stderr]).toEqual([refusals[place]?.[1], expect.stringContaining(refusals[place]?.[3] ?? '?')]);
    expect(code).toBeGreaterThan(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
}, 300_000);

test('a backup beside the running program holds one instant of it, and is private', async () => {
  end = await head(tenant);
  const made = await runWith('backup', ['--to', file('one.backup')]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toContain('MASTER_KEY or secrets.json is not in it');
  expect((await stat(file('one.backup'))).mode & 0o777).toBe(0o600);
  expect((await runWith('backup', ['--to', file('one.backup')])).stderr).toContain('exists. Name another file');
  // What happens now is lost later.
  await signal(program, [{ account: 'Kept', event: 'lost', type: 'demo_request' }]);
  await makeAccount(program, 'Lost');
  await growAndAnchor();
  lostEnd = await head(tenant);
  expect(lostEnd).toBeGreaterThan(end + 1_100);
  const { stdout } = await runWith('audit', ['anchors']);
  await writeFile(file('anchors.ndjson'), stdout);
  expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(4);
}, 300_000);

test('a restore is refused while the program runs, over data, with another key, and of a damaged file', async () => {
  expect((await runWith('restore', ['--from', file('one.backup'), '--replace'])).stderr).toMatch(/is in use \(\d+ connections\)\. Stop every process/);
  await program.stop();
  expect((await runWith('restore', ['--from', file('one.backup')])).stderr).toContain('holds data. Run the restore with --replace');
  expect((await runWith('restore', ['--from', file('one.backup'), '--replace'], { MASTER_KEY: randomBytes(32).toString('base64') })).stderr).toMatch(/key/);
  const bytes = await readFile(file('one.backup'));
  await writeFile(file('cut.backup'), bytes.subarray(0, bytes.length - 200));
  expect((await runWith('restore', ['--from', file('cut.backup'), '--replace'])).stderr).toContain('is damaged');
  await writeFile(file('edited.backup'), gzipSync(Buffer.from(gunzipSync(bytes).toString('latin1').replace('Account Kept', 'Account Kepd'), 'latin1')));
  expect((await runWith('restore', ['--from', file('edited.backup'), '--replace'])).stderr).toMatch(/is damaged: its digest does not match/);
  expect(await head(tenant)).toBe(lostEnd);
  expect(await onServer(`select datname from pg_database where datname like '${name}_%'`)).toEqual([]);
}, 300_000);

test('restored, it has what was there at the backup, and keeps the present data aside', async () => {
  const restored = await runWith('restore', ['--from', file('one.backup'), '--replace']);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(restored.stdout).toContain(`is kept as ${name}_previous`);
  expect(await head(tenant)).toBe(end);
  program = await open();
  const names = await program.query<{ accounts: { edges: { node: { name: string } }[] } }, never>('{ accounts(first: 100) { edges { node { name } } } }', undefined, { token: await admin() });
  expect(names.data?.accounts.edges.map(({ node }) => node.name)).toEqual(['Account Kept']);
  expect(await onServer('select tgname from pg_trigger where tgenabled <> \'O\' and not tgisinternal', name)).toEqual([]);
}, 300_000);

test('a subscription goes on behind what the backup has, and is refused behind what was lost', async () => {
  const query = 'subscription ($accountId: ID!, $after: String) { signalIngested(accountId: $accountId, after: $after) { cursor __typename } }';
  const client = await liveAs(program, 'viewer', { hours: 24 * 3_650 });
  const lost = await client.subscribe(query, { accountId: account, after: writeLiveCursor(tenant, end + 1) }).refused();
  expect(lost.message).toContain('was lost when a backup was restored');
  const kept = client.subscribe(query, { accountId: account, after: writeLiveCursor(tenant, end) });
  await signal(program, [{ account: 'Kept', event: 'second', type: 'call' }]);
  const [event] = await kept.atLeast(1);
  expect(Buffer.from(event?.cursor ?? '', 'base64url').toString()).toMatch(/^live:[0-9a-f]{12}:\d+:[0-9a-f-]{36}$/);
  // The cursor of the present history is good, though its place is one that the former history had, too.
  client.subscribe(query, { accountId: account, after: event?.cursor });
  await signal(program, [{ account: 'Kept', event: 'third', type: 'email_reply' }]);
  await kept.atLeast(2);
  await client.close();
}, 300_000);

test('without acceptance the kept anchors show what is missing; a chain that shows more cannot be accepted', async () => {
  expect(await verify()).toMatchObject({ code: 0, found: { intact: true, acceptedRestores: [] } });
  const cut = await verify('--anchors', file('anchors.ndjson'));
  expect(cut).toMatchObject({ code: 1, found: { intact: false } });
  expect(['TAIL_CUT', 'REWRITTEN']).toContain(cut.found['tampering']);
  await writeFile(file('before.ndjson'), await exported());

  const [row] = await onServer(`select data::text as data from audit_logs where tenant_id = '${tenant}' and sequence = 2`, name);
  const edit = (data: string) => onServer(`alter table audit_logs disable trigger user; update audit_logs set data = '${data.replaceAll("'", "''")}' where tenant_id = '${tenant}' and sequence = 2; alter table audit_logs enable trigger user`, name);
  await edit('{"another": true}');
  const refused = await runWith('audit', ['accept-restore', '--by', 'operator-7', '--tenant', tenant, '--anchors', file('anchors.ndjson')]);
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('not accepted. The chain shows EDITED') });
  expect(await onServer(`select from audit_logs where kind = 'audit.restore_accepted'`, name)).toEqual([]);
  await edit(String(row?.['data']));
}, 300_000);

test('accepted, it verifies as intact and names what was lost: in the database, in the graph, and offline in an export', async () => {
  const accepted = await runWith('audit', ['accept-restore', '--by', 'operator-7', '--anchors', file('anchors.ndjson')]);
  expect(accepted).toMatchObject({ code: 0, stderr: '' });
  expect(accepted.stdout.trim().split('\n')).toHaveLength(2);
  const restore = { sequence: end, lostFrom: end + 1, lostTo: lostEnd, acceptedBy: 'operator-7' };
  expect(await verify('--anchors', file('anchors.ndjson'))).toMatchObject({ code: 0, found: { intact: true, tampering: null, acceptedRestores: [restore] } });
  const graph = await program.query<{ auditVerification: unknown }, never>('{ auditVerification { intact acceptedRestores { sequence lostFrom lostTo acceptedBy } } }', undefined, { token: await admin() });
  expect(graph.data?.auditVerification).toEqual({ intact: true, acceptedRestores: [restore] });

  await writeFile(file('after.ndjson'), await exported());
  const offline = (path: string) => runWith('audit', ['verify', '--file', file(path), '--key', program.signer.publicKey, '--anchors', file('anchors.ndjson')]);
  const after = await offline('after.ndjson');
  expect([after.code, JSON.parse(after.stdout)]).toMatchObject([0, { intact: true, acceptedRestores: [restore] }]);
  expect(JSON.parse((await offline('before.ndjson')).stdout)).toMatchObject({ acceptedRestores: [] });
  expect((await runWith('audit', ['accept-restore', '--by', 'operator-7'])).stdout).toContain('every restore is accepted already');
}, 300_000);

test('an acceptance hides no tampering: neither in the backup, nor behind it, nor beyond the range it names', async () => {
  const owner = (sql: string) => onServer(`alter table audit_logs disable trigger user; ${sql}; alter table audit_logs enable trigger user`, name);
  for (const place of [3, end, end + 1]) {
    const [row] = await onServer(`select data::text as data from audit_logs where tenant_id = '${tenant}' and sequence = ${place}`, name);
    await owner(`update audit_logs set data = '{"forged": true}' where tenant_id = '${tenant}' and sequence = ${place}`);
    expect(await verify('--anchors', file('anchors.ndjson'))).toMatchObject({ code: 1, found: { intact: false, tampering: 'EDITED', firstBadSequence: place } });
    await owner(`update audit_logs set data = '${String(row?.['data']).replaceAll("'", "''")}' where tenant_id = '${tenant}' and sequence = ${place}`);
  }
  // An acceptance that nobody signed excuses nothing, and is told of.
  const [acceptance] = await onServer(`select data::text as data, sequence from audit_logs where tenant_id = '${tenant}' and kind = 'audit.restore_accepted'`, name);
  await owner(`update audit_logs set data = jsonb_set(data, '{lostTo}', '999999') where tenant_id = '${tenant}' and kind = 'audit.restore_accepted'`);
  expect(await verify('--anchors', file('anchors.ndjson'))).toMatchObject({ code: 1, found: { intact: false, acceptedRestores: [] } });
  await owner(`update audit_logs set data = '${String(acceptance?.['data']).replaceAll("'", "''")}' where tenant_id = '${tenant}' and kind = 'audit.restore_accepted'`);
  expect(await verify('--anchors', file('anchors.ndjson'))).toMatchObject({ code: 0 });
}, 300_000);
