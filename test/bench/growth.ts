import { Client } from 'pg';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { benchToken } from './caller.ts';
import { Caller, measureLoad, type Measured } from './load.ts';
import { operations } from './operations.ts';
import { startPart, type PartOptions } from './part.ts';
import { printTable, times } from './table.ts';
import { openPostgresCpu } from './warm.ts';

/** Signals of one account; each also has a tenth as many changes of its score, over as many months as fit a signal every ten minutes. */
const histories = [1_000, 10_000, 100_000] as const;
const connections = 2;
const rounds = 3;

/** What the growth of data does to reads: the history of an account, and the accounts of a tenant. */
export interface GrowthPlan {
  readonly requests: number;
  readonly mostSeconds: number;
  readonly secret: string;
  readonly otherTenantId: string;
}

const addSignals = `
insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
select $1::uuid, uuidv7(-make_interval(mins => 10 * n)), $2::uuid, (array['website_visit', 'email_open', 'meeting', 'stage_change', 'call', 'note', 'content_download', 'product_usage', 'website_visit', 'email_open'])[1 + n % 10],
  'bench', 'growth-' || $2::text || n, 'bench:growth-' || $2::text || n, now() - make_interval(mins => 10 * n), now() - make_interval(mins => 10 * n) + interval '2 seconds', jsonb_build_object('page', '/page/' || n % 50), 'growth'
from generate_series(1, $3::int) n`;
const addPoints = `
insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, previous, cause, model_version, icp_fit, state)
select p.tenant_id, uuidv7(-make_interval(mins => 100 * n)), p.account_id, now() - make_interval(mins => 100 * n), now() - make_interval(mins => 100 * n), p.value, p.previous, p.cause, p.model_version, p.icp_fit, p.state
from (select * from score_point where tenant_id = $1 and account_id = $2 limit 1) p, generate_series(1, $3::int / 10) n`;

interface Curve {
  readonly title: string;
  readonly points: readonly { readonly name: string; readonly caller: Caller; readonly body: string }[];
}
type Costs = Measured & { readonly postgres: number };

/** Measures the account page, the signal feed and the portfolio page over growing data, the sizes turn by turn. Every request is executed. */
export async function measureGrowth(options: PartOptions, adminUrl: string, token: string, plan: GrowthPlan): Promise<void> {
  const part = await startPart('./program-part.ts', { ...options, roles: ['api'] });
  const callers: Caller[] = [];
  const open = (bearer: string): Caller => {
    const caller = new Caller(part.url, connections, { authorization: `Bearer ${bearer}` });
    callers.push(caller);
    return caller;
  };
  const postgres = await openPostgresCpu(adminUrl);
  try {
    const caller = open(token);
    const { accounts } = await caller.query<{ accounts: { edges: { node: { id: string } }[] } }>(operations.accountCursors);
    const grown = histories.map((signals, place) => ({ signals, id: accounts.edges[place]?.node.id ?? '' }));
    await addHistories(adminUrl, options.tenantId as Id<'Tenant'>, grown);
    const small = open(await benchToken(plan.secret, plan.otherTenantId));
    const of = (query: string) => grown.map(({ signals, id }) => ({ name: `${signals.toLocaleString('en')} signals`, caller, body: JSON.stringify({ query, variables: { id } }) }));
    const portfolio = JSON.stringify({ query: operations.portfolio, variables: { first: 20 } });
    const curves: Curve[] = [
      { title: 'Account page', points: of(operations.account) },
      { title: 'Signal feed', points: of(operations.feed) },
      { title: 'Changes of the score, with their count', points: of('query History($id: ID!) { account(id: $id) { intent { ... on IntentScore { history(first: 20) { totalCount edges { node { value recordedAt } } } } } } }') },
      { title: 'Portfolio page', points: [{ name: 'tenant of a twentieth', caller: small, body: portfolio }, { name: 'the whole tenant', caller, body: portfolio }] },
    ];
    for (const curve of curves) print(curve, await measureCurve(curve, plan, { cpu: () => part.cpu(), postgres: () => postgres.milliseconds() }));
  } finally {
    for (const caller of callers) caller.close();
    await part.stop();
    await postgres.close();
  }
}

async function addHistories(adminUrl: string, tenantId: Id<'Tenant'>, grown: readonly { readonly signals: number; readonly id: string }[]): Promise<void> {
  const admin = new Client({ connectionString: adminUrl, options: '-c synchronous_commit=off -c session_replication_role=replica' });
  await admin.connect();
  try {
    for (const { signals, id } of grown) {
      for (const statement of [addSignals, addPoints]) await admin.query(statement, [tenantId, parseGlobalId(id)?.id, signals]);
    }
    await admin.query('vacuum analyze signal');
    await admin.query('vacuum analyze score_point');
  } finally {
    await admin.end();
  }
}

async function measureCurve({ points }: Curve, { requests, mostSeconds }: GrowthPlan, spent: { cpu(): Promise<number>; postgres(): Promise<number> }): Promise<Map<string, Costs[]>> {
  const measured = new Map<string, Costs[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, caller, body } of points) {
      const send = async (): Promise<number> => Buffer.byteLength(await caller.post('/graphql', body));
      for (let turn = 0; turn < 12; turn += 1) await send();
      const before = await spent.postgres();
      const load = await measureLoad({ connections, warmUp: 0, requests, mostSeconds, cpu: spent.cpu, send });
      measured.set(name, [...(measured.get(name) ?? []), { ...load, postgres: ((await spent.postgres()) - before) / load.requests }]);
    }
  }
  return measured;
}

function print({ title }: Curve, measured: ReadonlyMap<string, readonly Costs[]>): void {
  const least = (values: readonly number[]): number => Math.min(...values);
  const rows = [...measured].map(([name, all]) => ({ name, p50: least(all.map((m) => m.p50)), server: least(all.map((m) => m.cpu)), postgres: least(all.map((m) => m.postgres)) }));
  const [first] = rows;
  printTable(`${title}: the best of ${rounds} rounds`, ['', 'p50 ms', 'server CPU ms', 'PostgreSQL CPU ms', 'CPU against the first'],
    rows.map((row) => [row.name, row.p50, row.server, row.postgres, times((row.server + row.postgres) / ((first?.server ?? 0) + (first?.postgres ?? 0)))]));
}
