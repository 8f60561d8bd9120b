import { Client } from 'pg';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import { random } from '../harness/random.ts';
import { compare, observe, type Bench } from './bench.ts';
import { httpContestant } from './http-contestant.ts';
import { closedLoop, Caller } from './load.ts';
import { postgraphileOperations } from './operations.ts';
import { startPart, type Part } from './part.ts';
import { preparePostgraphile } from './postgraphile-sql.ts';
import { differences } from './same-answers.ts';

const connections = 4;
const query = 'query($id: ID!) { account(id: $id) { context { cachedAt ttlSeconds sections { name status fetchedAt error } document } brief { text } } }';
const write = 'mutation($input: [ThreadInput!]!) { upsertThreads(input: $input) { accepted rejected } }';
/** Accounts that are asked again and again, from the cache. */
const hot = 50;
/** One request of so many is a write. */
const readsPerWrite = 10;

/**
 * Contexts from the cache beside PostGraphile's account page; contexts that are not in the cache beside one statement by hand; and
 * the share of contexts that come from the cache while accounts are read and written as often as popular ones are.
 */
export async function measureContext(bench: Bench): Promise<void> {
  const { options, adminUrl, tenantId, token } = bench;
  await preparePostgraphile(adminUrl);
  const accounts = await accountsOf(adminUrl, tenantId);
  const authorization = { authorization: `Bearer ${token}` };
  // As it is installed, and without finished answers, so that every request is executed.
  const parts = { installed: await startPart('./program-part.ts', { ...options, answerBytes: 32 * 1_024 * 1_024 }), program: await startPart('./program-part.ts', { ...options, answerBytes: 0 }), hand: await startPart('./hand-part.ts', { ...options, guarded: true }), postgraphile: await startPart('./postgraphile-part.ts', options) };
  const callers = { installed: new Caller(parts.installed.url, connections, authorization), program: new Caller(parts.program.url, connections, authorization), hand: new Caller(parts.hand.url, connections, authorization), postgraphile: new Caller(parts.postgraphile.url, connections, authorization) };
  const bodies = accounts.map((id) => JSON.stringify({ query, variables: { id: toGlobalId('Account', id) } }));
  const byHand = accounts.map((id) => JSON.stringify({ page: 'context', variables: { id } }));
  try {
    for (let number = 0; number < 5; number += 1) checkSame(await callers.program.post('/graphql', bodies[number] ?? ''), await callers.hand.post('/graphql', byHand[number] ?? ''));
    await compare(bench, { name: 'context.cached', title: `Context and brief of one account from the cache, and PostGraphile's account page, ${connections} connections`, unit: 'request', contestants: [
      httpContestant(bench, { name: 'program', part: parts.installed, caller: callers.installed, connections, bodies: bodies.slice(0, hot) }),
      httpContestant(bench, { name: 'program, every request executed', part: parts.program, caller: callers.program, connections, bodies: bodies.slice(0, hot) }),
      httpContestant(bench, { name: 'PostGraphile', part: parts.postgraphile, caller: callers.postgraphile, connections, bodies: accounts.slice(0, hot).map((id) => JSON.stringify({ query: postgraphileOperations.account, variables: { tenantId, id } })) }),
    ] });
    // Each is asked for once, so that none is in the cache: the warm-up and twice as many rounds as are counted, at most.
    const cold = bodies.slice(hot);
    const plan = { ...bench.plan, requests: Math.min(bench.plan.requests, Math.max(4, Math.floor((cold.length - 60 - 40 * bench.plan.rounds) / 2.2))) };
    await compare({ ...bench, plan }, { name: 'context.rebuilt', title: 'Context and brief of one account that is not in the cache', unit: 'request', contestants: [
      httpContestant({ plan }, { name: 'program', part: parts.program, caller: callers.program, connections, bodies: cold, warmUp: 40 }),
      httpContestant({ plan }, { name: 'by hand with token and transaction', part: parts.hand, caller: callers.hand, connections, bodies: byHand.slice(hot), warmUp: 40 }),
    ] });
    for (const part of [parts.installed, parts.hand, parts.postgraphile]) part.pause();
    await measureHits(bench, { part: parts.program, caller: callers.program, accounts, bodies });
  } finally {
    for (const caller of Object.values(callers)) caller.close();
    for (const part of Object.values(parts)) await part.stop();
  }
}

async function accountsOf(adminUrl: string, tenantId: string): Promise<Id<'Account'>[]> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ id: Id<'Account'> }>('select id from account where tenant_id = $1 order by id', [tenantId]);
  await admin.end();
  return rows.map(({ id }) => id);
}

interface Shown {
  readonly data: { readonly account: { readonly context: { readonly document: Readonly<Record<string, unknown>> } } };
}

/** What is derived the statement does not know. */
function checkSame(one: string, other: string): void {
  const [ours, theirs] = [one, other].map((text) => (JSON.parse(text) as Shown).data.account.context.document);
  const sections = Object.keys(theirs ?? {});
  const found = differences(Object.fromEntries(sections.map((name) => [name, ours?.[name]])), theirs);
  if (found.length > 0) throw new Error(`hand-written SQL answers a context otherwise than the program: ${found.slice(0, 12).join('; ')}`);
}

interface Hits {
  readonly part: Part;
  readonly caller: Caller;
  readonly accounts: readonly string[];
  readonly bodies: readonly string[];
}

/** Reads and writes of accounts by Zipf's law: the n-th most popular account is asked for a n-th as often as the first. */
async function measureHits(bench: Bench, { part, caller, accounts, bodies }: Hits): Promise<void> {
  const next = random(7);
  let sum = 0;
  const sums = accounts.map((_id, rank) => (sum += 1 / (rank + 1)));
  const total = sums.at(-1) ?? 1;
  const pick = (): number => {
    const wanted = next() * total;
    let [from, to] = [0, sums.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((sums[middle] ?? 0) < wanted) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const send = async (turn: number): Promise<number> => {
    const place = pick();
    if (turn % readsPerWrite !== 0) return (await caller.post('/graphql', bodies[place] ?? '')).length;
    const thread = { account: { id: toGlobalId('Account', accounts[place] ?? '') }, externalRef: { system: 'slack', id: `bench-${place}-${turn}` }, occurredAt: new Date().toISOString(), author: 'Kim', preview: `Message ${turn}`, replyCount: 0 };
    return (await caller.post('/graphql', JSON.stringify({ query: write, variables: { input: [thread] } }))).length;
  };
  const requests = Math.max(200, bench.plan.requests);
  const share = { hits: 0, asked: 0 };
  await observe(bench, { name: 'context.hits', title: `Share of contexts from the cache: accounts asked for by Zipf's law, one write for ${readsPerWrite - 1} reads, written accounts as popular as those that are read`, unit: 'request' }, {
    part,
    prepare: () => closedLoop({ connections, requests: 4 * requests, mostSeconds: 4 * bench.plan.seconds, send }),
    async turn() {
      const before = await countedOf(part);
      const { times, bytes } = await closedLoop({ connections, requests: 2 * requests, mostSeconds: 2 * bench.plan.seconds, send });
      const after = await countedOf(part);
      share.hits = after.hits - before.hits;
      share.asked = share.hits + after.misses - before.misses;
      return { units: times.length, times, bytes, figures: { value: share.hits / share.asked } };
    },
  });
}

/** The program's own counts. */
async function countedOf(part: Part): Promise<{ readonly hits: number; readonly misses: number }> {
  const text = await (await fetch(`${part.url}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name}\\{cache="ctx"\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return { hits: read('cache_hits_total'), misses: read('cache_misses_total') };
}
