import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { loadDemo } from '../../src/app/demo.ts';
import { events } from '../../src/app/events.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

// Audit rows carry ids and figures, never personal data: nothing in them has to be erased, and the chain outlives everybody.
let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program.close());

/** What a schema may let through as free text, by kind and field: names of things and enums of the tenant's own, not of people. */
const freeTexts: Readonly<Record<string, readonly string[]>> = {
  'account.changed': ['what'],
  'audit.anchored': ['hash', 'keyId', 'signature'],
  // acceptedBy is an operator's id; the command refuses anything with a space or an @.
  'audit.restore_accepted': ['backupDigest', 'backupKeyId', 'backupSignature', 'hash', 'acceptedBy', 'keyId', 'signature'],
  'connection.added': ['source'],
  'connection.changed': ['source'],
  'connection.paused': ['source'],
  'connection.removed': ['source'],
  'connection.resumed': ['source'],
  'connection.tested': ['source'],
  'field_definition.deleted': ['name'],
  'field_definition.saved': ['name'],
  'reference.linked': ['nodeType', 'system'],
  'reference.unlinked': ['nodeType', 'system'],
  'signal.ingested': ['type', 'source'],
  'erasure.requested': ['source'],
  'webhook_secret.created': ['source'],
  'webhook_secret.received': ['source'],
  'webhook_secret.revoked': ['source'],
  'webhook_secret.rotated': ['source'],
  'webhook_secret.settings_changed': ['source'],
  'webhook_secret.shown': ['source'],
};

/** Patterns of codes and digests: nobody's name fits. */
const codes = new Set(['^[A-Z_]+$', '^[A-Z_]{1,64}$', '^[A-Za-z_]+$', '^[0-9a-f]{64}$']);

function textsOf(schema: Record<string, unknown>, path: string): string[] {
  const nested = Object.entries((schema['properties'] ?? {}) as Record<string, Record<string, unknown>>).flatMap(([name, member]) => textsOf(member, path ? `${path}.${name}` : name));
  const alternatives = [...((schema['anyOf'] ?? []) as Record<string, unknown>[]), ...(schema['items'] ? [schema['items'] as Record<string, unknown>] : [])].flatMap((member) => textsOf(member, path));
  const open = schema['type'] === 'object' && schema['additionalProperties'] !== false ? [`${path}.*`] : [];
  const free = schema['type'] === 'string' && !codes.has(String(schema['pattern'])) && !schema['enum'] && schema['const'] === undefined && !['uuid', 'date-time', 'date'].includes(String(schema['format']));
  return [...nested, ...alternatives, ...open, ...(free ? [path] : [])];
}

test.each(events.map((event) => [event.kind, event] as const))('the schema of %s has no place for free text of people', (kind, event) => {
  expect([...new Set(textsOf(z.toJSONSchema(event.schema), ''))].filter((path) => !(freeTexts[kind] ?? []).includes(path))).toEqual([]);
});

test('every kind that the program declares is in the list that was just gone through, and no exception is left over', async () => {
  const folder = new URL('../../src/', import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts') && !file.startsWith('platform/'));
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
  const declared = texts.flatMap((text) => [...text.matchAll(/\bdefineEvent\(\s*'([^']+)'/g)].map((found) => found[1] ?? ''));
  expect(texts.flatMap((text) => [...text.matchAll(/\bdefineEvent\(/g)])).toHaveLength(declared.length);
  expect(events.map(({ kind }) => kind).toSorted()).toEqual(declared.toSorted());
  for (const [kind, paths] of Object.entries(freeTexts)) {
    const event = events.find((one) => one.kind === kind);
    expect([kind, event && [...new Set(textsOf(z.toJSONSchema(event.schema), ''))].toSorted()]).toEqual([kind, paths.toSorted()]);
  }
});

test('the rows of the demo are of their schemas, and name nobody', async () => {
  const demo = await loadDemo({ ...program, highIntentThreshold: 75 });
  const tenants = demo.map(({ id }) => id);
  const rows = await program.rows('select kind, actor_id, request_id, data from audit_logs where tenant_id = any($1)', [tenants]);
  const known = new Map(events.map((event) => [event.kind, event]));
  for (const row of rows) expect(() => known.get(String(row['kind']))?.schema.parse(row['data'])).not.toThrow();
  const text = rows.map((row) => JSON.stringify(row)).join('\n').toLowerCase();
  expect(text).not.toMatch(/@|\+\d{6,}/);
  // The names of everybody in the demo's file: contacts, owners, authors.
  const people = await everybody();
  expect(people.length).toBeGreaterThan(5);
  expect(people.filter((name) => text.includes(name.toLowerCase()))).toEqual([]);
});

async function everybody(): Promise<string[]> {
  const file = JSON.parse(await readFile(new URL('../../src/app/demo.json', import.meta.url), 'utf8')) as { accounts: Record<string, { name?: string }>[]; records: Record<string, Record<string, string>[]> }[];
  return file.flatMap(({ accounts, records }) => [
    ...accounts.flatMap((account) => [account['owner']?.name, account['csm']?.name]),
    ...Object.entries(records).flatMap(([plural, own]) => own.flatMap((record) => (plural === 'contacts' || plural === 'seMentions' ? [record['name'], record['email']] : [record['author'], record['assignee'], record['setBy']]))),
  ]).filter((name): name is string => typeof name === 'string' && name.length > 3);
}
