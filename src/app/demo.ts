import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { toGlobalId, type Id, type NewId } from '../platform/ids.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import type { Work } from '../platform/postgres/work.ts';
import { accountRecords, selectAccounts, upsertAccounts, upsertRecords, type AccountInput, type RecordInput } from '../features/accounts/index.ts';
import { createWebhookSecret, latestWebhookSecret } from '../features/connectors/index.ts';
import { publishFirstPolicy } from '../features/enrichment/index.ts';
import { ingestSignals, type SignalStatement } from '../features/signals/index.ts';
import { createTenant } from './create-tenant.ts';
import { grantDemoConsents, loadDemoActions } from './demo-actions.ts';
import { loadDemoPortfolio, portfolioSize } from './demo-portfolio.ts';
import { loadDemoProfiles } from './demo-profiles.ts';
import type { Progress } from './progress.ts';

/** Days and hours in the demo file are relative: `-3d` is three days before the demo was loaded. */
const demoFile = z.array(
  z.strictObject({
    slug: z.string(),
    name: z.string(),
    accounts: z.array(z.looseObject({ externalRef: z.looseObject({ id: z.string() }) })),
    records: z.record(z.string(), z.array(z.looseObject({}))),
    signals: z.array(z.looseObject({})),
  }),
);

/** What the demo is loaded into. */
export interface DemoOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly highIntentThreshold: number;
  /** Told how far the loading is, where there is something to load. */
  readonly progress?: Progress;
}

/** A demo tenant. */
export interface DemoTenant {
  readonly id: Id<'Tenant'>;
  readonly slug: string;
  readonly name: string;
}

const actor = { kind: 'system', id: 'demo' } as const;

/** Loads the demo tenants with their accounts, records and signals; what is there already is left as it is. */
export async function loadDemo(options: DemoOptions): Promise<DemoTenant[]> {
  const { database, seal, clock, newId, highIntentThreshold } = options;
  const file = join(dirname(fileURLToPath(import.meta.url)), 'demo.json');
  const tenants = demoFile.parse(relativeTimes(JSON.parse(await readFile(file, 'utf8')), clock.now()));
  const loaded: DemoTenant[] = [];
  const all = tenants.reduce((sum, { accounts }) => sum + accounts.length, portfolioSize);
  let count = 0;
  const note = (accounts: number): void => {
    options.progress?.(`Loading the demo: ${(count += accounts)} of ${all} accounts`, { loaded: count, all });
  };
  for (const { slug, name, accounts, records, signals } of tenants) {
    const id = await createTenant(database, newId, { slug, name, highIntentThreshold });
    loaded.push({ id, slug, name });
    const caller = { tenantId: id, actor, requestId: `demo:${slug}` };
    await database.transact(caller, async (work) => {
      if (await hasAccounts(work)) return;
      if (count === 0) note(0);
      refuseFaults(await upsertAccounts(work, seal, accounts as unknown as AccountInput[]));
      for (const record of accountRecords) {
        refuseFaults(await upsertRecords(work, seal, record, (records[record.plural] ?? []) as unknown as RecordInput[]));
      }
      await grantDemoConsents(work, seal);
      const arrived = signals.map((signal, index) => ({ statement: signal as unknown as SignalStatement, requestId: caller.requestId, path: ['signals', String(index)] }));
      refuseFaults((await ingestSignals(work, arrived)).map((result) => (result.outcome === 'REJECTED' ? result.error : result)));
      note(accounts.length);
    });
    await database.transact(caller, (work) => loadDemoProfiles(work, seal, (value) => relativeTimes(value, clock.now())));
    // One tenant with a portfolio; the other stays small, so that both are seen. Before the actions: it is part of what they rest on.
    if (loaded.length === 1) await database.transact(caller, (work) => loadDemoPortfolio(work, seal, note));
    await database.transact(caller, (work) => loadDemoActions(work, seal));
    // On request alone: values that a mock made up must not mix with the demo's own by themselves.
    await database.transact(caller, (work) => publishFirstPolicy(work, { provider: 'MOCK_CLEARBIT', qualityBelow: 0 }));
  }
  return loaded;
}

/** Values for the variables of GraphiQL's examples, by tenant: an account that exists, and an instant that it existed at. */
export async function demoExamples({ database, clock }: DemoOptions, tenants: readonly DemoTenant[]): Promise<Record<string, Record<string, string>>> {
  const shown = { externalRef: { system: 'salesforce', id: 'acme_corp_12345' } };
  const entries = tenants.map(async ({ id, slug }) => {
    const read = database.read(id);
    const [account] = (await selectAccounts(read, id, [shown])).values();
    await read.close();
    const globalId = account ? toGlobalId('Account', account) : '';
    return [slug, { id: globalId, accountId: globalId, at: clock.now().toISOString() }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The demo's webhook secret, with which the printed curl line signs; the same at every start. */
export function demoWebhookSecret({ database, seal }: DemoOptions, tenant: DemoTenant): ReturnType<typeof createWebhookSecret> {
  return database.transact({ tenantId: tenant.id, actor, requestId: 'demo:webhook' }, async (work) => (await latestWebhookSecret(work, seal, 'salesforce')) ?? createWebhookSecret(work, seal, 'salesforce'));
}

async function hasAccounts(work: Work): Promise<boolean> {
  const rows = await work.em.getConnection().execute('select 1 from account limit 1', [], 'all', work.em.getTransactionContext());
  return rows.length > 0;
}

function refuseFaults(results: readonly unknown[]): void {
  const fault = results.find((result) => result instanceof Error);
  if (fault) throw fault;
}

/** Turns `-3d`, `+40d` and `-2h` into instants, `day:-3d` into days, and `week:-3d` into the Monday of that day's week. */
function relativeTimes(value: unknown, now: Date): unknown {
  if (Array.isArray(value)) return value.map((member) => relativeTimes(member, now));
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, relativeTimes(member, now)]));
  const match = typeof value === 'string' ? /^(day:|week:)?([+-]\d+)([dh])$/.exec(value) : null;
  if (!match) return value;
  const [, form, count, unit] = match;
  const instant = new Date(now.getTime() + Number(count) * (unit === 'd' ? 86_400_000 : 3_600_000));
  if (form === 'week:') instant.setUTCDate(instant.getUTCDate() - ((instant.getUTCDay() + 6) % 7));
  return form ? instant.toISOString().slice(0, 10) : instant.toISOString();
}
