import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { readCatalog } from '../../src/platform/postgres/catalog.ts';
import { checkBackup } from '../../src/platform/postgres/backup/load-backup.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { Client } from 'pg';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { createTestDatabase } from '../harness/database.ts';
import { fixtureKey, fixtures } from './fixtures.ts';
import { restoreFixture, type RestoredFixture } from './restored.ts';

const accountsQuery = `{ accounts(first: 100) { edges { node { id name
  intent { __typename ... on IntentScore { value contributions(first: 100) { points } } }
  contacts(first: 5) { edges { node { name email } } } } } } }`;
interface AccountsData {
  readonly accounts: { readonly edges: readonly { readonly node: { readonly id: string; readonly name: string; readonly intent: { readonly __typename: string; readonly value?: number; readonly contributions?: readonly { readonly points: number }[] }; readonly contacts: { readonly edges: readonly { readonly node: { readonly name: string; readonly email: string | null } }[] } } }[] };
}

/** The demo's own text: what every version was given. */
async function demoAccounts(): Promise<readonly string[]> {
  const [aurora] = JSON.parse(await readFile(new URL('../../src/app/demo.json', import.meta.url), 'utf8')) as { accounts: { name: string }[] }[];
  return aurora?.accounts.map(({ name }) => name) ?? [];
}

async function catalogOf(url: string): Promise<Readonly<Record<string, string>>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await readCatalog(client);
  } finally {
    await client.end();
  }
}

for (const { name, file } of await fixtures()) {
  describe(`a database of the version that ended with ${name}`, () => {
    let restored: RestoredFixture;
    let program: TestProgram;
    // Before the next version's program starts: together they would hold all connections of the server.
    const open: { close(): Promise<unknown> }[] = [];
    afterAll(async () => {
      for (const each of open.toReversed()) await each.close();
    });

    test('migrates to the schema of this version', async () => {
      const { header } = await checkBackup(file);
      restored = await restoreFixture(file);
      open.push({ close: () => restored.drop() });
      // Of an unreleased version the name says more.
      expect(name.startsWith(header.steps.at(-1)?.name ?? '?')).toBe(true);
      const present = await createTestDatabase();
      open.push({ close: () => present.drop() });
      expect(await catalogOf(restored.adminUrl)).toEqual(await catalogOf(present.adminUrl));
      expect(await migrate({ adminUrl: restored.adminUrl, appUrl: restored.appUrl, migrations, landed })).toEqual([]);
    }, 300_000);

    test('starts, and reads accounts, scores and sealed addresses', async () => {
      const { header } = await checkBackup(file);
      program = await startTestProgram({ databaseUrl: restored.appUrl, masterKey: fixtureKey });
      open.push(program);
      program.clock.advance(Date.parse(header.madeAt) - program.clock.now().getTime() + 60_000);
      const { data, errors } = await program.query<AccountsData, never>(accountsQuery);
      expect(errors).toBeUndefined();
      const nodes = data?.accounts.edges.map(({ node }) => node) ?? [];
      expect(nodes.map((node) => node.name)).toEqual(expect.arrayContaining([...(await demoAccounts())]));
      const scored = nodes.filter(({ intent }) => intent.__typename === 'IntentScore');
      expect(scored.length).toBeGreaterThan(0);
      for (const { intent } of scored) expect(intent.contributions?.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(intent.value ?? Number.NaN, 5);
      const addresses = nodes.flatMap(({ contacts }) => contacts.edges.map(({ node }) => node.email));
      expect(addresses.length).toBeGreaterThan(0);
      for (const address of addresses) expect(address).toMatch(/^[a-z0-9.]+@[a-z0-9.-]+$/);
    }, 300_000);

    test('its audit chains are intact, and go on', async () => {
      const verify = '{ auditVerification { intact complete tampering detail headSequence } }';
      const before = await program.query<{ auditVerification: { headSequence: number } }, never>(verify);
      expect(before.errors).toBeUndefined();
      expect(before.data?.auditVerification).toMatchObject({ intact: true, complete: true, tampering: null });
      expect(before.data?.auditVerification.headSequence).toBeGreaterThan(10);
      const [account] = (await program.query<AccountsData, never>(accountsQuery)).data?.accounts.edges ?? [];
      const scoreOf = async (): Promise<number> => (await program.query<{ account: { intent: { value?: number } } }, never>(`{ account(id: "${account?.node.id}") { intent { ... on IntentScore { value } } } }`)).data?.account.intent.value ?? 0;
      const old = await scoreOf();
      const sent = await fetch(`${program.url}/api/signals`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` },
        body: JSON.stringify({ account: { id: account?.node.id }, source: 'website', type: 'demo_request', sourceEventId: 'after the upgrade', occurredAt: program.clock.now().toISOString(), payload: {} }),
      });
      expect([200, 202], await sent.text()).toContain(sent.status);
      await until('the score rises', async () => (await scoreOf()) > old, 30_000);
      const after = await program.query<{ auditVerification: { headSequence: number } }, never>(verify);
      expect(after.data?.auditVerification).toMatchObject({ intact: true });
      expect(after.data?.auditVerification.headSequence).toBeGreaterThan(before.data?.auditVerification.headSequence ?? 0);
    }, 300_000);
  });
}
