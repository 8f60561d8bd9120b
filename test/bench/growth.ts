import { Client } from 'pg';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { compare, turnOf, type Bench } from './bench.ts';
import { benchToken } from './caller.ts';
import { Caller, closedLoop } from './load.ts';
import { operations } from './operations.ts';
import { startPart, type Part } from './part.ts';
import type { Contestant } from './rounds.ts';

/** Signals of one account, every ten minutes: a hundred thousand are two years. Its score changed a tenth as often. */
const histories = [1_000, 10_000, 100_000] as const;
const connections = 2;

const addSignals = `
insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
select $1::uuid, uuidv7(-make_interval(mins => 10 * n)), $2::uuid, (array['website_visit', 'email_open', 'meeting', 'stage_change', 'call', 'note', 'content_download', 'product_usage', 'website_visit', 'email_open'])[1 + n % 10],
  'bench', 'growth-' || $2::uuid::text || n, 'bench:growth-' || $2::uuid::text || n, now() - make_interval(mins => 10 * n), now() - make_interval(mins => 10 * n) + interval '2 seconds', jsonb_build_object('page', '/page/' || n % 50), 'growth'
from generate_series(1, $3::int) n`;
const addPoints = `
insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, previous, cause, model_version, icp_fit, state, sums)
select p.tenant_id, uuidv7(-make_interval(mins => 100 * n)), p.account_id, now() - make_interval(mins => 100 * n), now() - make_interval(mins => 100 * n), p.value, p.previous, p.cause, p.model_version, p.icp_fit, p.state, p.sums
from (select * from score_point where tenant_id = $1 and account_id = $2 limit 1) p, generate_series(1, $3::int / 10) n`;

const history = 'query History($id: ID!) { account(id: $id) { intent { ... on IntentScore { history(first: 20) { totalCount edges { node { value recordedAt } } } } } } }';

/** Reads over growing data, the sizes turn by turn, every request executed: the history of one account, and the accounts of a tenant. */
export async function measureGrowth(bench: Bench): Promise<void> {
  const { options, adminUrl, tenantId, token } = bench;
  const part = await startPart('./program-part.ts', { ...options, roles: ['api'] });
  const callers: Caller[] = [];
  const open = (bearer: string): Caller => {
    const caller = new Caller(part.url, connections, { authorization: `Bearer ${bearer}` });
    callers.push(caller);
    return caller;
  };
  try {
    const caller = open(token);
    const { accounts } = await caller.query<{ accounts: { edges: { node: { id: string } }[] } }>(operations.accountCursors);
    const grown = histories.map((signals, place) => ({ signals, id: accounts.edges[place]?.node.id ?? '' }));
    const small = open(await benchToken(options.secret, await addHistories(adminUrl, tenantId, grown)));
    const of = (query: string): Contestant[] => grown.map(({ signals, id }) => contestant(bench, part, { name: `${signals.toLocaleString('en')} signals`, caller, body: JSON.stringify({ query, variables: { id } }) }));
    await compare(bench, { name: 'growth.signals', title: 'Account page, by signals of the account', unit: 'request', contestants: of(operations.account) });
    await compare(bench, { name: 'growth.feed', title: 'Signal feed, by signals of the account', unit: 'request', contestants: of(operations.feed) });
    await compare(bench, { name: 'growth.months', title: 'Changes of the score with their count, by signals of the account', unit: 'request', contestants: of(history) });
    const body = JSON.stringify({ query: operations.portfolio, variables: { first: 20 } });
    const tenants = [contestant(bench, part, { name: 'a twentieth of the accounts', caller: small, body }), contestant(bench, part, { name: 'all accounts', caller, body })];
    await compare(bench, { name: 'growth.accounts', title: 'Portfolio page, by accounts of the tenant', unit: 'request', contestants: tenants });
  } finally {
    for (const caller of callers) caller.close();
    await part.stop();
  }
}

function contestant({ plan }: Bench, part: Part, { name, caller, body }: { readonly name: string; readonly caller: Caller; readonly body: string }): Contestant {
  const { requests, mostSeconds } = turnOf(plan);
  const send = async (): Promise<number> => Buffer.byteLength(await caller.post('/graphql', body));
  return {
    name, part,
    prepare: (round) => closedLoop({ connections, requests: round === 0 ? 60 : 12, mostSeconds: 2, send }),
    async turn() {
      const { times, bytes } = await closedLoop({ connections, requests, mostSeconds, send });
      return { units: times.length, times, bytes };
    },
  };
}

/** Gives accounts their histories. Returns the smaller tenant. */
async function addHistories(adminUrl: string, tenantId: string, grown: readonly { readonly signals: number; readonly id: string }[]): Promise<string> {
  const admin = new Client({ connectionString: adminUrl, options: '-c synchronous_commit=off -c session_replication_role=replica' });
  await admin.connect();
  try {
    for (const { signals, id } of grown) {
      for (const statement of [addSignals, addPoints]) await admin.query(statement, [tenantId, parseGlobalId(id)?.id, signals]);
    }
    await admin.query('vacuum analyze signal, score_point');
    const { rows } = await admin.query<{ id: string }>('select id from tenant where id <> $1 order by created_at limit 1', [tenantId]);
    return rows[0]?.id ?? tenantId;
  } finally {
    await admin.end();
  }
}
