import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/features/access/index.ts';
import { until } from '../harness/program.ts';

const root = resolve(import.meta.dirname, '../..');
const running: ChildProcess[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'context-graph-start-'));
  await chmod(folder, 0o711);
});
afterAll(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

interface Ready {
  readonly graph: string;
  readonly console: string;
  readonly health: string;
  readonly tenant: string;
  readonly signIn: Readonly<Record<string, string>>;
}

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** The line that says that the program is ready; null when it ended before. */
  readonly ready: Promise<Ready | null>;
  readonly ended: Promise<number | null>;
}

/** Starts the program as `npm start` does, in a folder of the test's own. */
function start(variables: Record<string, string> = {}): Started {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: root, env: { PATH, HOME, PORT: '0', DATA_FOLDER: join(folder, 'data'), ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let text = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<Ready | null>((tell) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        text += String(chunk);
        const line = /^(\{.*"msg":"ready"\})$/m.exec(text)?.[1];
        if (line) tell(JSON.parse(line) as Ready);
      });
    }
    void ended.then(() => tell(null));
  });
  return { child, said: () => text, ready, ended };
}

const messages = (program: Started): string[] => program.said().trim().split('\n').map((line) => (JSON.parse(line) as { msg: string }).msg);

interface Settings {
  readonly tokens: readonly { role: string; tenant: string; token: string }[];
  readonly webhook: { id: string };
}

/** What the pages are told at `/graphiql/settings.json`. */
async function settingsOf(program: Started): Promise<Settings> {
  const ready = await program.ready;
  if (!ready) throw new Error(program.said());
  return (await (await fetch(new URL('/graphiql/settings.json', ready.graph))).json()) as Settings;
}

async function accountNames(program: Started): Promise<string[]> {
  const { tokens } = await settingsOf(program);
  const token = tokens.find(({ role, tenant }) => role === 'viewer' && tenant === 'aurora')?.token;
  const response = await fetch((await program.ready)?.graph ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ accounts(first: 100) { edges { node { name intent { ... on IntentScore { value } } } } } }' }),
  });
  const { data } = (await response.json()) as { data: { accounts: { edges: { node: { name: string; intent: { value?: number } } }[] } } };
  // Whoever asks as soon as the program is ready sees scores.
  expect(data.accounts.edges.find(({ node }) => node.name === 'Acme Corp')?.node.intent.value).toBeGreaterThan(0);
  return data.accounts.edges.map(({ node }) => node.name);
}

/** Runs the audit command on the same data folder. */
const audit = (...parameters: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, DATA_FOLDER: join(folder, 'data') };
    execFile(process.execPath, ['--import', 'tsx', 'src/app/audit.ts', ...parameters], { cwd: root, env }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });

test('the embedded start tells its progress and where everything is, keeps its state, and recovers from a kill', async () => {
  const first = start({ REDIS_URI: 'redis://127.0.0.1:1' });
  const ready = await first.ready;
  expect(ready, first.said()).not.toBeNull();
  const lines = messages(first);
  expect(lines[0]).toBe('Loading the program');
  expect(lines).toContain('REDIS_URI is not a variable of this program and has no effect. Did you mean REDIS_URL?');
  for (const step of [/^Starting PostgreSQL in /, /^Applying \d+ migrations$/, /^Loading the demo: 5 of \d+ accounts$/, /^Scoring the demo$/]) expect(lines).toContainEqual(expect.stringMatching(step));
  // Ready says no until the demo can be used, and then yes; the addresses come last.
  expect(await (await fetch(new URL('/health/ready', ready?.health))).json()).toEqual({ status: 'ready' });
  expect(ready?.signIn['approver']).toBe(`${ready?.console}sign-in?as=approver`);
  expect(first.said()).not.toMatch(/eyJ/);
  const home = await fetch(new URL('/', ready?.graph), { redirect: 'manual' });
  expect([home.status, home.headers.get('location')]).toEqual([302, '/console/']);
  const names = await accountNames(first);
  expect(names).toContain('Acme Corp');
  const { webhook } = await settingsOf(first);

  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.said()).toMatch(/in use by process \d+\. Stop that program first/);

  first.child.kill('SIGKILL');
  await first.ended;
  const third = start({ LOG_LEVEL: 'warn' });
  expect(await accountNames(third)).toEqual(names);
  expect((await settingsOf(third)).webhook).toEqual(webhook);

  // The chain is verified beside the running program and without it.
  const verified = await audit('verify', '--tenant', 'aurora');
  expect([verified.code, JSON.parse(verified.stdout)], verified.stderr).toMatchObject([0, { intact: true, complete: true, anchorsOnBus: expect.any(Number) as number }]);
  third.child.kill('SIGINT');
  expect(await third.ended).toBe(0);
  const alone = await audit('verify', '--tenant', 'aurora');
  expect([alone.code, JSON.parse(alone.stdout)], alone.stderr).toMatchObject([0, { intact: true }]);

  const nowhere = await audit('verify', '--tenant', 'nowhere');
  expect([nowhere.code, nowhere.stderr]).toEqual([2, 'There is no tenant "nowhere". Tenants are aurora, borealis.\n']);
});

test('on a terminal there are readable lines and a short banner with a sign-in link per role', async () => {
  const { PATH = '', HOME = '' } = process.env;
  // util-linux's script gives the program a terminal.
  const child = spawn('script', ['-qefc', `${process.execPath} --import tsx src/main.ts`, '/dev/null'], { cwd: root, env: { PATH, HOME, PORT: '0', DATA_FOLDER: join(folder, 'data') }, stdio: ['pipe', 'pipe', 'pipe'] });
  running.push(child);
  const ended = once(child, 'close');
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
  await until('the banner is there', () => /Health: [^\n]*\n/.test(text) || child.exitCode !== null, 60_000);
  const lines = text.replaceAll('\r', '').split('\n');
  const banner = lines.slice(lines.findIndex((line) => line.startsWith('Ready: '))).filter((line) => line !== '');
  expect(banner.length, text).toBeLessThan(15);
  expect(Math.max(...banner.map((line) => line.length))).toBeLessThan(100);
  for (const role of roles) expect(banner).toContainEqual(expect.stringMatching(new RegExp(`^  ${role} +http://127\\.0\\.0\\.1:\\d+/console/sign-in\\?as=${role}$`)));
  expect(lines[0]).toBe('Loading the program …');
  expect(lines.filter((line) => line.startsWith('{'))).toEqual([]);
  child.stdin.write('\x03');
  await ended;
}, 120_000);

test('a busy port gives one clear message', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const at = holder.address();
  const port = typeof at === 'object' && at ? at.port : 0;
  const data = join(folder, 'never-made');
  const program = start({ PORT: String(port), DATA_FOLDER: data, LOG_LEVEL: 'warn' });
  expect(await program.ended).toBe(1);
  // Noticed before a database is made.
  expect(existsSync(data)).toBe(false);
  expect(program.said().trim()).toBe(`Port ${port} on 127.0.0.1 is taken. Stop what uses it, or choose another: PORT=4001 npm start.`);
  holder.close();
});

test('a wrong configuration names every fault at once', async () => {
  const program = start({ PORT: '99999', ROLES: 'api,cook', JWT_SECRET: 'short', JWKS_URL: 'nowhere', MASTER_KEY: 'AAAA', DEMO: 'maybe', HIGH_INTENT_THRESHOLD: '101', REDIS_URL: 'redis://one:6379, http://two', DRAIN_SECONDS: 'long', CORS_ORIGINS: 'https://app.example, *', KAFKA_BROKERS: 'nowhere', DATABSE_URL: 'postgres://x' });
  expect(await program.ended).toBe(1);
  expect(program.said()).toContain('DATABSE_URL is not a variable of this program and has no effect. Did you mean DATABASE_URL?');
  for (const name of ['PORT', 'ROLES', 'JWT_SECRET', 'JWKS_URL', 'MASTER_KEY', 'DEMO', 'HIGH_INTENT_THRESHOLD', 'REDIS_URL', 'DRAIN_SECONDS', 'CORS_ORIGINS', 'KAFKA_BROKERS']) expect(program.said()).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('a database of one\'s own needs keys of one\'s own', async () => {
  const program = start({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  expect(await program.ended).toBe(1);
  expect(program.said()).toContain('MASTER_KEY must be given with DATABASE_URL');
  expect(program.said()).toContain('JWT_SECRET or JWKS_URL must be given with DATABASE_URL');
});

test('a database that cannot be reached is one sentence with host, port and variable', async () => {
  const keys = { MASTER_KEY: Buffer.alloc(32, 1).toString('base64'), JWT_SECRET: 'j'.repeat(40), LOG_LEVEL: 'warn' };
  const program = start({ ...keys, DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nothing' });
  expect([await program.ended, program.said()]).toEqual([1, 'Cannot reach PostgreSQL at 127.0.0.1:1 (DATABASE_URL): ECONNREFUSED. Check that it runs and that DATABASE_URL is right.\n']);
  const owner = start({ ...keys, DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/nothing', DATABASE_ADMIN_URL: 'postgres://owner:secret@127.0.0.1:2/nothing' });
  expect([await owner.ended, owner.said()]).toEqual([1, 'Cannot reach PostgreSQL at 127.0.0.1:2 (DATABASE_ADMIN_URL): ECONNREFUSED. Check that it runs and that DATABASE_ADMIN_URL is right.\n']);
});
