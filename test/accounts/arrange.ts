import { Client } from 'pg';
import { accountRecords } from '../../src/features/accounts/index.ts';
import type { ProgramOptions } from '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { startTestProgram, until, type QueryAnswer, type TestProgram } from '../harness/program.ts';
import { takenIn } from '../harness/facts.ts';

/** What an upsert or an ingestion says of one item. */
export interface ItemResult {
  readonly __typename: string;
  readonly id?: string;
  readonly change?: 'CREATED' | 'UPDATED' | 'UNCHANGED';
  readonly code?: string;
  readonly message?: string;
  readonly path?: readonly string[];
  readonly signal?: { readonly id: string; readonly dedupeKey: string; readonly account: { readonly id: string } };
}

/** What a bulk mutation answers. */
export interface BulkPayload {
  readonly accepted: number;
  readonly duplicates?: number;
  readonly rejected: number;
  readonly results: readonly ItemResult[];
}

/** A fact of the tenant's chain. */
export interface FactRow extends Record<string, unknown> {
  readonly sequence: number;
  readonly kind: string;
  readonly account_id: string | null;
  readonly data: Record<string, unknown>;
}

type Input = Record<string, unknown>;

/** A program, the owner's view on its database, and short words for what tests do with it. */
export interface Arranged extends TestProgram {
  /** The owner's connection: no wall binds it. */
  readonly admin: Client;
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, never>[]>;
  count(sql: string, values?: readonly unknown[]): Promise<number>;
  upsertAccounts(input: readonly Input[], options?: { token?: string }): Promise<BulkPayload>;
  upsert(plural: string, input: readonly Input[], options?: { token?: string }): Promise<BulkPayload>;
  ingest(input: readonly Input[], options?: { token?: string }): Promise<BulkPayload>;
  /** An account of that external id, and its global id. */
  account(id: string, more?: Input): Promise<string>;
  /** Asks as an analyst, who sees addresses; fails on errors. */
  see<Data>(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** Waits until every fact recorded so far has been taken into the scores. */
  settled(): Promise<void>;
  facts(kind: string): Promise<FactRow[]>;
}

const itemFields = 'accepted rejected results { __typename ... on Upserted { id change } ... on UserError { message code path } }';
const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The data of an answer without errors. */
export function dataOf<Data>({ data, errors }: QueryAnswer<Data>): Data {
  if (errors || !data) throw new Error(`the operation failed: ${JSON.stringify(errors)}`);
  return data;
}

/** Starts the program with the owner's connection beside it. */
export async function arrange(options: Partial<ProgramOptions> = {}): Promise<Arranged> {
  const program = await startTestProgram({ policy: { ...defaultLimits, principalRate: { points: 1e12, seconds: 1 }, tenantRate: { points: 1e12, seconds: 1 } }, ...options });
  const admin = new Client({ connectionString: program.testDatabase.adminUrl });
  await admin.connect();
  await admin.query("set timezone to 'UTC'");
  const rows = async (sql: string, values: readonly unknown[] = []) => (await admin.query(sql, [...values])).rows as Record<string, never>[];
  const count = async (sql: string, values: readonly unknown[] = []) => Number(((await rows(`select count(*) as n from (${sql}) counted`, values))[0] ?? {})['n']);
  const bulk = async (field: string, type: string, fields: string, input: readonly Input[], options: { token?: string } = {}): Promise<BulkPayload> => {
    const query = `mutation($input: [${type}!]!) { payload: ${field}(input: $input) { ${fields} } }`;
    return dataOf(await program.query<{ payload: BulkPayload }, { input: readonly Input[] }>(query, { input }, { role: 'agent', ...options })).payload;
  };
  const upsertAccounts: Arranged['upsertAccounts'] = (input, options) => bulk('upsertAccounts', 'AccountInput', itemFields, input, options);
  return {
    ...program,
    admin,
    rows,
    count,
    upsertAccounts,
    upsert(plural, input, options) {
      const record = accountRecords.find((each) => each.plural === plural);
      if (!record) throw new Error(`there are no ${plural}`);
      return bulk(`upsert${upperFirst(plural)}`, `${record.type}Input`, itemFields, input, options);
    },
    ingest: (input, options) =>
      bulk('ingestSignals', 'SignalInput', 'accepted duplicates rejected results { __typename ... on SignalAccepted { signal { id dedupeKey account { id } } } ... on SignalDuplicate { signal { id dedupeKey account { id } } } ... on UserError { message code path } }', input, options),
    async account(id, more = {}) {
      const { results } = await upsertAccounts([{ externalRef: crm(id), name: id, ...more }]);
      const [made] = results;
      if (!made?.id) throw new Error(`the account was refused: ${JSON.stringify(made)}`);
      return made.id;
    },
    see: async <Data>(query: string, variables: Record<string, unknown> = {}) => dataOf(await program.query<Data, Record<string, unknown>>(query, variables, { role: 'analyst' })),
    async settled() {
      await until('every fact is taken into the scores', async () => {
        const waiting = await count(`select from audit_logs a where kind in ('signal.ingested', 'account.changed', 'account.retired', 'account.restored', 'account.merged', 'account.unmerged') and not ${takenIn('context-engine')}`);
        if (waiting > 0 || !(options.roles ?? roles).includes('scheduler')) return waiting === 0;
        // Snapshots that these facts trigger are taken, too, or wait for their cool-down.
        const unnoted = await count(`select from audit_logs a where kind in ('account.changed', 'health.updated') and not ${takenIn('snapshot-triggers')}`);
        return unnoted === 0 && (await count('select from snapshot_due where due_at <= $1', [program.clock.now().toISOString()])) === 0;
      });
    },
    facts: (kind) => rows('select sequence, kind, account_id, data, occurred_at, recorded_at from audit_logs where tenant_id = $1 and kind = $2 order by sequence', [program.tenant, kind]) as unknown as Promise<FactRow[]>,
    async close() {
      await admin.end();
      await program.close();
    },
  };
}

/** The name of something in the CRM. */
export const crm = (id: string): { system: string; id: string } => ({ system: 'salesforce', id });

/** One record of each kind, without its account and reference; and the same with something changed. */
export const samples: Readonly<Record<string, readonly [Input, Input]>> = {
  opportunities: [
    { name: 'Renewal', stage: 'Negotiation', amount: { amountMinor: 15_000_000, currency: 'USD' }, closeDate: '2026-12-31', probability: 0.6, nextStep: 'Call', stageSince: '2026-11-01T00:00:00.000Z' },
    { name: 'Renewal', stage: 'Closed Won', amount: { amountMinor: 16_000_000, currency: 'USD' }, closeDate: '2026-12-30', probability: 1, nextStep: null, stageSince: '2026-11-20T00:00:00.000Z' },
  ],
  contacts: [
    { name: 'Ada Byron', email: 'ada@example.com', title: 'CTO', role: 'Technical Evaluator' },
    { name: 'Ada Lovelace', email: 'ada@example.com', title: 'CEO', role: 'Economic Buyer' },
  ],
  activities: [
    { type: 'Call', subject: 'Pricing', occurredAt: '2026-11-20T10:00:00.000Z' },
    { type: 'Call', subject: 'Pricing, again', occurredAt: '2026-11-20T11:00:00.000Z' },
  ],
  tickets: [
    { key: 'ACME-1', summary: 'SSO fails', status: 'In Progress', statusCategory: 'IN_PROGRESS', assignee: 'Kim', priority: 'HIGH', labels: ['blocker', 'sso'], url: 'https://jira.example/ACME-1', createdOn: '2026-11-02', resolvedOn: null },
    { key: 'ACME-1', summary: 'SSO fails', status: 'Done', statusCategory: 'DONE', assignee: 'Kim', priority: 'HIGH', labels: [], url: 'https://jira.example/ACME-1', createdOn: '2026-11-02', resolvedOn: '2026-11-20' },
  ],
  threads: [
    { author: 'Lee', preview: 'They like it', replyCount: 3, url: null, occurredAt: '2026-11-19T08:00:00.000Z' },
    { author: 'Lee', preview: 'They like it', replyCount: 4, url: null, occurredAt: '2026-11-19T08:00:00.000Z' },
  ],
  seMentions: [
    { name: 'Sam', lastActiveAt: '2026-11-21T08:00:00.000Z', status: 'active' },
    { name: 'Sam', lastActiveAt: '2026-11-21T08:30:00.000Z', status: 'away' },
  ],
  managerFlags: [
    { flag: 'strategic_account', setBy: 'Vic', note: 'Reference customer' },
    { flag: 'strategic_account', setBy: 'Vic', note: null },
  ],
  weeklySummaries: [
    { weekOf: '2026-11-16', status: 'On Track', highlights: ['Demo'], risks: [] },
    { weekOf: '2026-11-16', status: 'At Risk', highlights: ['Demo'], risks: ['Budget'] },
  ],
  products: [{ name: 'Analytics' }, { name: 'Analytics Plus' }],
  kpis: [
    { productId: null, category: 'Product Usage', parameter: 'Weekly active users', value: '82 %' },
    { productId: null, category: 'Product Usage', parameter: 'Weekly active users', value: '79 %' },
  ],
  healthTrends: [
    { year: 2026, month: 10, overallScore: 71.5, productUsageScore: 80, supportScore: 60, customerSentimentScore: null, businessOutcomesScore: 70, relationshipStrengthScore: 75 },
    { year: 2026, month: 10, overallScore: 65, productUsageScore: 70, supportScore: 60, customerSentimentScore: 55, businessOutcomesScore: 70, relationshipStrengthScore: 75 },
  ],
  playbookTriggers: [
    { playbookType: 'renewal', autoTriggerEnabled: true },
    { playbookType: 'renewal', autoTriggerEnabled: false },
  ],
  playbookExecutions: [
    { playbookId: 'pb-1', playbookName: 'Renewal', status: 'RUNNING', startedAt: '2026-11-10T00:00:00.000Z', completedAt: null },
    { playbookId: 'pb-1', playbookName: 'Renewal', status: 'COMPLETED', startedAt: '2026-11-10T00:00:00.000Z', completedAt: '2026-11-20T00:00:00.000Z' },
  ],
  playbookReports: [
    { playbookName: 'Renewal', executionId: null, generatedAt: '2026-11-20T00:00:00.000Z', content: 'All well' },
    { playbookName: 'Renewal', executionId: null, generatedAt: '2026-11-20T00:00:00.000Z', content: 'Not so well' },
  ],
  notes: [
    { noteType: 'QBR', content: 'They want more', author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' },
    { noteType: 'MEETING', content: 'They want more', author: 'Kim', occurredAt: '2026-11-18T01:00:00.000Z' },
  ],
};
