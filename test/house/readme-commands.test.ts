import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/platform/postgres/server-process.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
/** Blocks that are tried elsewhere: this very run, and what needs a container engine (test/operations/compose.test.ts). */
const elsewhere = /^npm test$|docker compose/m;

let clone: string;
let readme: string;
let port: number;
let program: ChildProcess | null = null;

/** A fresh clone with the files as they are now, and installed: what `npm ci` would bring is linked. */
async function makeClone(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-readme-'));
  await chmod(folder, 0o711);
  const to = join(folder, 'clone');
  await run('git', ['clone', '--quiet', root, to]);
  const { stdout } = await run('git', ['ls-files', '--modified', '--others', '--exclude-standard'], { cwd: root });
  for (const path of stdout.split('\n').filter(Boolean)) await cp(join(root, path), join(to, path)).catch(() => rm(join(to, path), { force: true }));
  for (const name of ['node_modules', 'dist']) {
    // Hard links where both are on one disk.
    await run('cp', ['-al', join(root, name), join(to, name)]).catch(async () => {
      await rm(join(to, name), { recursive: true, force: true });
      await symlink(join(root, name), join(to, name));
    });
  }
  return to;
}

const blocks = (language: string): string[] => [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
const environment = () => ({ PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: String(port) });

/** Runs lines as they stand in the README, but on a port of the test's own. */
async function shell(lines: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = execFile('bash', ['--norc', '-euc', lines.replaceAll(':4000', `:${port}`)], { cwd: clone, env: environment(), maxBuffer: 1e8 });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/** Starts the program by the README's own line, and waits until it says that it is ready. */
async function start(line: string): Promise<void> {
  const child = spawn('bash', ['--norc', '-euc', line.replace('npm ci && ', '')], { cwd: clone, env: environment(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  program = child;
  let said = '';
  await new Promise<void>((done, fail) => {
    const hear = (chunk: Buffer): void => void ((said += String(chunk)).includes('"msg":"ready"') && done());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', () => fail(new Error(said)));
  });
}

beforeAll(async () => {
  [clone, readme, port] = await Promise.all([makeClone(), readFile(join(root, 'README.md'), 'utf8'), freePort()]);
});
afterAll(async () => {
  if (program?.pid && program.exitCode === null) {
    const ended = once(program, 'close');
    process.kill(-program.pid, 'SIGINT');
    await ended;
  }
  await rm(join(clone, '..'), { recursive: true, force: true });
});

/** Keys and kinds of values of an answer; digits differ from day to day. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]));
  return typeof value === 'number' ? 'a number' : value;
}

test('the README\'s blocks run in their order in a fresh clone, and show what they say', async () => {
  const [first = '', query = '', commands = '', ...rest] = blocks('sh').filter((block) => !elsewhere.test(block));
  expect(rest).toEqual([]);
  await start(first.trim());

  const [shown = ''] = blocks('json');
  const asked = await shell(query);
  expect([asked.code, shape(JSON.parse(asked.stdout || 'null'))], asked.stderr).toEqual([0, shape(JSON.parse(shown))]);

  const outputs = new Map<string, string>();
  for (const line of commands.trim().split('\n')) {
    const { code, stdout, stderr } = await shell(line);
    expect(code, `${line}\n${stdout}${stderr}`).toBe(0);
    outputs.set(/npm run -s ([\w-]+(?: -- (?!-)[\w-]+)?)/.exec(line)?.[1] ?? line, stdout + stderr);
  }
  expect(outputs.get('webhook')).toMatch(/^202 \{"status":"accepted"/m);
  expect(outputs.get('tenant')).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(outputs.get('audit -- verify')).toContain('"intact": true');
  expect(outputs.get('audit -- anchors')).toMatch(/^There are no anchors on the bus yet|"kind":"audit.anchored"/);
  expect(outputs.get('dead-letters -- list')).toMatch(/^No dead letters of context-engine, /);
  expect(outputs.size).toBe(5);
}, 240_000);

test('every command of the README explains itself, with exit code 0, and says in one sentence what it lacks', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const table = readme.slice(readme.indexOf('| command | what it does |'), readme.indexOf('## Configuration'));
  const named = [...new Set([...table.matchAll(/npm run (?:-s )?([\w-]+)/g)].map(([, name = '']) => name))];
  expect(named.length).toBeGreaterThan(5);
  // Whatever runs a file of src/app is for operators, and is in the table.
  const offered = Object.entries(scripts).filter(([name, line]) => line.includes('src/app/') && !name.startsWith('generate')).map(([name]) => name);
  expect(offered.filter((name) => !named.includes(name))).toEqual([]);
  const half = Math.ceil(named.length / 2);
  // Two at a time: each is a process that loads the program.
  const explain = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const { code, stdout, stderr } = await shell(`npm run -s ${name} -- --help`);
      expect([code, stderr], name).toEqual([0, '']);
      expect(stdout, name).toMatch(/^Usage: npm run /);
    }
  };
  await Promise.all([explain(named.slice(0, half)), explain(named.slice(half))]);
  const lacking = await Promise.all(['tenant', 'token', 'dead-letters', 'audit'].map((name) => shell(`npm run -s ${name}`)));
  for (const { code, stderr } of lacking) {
    expect(code).toBeGreaterThan(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/Usage|\bat .*:\d+:\d+/);
  }
}, 240_000);

test('a command without a database says where it looked', async () => {
  const { code, stderr } = await shell('DATA_FOLDER=nothing-here npm run -s tenant -- --slug x --name X');
  expect([code, stderr]).toEqual([1, 'There is no database: DATABASE_URL is not set, and nothing-here (DATA_FOLDER) holds none. Start the program there once (npm start), or set DATABASE_URL.\n']);
  const away = await shell(`DATABASE_URL=postgres://a:b@127.0.0.1:1/c MASTER_KEY=${Buffer.alloc(32).toString('base64')} JWT_SECRET=${'j'.repeat(40)} npm run -s dead-letters -- list`);
  expect([away.code, away.stderr]).toEqual([1, 'Cannot reach PostgreSQL at 127.0.0.1:1 (DATABASE_URL): ECONNREFUSED. Check that it runs and that DATABASE_URL is right.\n']);
});
