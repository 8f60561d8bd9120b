import 'reflect-metadata';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { z } from 'zod';
import { migrations } from '../../migrations/index.ts';
import { rolesDocument } from '../api/graphql/roles-document.ts';
import { landed } from '../../migrations/landed.ts';
import { buildGraph } from '../api/graphql/schema.ts';
import { dumpSchema } from '../platform/postgres/dump.ts';
import { startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { events } from './events.ts';

const folder = new URL('../../schema/', import.meta.url);
const check = process.argv.includes('--check');

/** Writes what others rely on into schema/, or with --check tells what there is out of date. */
async function generate(): Promise<void> {
  const graph = buildGraph();
  const files = new Map<string, string>([['schema.graphql', `${printSchema(lexicographicSortSchema(graph))}\n`], ['roles.md', rolesDocument(graph)], ['database.sql', await databaseDump()]]);
  for (const event of events) files.set(`events/${event.kind}.json`, eventSchema(event));
  const stale: string[] = [];
  await mkdir(new URL('events/', folder), { recursive: true });
  for (const [name, text] of files) {
    const file = new URL(name, folder);
    const present = await readFile(file, 'utf8').catch(() => null);
    if (present === text) continue;
    stale.push(name);
    if (!check) await writeFile(file, text);
  }
  if (check && stale.length > 0) {
    process.stderr.write(`Out of date: ${stale.map((name) => `schema/${name}`).join(', ')}. Run npm run generate, and commit what it writes.\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(stale.length > 0 ? `Wrote ${stale.map((name) => `schema/${name}`).join(', ')}.\n` : 'schema/ is up to date.\n');
}

function eventSchema({ kind, version, description, schema }: (typeof events)[number]): string {
  const { $schema, ...shape } = z.toJSONSchema(schema);
  return `${JSON.stringify({ $schema, $id: `${kind}.v${version}`, title: kind, description, ...shape }, null, 2)}\n`;
}

/** The schema as the migrations make it, in a database made for this alone. */
async function databaseDump(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'context-graph-schema-'));
  await chmod(data, 0o711);
  const server = await startEmbeddedPostgres({ folder: data, durable: false, onLog: () => undefined });
  try {
    await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations, landed });
    return await dumpSchema(server.adminUrl);
  } finally {
    await server.stop();
    await rm(data, { recursive: true, force: true });
  }
}

await generate();
