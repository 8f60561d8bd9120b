import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrations } from '../../migrations/index.ts';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The template database of this run, migrated, as its owner and as the program. */
    readonly templateAdminUrl: string;
    readonly templateUrl: string;
  }
}

/** One server per test run, with one migrated template database; every test file clones it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `test_template_${process.pid}`;
  const on = (url: string): string => Object.assign(new URL(url), { pathname: `/${template}` }).href;
  await withAdmin(server.adminUrl, (admin) => admin.query(`create database ${template}`));
  await migrate({ adminUrl: on(server.adminUrl), appUrl: on(server.url), migrations });
  project.provide('templateAdminUrl', on(server.adminUrl));
  project.provide('templateUrl', on(server.url));
  return async () => {
    await withAdmin(server.adminUrl, (admin) => admin.query(`drop database if exists ${template} with (force)`));
    await server.stop();
  };
}

const folderPrefix = 'context-graph-test-';

interface TestServer {
  readonly adminUrl: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** TEST_DATABASE_URL (a superuser's) when set; else PostgreSQL from npm, in a folder of its own. */
async function startServer(): Promise<TestServer> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    const url = Object.assign(new URL(given), { username: 'context_graph_test', password: 'context_graph_test' }).href;
    return { adminUrl: given, url, stop: async () => undefined };
  }
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ folder, durable: false, onLog: () => undefined }).catch((error: unknown) => {
    throw new Error('There is no PostgreSQL to test on. Set TEST_DATABASE_URL to one (as a superuser), or mend the embedded one.', { cause: error });
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Stops and removes the servers of test runs that were killed. Those of live ones are locked. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name);
    // A folder without it is only just being made.
    if (!name.startsWith(folderPrefix) || !existsSync(join(folder, 'holder.pid'))) continue;
    const server = await startEmbeddedPostgres({ folder, durable: false, onLog: () => undefined }).catch(() => null);
    if (!server) continue;
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withAdmin(url: string, body: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await body(admin);
  } finally {
    await admin.end();
  }
}
