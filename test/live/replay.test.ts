import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAccount, signal, type ShortSignal } from '../harness/accounts.ts';
import { acceptance, liveAs, type LiveEvent } from '../harness/live-client.ts';
import { random } from '../harness/random.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { takenIn } from '../harness/facts.ts';

let program: TestProgram;
let sql: Pool;

beforeAll(async () => {
  program = await startTestProgram();
  sql = new Pool({ connectionString: program.testDatabase.adminUrl, max: 2 });
});
afterAll(async () => {
  await sql?.end();
  await program?.close();
});

const scores = acceptance('signals', 'IntentLive');
const feedAfter = 'subscription ($accountId: ID!, $after: String) { signalIngested(accountId: $accountId, after: $after) { cursor __typename ... on SignalIngest { initial signal { id } } } }';
const high = 'subscription ($after: String) { intentScoreChanged(minScore: 60, after: $after) { cursor __typename ... on IntentScoreChange { current } } }';

/** Test code may take a cursor apart; clients must not. */
const placeOf = ({ cursor }: LiveEvent): number => Number(Buffer.from(cursor, 'base64url').toString().split(':').at(-1));

interface Watcher {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** The condition on audit_logs that says what it must see. */
  readonly expected: string;
}

/** Watches with many connections, one after the other, each cut at a random moment; answers every event it saw. */
async function watchInPieces({ query, variables = {} }: Watcher, next: () => number, written: () => boolean, expected: (from: number) => Promise<number[]>): Promise<{ from: number; places: number[] }> {
  let cursor: string | undefined;
  let from = -1;
  const places: number[] = [];
  for (;;) {
    const last = written();
    const client = await liveAs(program, 'viewer');
    const subscription = client.subscribe(query, { ...variables, ...(cursor === undefined ? {} : { after: cursor }) });
    let pieces = subscription.events;
    if (cursor === undefined) {
      const [present] = await subscription.atLeast(1);
      if (!present) throw new Error('no present state was told');
      from = placeOf(present);
      cursor = present.cursor;
      // Of several accounts the present state comes in several payloads, all of one place.
      const begin = from;
      pieces = pieces.filter((event) => placeOf(event) > begin);
    } else {
      const wanted = Math.floor(next() * 12);
      const missing = last ? (await expected(from)).length - places.length : wanted;
      await until(`a watcher sees ${missing} more events; it saw ${subscription.events.length}`, () => subscription.errors.length > 0 || subscription.events.length >= missing || (!last && written()), 60_000);
      expect(subscription.errors).toEqual([]);
      pieces = [...subscription.events];
    }
    // Half of them leave politely, half are cut off.
    if (next() < 0.5) client.socket()?.terminate();
    subscription.stop();
    await client.close();
    for (const event of pieces) places.push(placeOf(event));
    cursor = pieces.at(-1)?.cursor ?? cursor;
    if (last) return { from, places };
  }
}

describe('subscribers that come and go while signals pour in', () => {
  it('see each event exactly once, in order', { timeout: 120_000 }, async () => {
    const seed = 20_261_121;
    const names = ['one', 'two', 'three', 'four'];
    const accounts = await Promise.all(names.map((name) => makeAccount(program, name)));
    const uuids: string[] = (await sql.query(`select node_id as id from external_ref where external_id = any($1) order by array_position($1, external_id)`, [names])).rows.map((row) => row.id);
    const watchers: Watcher[] = [
      { query: scores, expected: `kind = 'context.updated'` },
      { query: scores, variables: { accountIds: [accounts[0], accounts[1]] }, expected: `kind = 'context.updated' and account_id in ('${uuids[0]}', '${uuids[1]}')` },
      { query: high, expected: `kind = 'context.updated' and (data->>'current')::float8 >= 60` },
      { query: feedAfter, variables: { accountId: accounts[2] }, expected: `kind = 'signal.ingested' and account_id = '${uuids[2]}'` },
      { query: scores, expected: `kind = 'context.updated'` },
    ];
    const expected = ({ expected: condition }: Watcher) => async (from: number): Promise<number[]> =>
      (await sql.query(`select sequence from audit_logs where tenant_id = $1 and sequence > $2 and ${condition} order by sequence`, [program.tenant, from])).rows.map((row) => Number(row.sequence));

    let written = false;
    const write = async (): Promise<void> => {
      const next = random(seed);
      const signals = Array.from({ length: 300 }, (_, index): ShortSignal => ({ account: names[Math.floor(next() * names.length)] ?? 'one', event: `event-${index}`, type: next() < 0.3 ? 'meeting' : 'email_open' }));
      while (signals.length > 0) await signal(program, signals.splice(0, 1 + Math.floor(next() * 4)));
      const unscored = `select 1 from audit_logs s where kind = 'signal.ingested' and not ${takenIn('context-engine', 's')}`;
      await until('every signal is scored', async () => (await sql.query(unscored)).rowCount === 0);
      written = true;
    };
    const [, ...seen] = await Promise.all([write(), ...watchers.map((watcher, index) => watchInPieces(watcher, random(seed + index + 1), () => written, expected(watcher)))]);
    for (const [index, { from, places }] of seen.entries()) {
      const watcher = watchers[index];
      if (!watcher) throw new Error('there are more results than watchers');
      expect(places, JSON.stringify(watcher.variables)).toEqual(await expected(watcher)(from));
      expect(places.length).toBeGreaterThan(10);
    }
    expect(program.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a cursor', () => {
  const refusal = async (after: string) => {
    const client = await liveAs(program, 'viewer');
    const subscription = client.subscribe(scores, { after });
    const error = await subscription.refused();
    expect(subscription.events).toEqual([]);
    expect(client.closed()).toBeNull();
    await client.close();
    return error;
  };

  it.each([
    ['of nobody', 'nonsense'],
    ['that is empty', ''],
    ['without a place', Buffer.from('live:0123456789ab:').toString('base64url')],
    ['with a negative place', Buffer.from('live:0123456789ab:-1').toString('base64url')],
    ['of a list', Buffer.from('{"v":1}').toString('base64url')],
    ['that is huge', 'A'.repeat(100_000)],
  ])('%s is refused', async (_what, after) => {
    expect(await refusal(after)).toMatchObject({ message: expect.stringContaining('This cursor was not made by this API'), extensions: { code: 'BAD_USER_INPUT', inputPath: ['after'] } });
  });

  it('of another tenant is refused', async () => {
    const client = await liveAs(program, 'viewer', { tenant: program.otherTenant });
    const [present] = await client.subscribe(scores).atLeast(1);
    await client.close();
    expect(await refusal(present?.cursor ?? '')).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });

  it('is refused when written otherwise, or from the future', async () => {
    const client = await liveAs(program, 'viewer');
    const [present] = await client.subscribe(scores).atLeast(1);
    await client.close();
    const cursor = present?.cursor ?? '';
    const [, tag] = Buffer.from(cursor, 'base64url').toString().split(':');
    expect(await refusal(`${cursor}=`)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    const future = Buffer.from(`live:${tag}:999999`).toString('base64url');
    expect(await refusal(future)).toMatchObject({ message: expect.stringContaining('ahead of everything'), extensions: { code: 'BAD_USER_INPUT', inputPath: ['after'] } });
  });
});
