import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

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

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Resolves with the address once the program says where it is; with null when it ended before. */
  readonly address: Promise<string | null>;
  readonly ended: Promise<number | null>;
}

/** Starts the program as `npm start` does, in a folder of the test's own. */
function start(variables: Record<string, string> = {}): Started {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: root, env: { PATH, HOME, PORT: '0', LOG_LEVEL: 'warn', DATA_FOLDER: join(folder, 'data'), ...variables }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let text = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const address = new Promise<string | null>((tell) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        text += String(chunk);
        const found = /^Graph +(http\S+)\/graphql$/m.exec(text)?.[1];
        if (found && text.includes('A signed webhook:') && text.trimEnd().endsWith('"$BODY"')) tell(found);
      });
    }
    void ended.then(() => tell(null));
  });
  return { child, said: () => text, address, ended };
}

async function accountNames(program: Started): Promise<string[]> {
  const address = await program.address;
  const token = /^ {2}aurora +viewer +(\S+)$/m.exec(program.said())?.[1];
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ accounts(first: 100) { edges { node { name } } } }' }),
  });
  const { data } = (await response.json()) as { data: { accounts: { edges: { node: { name: string } }[] } } };
  return data.accounts.edges.map(({ node }) => node.name);
}

/** Runs the audit command on the same data folder. */
const audit = (...parameters: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, DATA_FOLDER: join(folder, 'data') };
    execFile(process.execPath, ['--import', 'tsx', 'src/app/audit.ts', ...parameters], { cwd: root, env }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });

test('the embedded start tells where everything is, keeps its state, and recovers from a kill', async () => {
  const first = start();
  expect(await first.address, first.said()).not.toBeNull();
  const names = await accountNames(first);
  expect(names).toContain('Acme Corp');
  expect(first.said()).toMatch(/GraphiQL +http\S+\/graphiql/);

  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.said()).toMatch(/in use by process \d+\. Stop that program first/);

  first.child.kill('SIGKILL');
  await first.ended;
  const third = start();
  expect(await accountNames(third)).toEqual(names);
  expect(/X-Webhook-Id: (\S+)'/.exec(third.said())?.[1]).toBe(/X-Webhook-Id: (\S+)'/.exec(first.said())?.[1]);

  // The chain is verified beside the running program, and without it the command says what to do.
  const token = /^ {2}aurora +viewer +(\S+)$/m.exec(third.said())?.[1] ?? '';
  const { tenant } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { tenant: string };
  const verified = await audit('verify', '--tenant', tenant);
  expect([verified.code, JSON.parse(verified.stdout)], verified.stderr).toMatchObject([0, { intact: true, complete: true, anchorsOnBus: expect.any(Number) as number }]);

  third.child.kill('SIGINT');
  expect(await third.ended).toBe(0);
  const alone = await audit('verify', '--tenant', tenant);
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/does not run\. Start the program \(npm start\)/) as string]);
});

test('a busy port gives one clear message', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const at = holder.address();
  const port = typeof at === 'object' && at ? at.port : 0;
  const program = start({ PORT: String(port) });
  expect(await program.ended).toBe(1);
  expect(program.said().trim()).toBe(`Port ${port} on 127.0.0.1 is taken. Stop what uses it, or choose another: PORT=4001 npm start.`);
  holder.close();
});

test('a wrong configuration names every fault at once', async () => {
  const program = start({ PORT: '99999', ROLES: 'api,cook', JWT_SECRET: 'short', JWKS_URL: 'nowhere', MASTER_KEY: 'AAAA', DEMO: 'maybe', HIGH_INTENT_THRESHOLD: '101', REDIS_URL: 'redis://one:6379, http://two', DRAIN_SECONDS: 'long', CORS_ORIGINS: 'https://app.example, *', KAFKA_BROKERS: 'nowhere' });
  expect(await program.ended).toBe(1);
  for (const name of ['PORT', 'ROLES', 'JWT_SECRET', 'JWKS_URL', 'MASTER_KEY', 'DEMO', 'HIGH_INTENT_THRESHOLD', 'REDIS_URL', 'DRAIN_SECONDS', 'CORS_ORIGINS', 'KAFKA_BROKERS']) expect(program.said()).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('a database of one\'s own needs keys of one\'s own', async () => {
  const program = start({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  expect(await program.ended).toBe(1);
  expect(program.said()).toContain('MASTER_KEY must be given with DATABASE_URL');
  expect(program.said()).toContain('JWT_SECRET or JWKS_URL must be given with DATABASE_URL');
});
