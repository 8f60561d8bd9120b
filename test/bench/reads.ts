import { readCursor } from '../../src/platform/page/cursor.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { Caller, measureLoad, type Measured } from './load.ts';
import { operations, postgraphileOperations } from './operations.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { printTable, times } from './table.ts';

/** How long each read is measured. */
export interface ReadPlan {
  readonly requests: number;
  readonly mostSeconds: number;
}

const connections = 4;
const pagesWalked = 40;
const zero = '00000000-0000-0000-0000-000000000000';

interface Walk {
  /** Where pages of twenty begin. */
  readonly cursors: (string | null)[];
  readonly ids: string[];
}

interface Server {
  readonly name: string;
  readonly part: Part;
  readonly caller: Caller;
  /** The body of request `turn` of an operation, and its path. */
  readonly bodies: Readonly<Record<string, readonly string[]>>;
}

/** Serves the same four pages by the program, by hand-written SQL, and by PostGraphile, one after the other. */
export async function measureReads(options: PartOptions, token: string, plan: ReadPlan): Promise<void> {
  const parts: Part[] = [];
  const callers: Caller[] = [];
  const start = async (file: string, headers: Record<string, string> = {}): Promise<{ part: Part; caller: Caller }> => {
    const part = await startPart(file, options);
    parts.push(part);
    const caller = new Caller(part.url, connections, headers);
    callers.push(caller);
    return { part, caller };
  };
  try {
    const program = await start('./program-part.ts', { authorization: `Bearer ${token}` });
    const hand = await start('./hand-part.ts');
    const postgraphile = await start('./postgraphile-part.ts');
    const walk = await walkProgram(program.caller);
    const servers: Server[] = [
      { name: 'program', ...program, bodies: await programBodies(program.caller, walk) },
      { name: 'hand-written SQL', ...hand, bodies: handBodies(options.tenantId, walk, await feedCursors(program.caller, walk.ids)) },
      { name: 'PostGraphile', ...postgraphile, bodies: await postgraphileBodies(postgraphile.caller, options.tenantId, walk) },
    ];
    for (const server of servers) await checkAnswers(server);
    for (const [operation, title] of Object.entries(titles)) {
      const measured = new Map<string, Measured>();
      for (const server of servers) measured.set(server.name, await measure(server, operation, plan));
      print(title, measured);
    }
    process.stdout.write(`\nprogram after the reads: ${Math.round((await program.part.ask<number>('memory')) / 1e6)} MB resident\n`);
  } finally {
    for (const caller of callers) caller.close();
    for (const part of parts) await part.stop();
  }
}

const titles: Readonly<Record<string, string>> = {
  twenty: 'Context graph of 20 accounts in one request',
  account: 'Account page of one account',
  portfolio: 'Portfolio page: 20 accounts by score, filtered',
  feed: 'Signal feed: second page of 50',
};

async function measure({ part, caller, bodies }: Server, operation: string, { requests, mostSeconds }: ReadPlan): Promise<Measured> {
  const own = bodies[operation] ?? [];
  return measureLoad({
    connections, warmUp: Math.min(300, requests), requests, mostSeconds,
    cpu: () => part.cpu(),
    send: async (turn) => Buffer.byteLength(await caller.post('/graphql', own[turn % own.length] ?? '')),
  });
}

function print(title: string, measured: ReadonlyMap<string, Measured>): void {
  const program = measured.get('program');
  printTable(title, ['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms/request', 'bytes', 'program is (req/s)', 'program is (CPU)'],
    [...measured].map(([name, m]) => [name, m.perSecond, m.p50, m.p99, m.cpu, m.bytes.toLocaleString('en'), times((program?.perSecond ?? 0) / m.perSecond), times(m.cpu / (program?.cpu ?? 0))]));
}

/** A server that answers errors or nothing would look fast. */
async function checkAnswers({ name, caller, bodies }: Server): Promise<void> {
  for (const [operation, own] of Object.entries(bodies)) {
    const answer = await caller.post('/graphql', own[0] ?? '');
    if (answer.includes('"errors":') || answer.length < 300) throw new Error(`${name} answers ${operation} with ${answer.slice(0, 800)}`);
  }
}

async function walkProgram(caller: Caller): Promise<Walk> {
  const cursors: (string | null)[] = [null];
  const ids: string[] = [];
  for (let page = 0; page < pagesWalked; page += 1) {
    const { accounts } = await caller.query<{ accounts: { pageInfo: { endCursor: string | null }; edges: { node: { id: string } }[] } }>(operations.accountCursors, { after: cursors.at(-1) });
    ids.push(...accounts.edges.map(({ node }) => node.id));
    if (accounts.edges.length < 20) break;
    cursors.push(accounts.pageInfo.endCursor);
  }
  // Only full pages are asked for.
  return { cursors: cursors.slice(0, Math.floor(ids.length / 20)), ids };
}

async function feedCursors(caller: Caller, ids: readonly string[]): Promise<{ id: string; after: string }[]> {
  const found: { id: string; after: string }[] = [];
  for (const id of ids.slice(0, 100)) {
    const { account } = await caller.query<{ account: { signals: { pageInfo: { endCursor: string } } } }>(operations.feed, { id });
    found.push({ id, after: account.signals.pageInfo.endCursor });
  }
  return found;
}

const bodiesOf = (query: string, variables: readonly object[]): string[] => variables.map((each) => JSON.stringify({ query, variables: each }));
const uuidOf = (globalId: string): string => parseGlobalId(globalId)?.id ?? '';

async function programBodies(caller: Caller, { cursors, ids }: Walk): Promise<Server['bodies']> {
  return {
    twenty: bodiesOf(operations.twenty, cursors.map((after) => ({ after }))),
    account: bodiesOf(operations.account, ids.map((id) => ({ id }))),
    portfolio: bodiesOf(operations.portfolio, [{ first: 20 }]),
    feed: bodiesOf(operations.feed, await feedCursors(caller, ids)),
  };
}

function handBodies(tenantId: string, { cursors, ids }: Walk, feeds: readonly { id: string; after: string }[]): Server['bodies'] {
  const bodies = (page: string, variables: readonly object[]): string[] => variables.map((each) => JSON.stringify({ page, variables: each }));
  return {
    twenty: bodies('twenty', cursors.map((cursor) => {
      const { value, key } = cursor === null ? { value: '', key: zero } : readCursor(cursor, { tenantId, order: 'accounts.NAME.ASC' });
      return { name: value, id: key };
    })),
    account: bodies('account', ids.map((id) => ({ id: uuidOf(id) }))),
    portfolio: bodies('portfolio', [{}]),
    feed: bodies('feed', feeds.map(({ id, after }) => ({ id: uuidOf(id), ...readCursor(after, { tenantId, order: 'signals.OCCURRED_AT.DESC' }) }))),
  };
}

async function postgraphileBodies(caller: Caller, tenantId: string, { cursors, ids }: Walk): Promise<Server['bodies']> {
  const own: (string | null)[] = [null];
  while (own.length < cursors.length) {
    const { allAccounts } = await caller.query<{ allAccounts: { pageInfo: { endCursor: string } } }>(postgraphileOperations.accountCursors, { after: own.at(-1) });
    own.push(allAccounts.pageInfo.endCursor);
  }
  const feeds: object[] = [];
  for (const id of ids.slice(0, 100)) {
    const { accountByTenantIdAndRowId: account } = await caller.query<{ accountByTenantIdAndRowId: { signalsByTenantIdAndAccountId: { pageInfo: { endCursor: string } } } }>(postgraphileOperations.feed, { tenantId, id: uuidOf(id) });
    feeds.push({ tenantId, id: uuidOf(id), after: account.signalsByTenantIdAndAccountId.pageInfo.endCursor });
  }
  return {
    twenty: bodiesOf(postgraphileOperations.twenty, own.map((after) => ({ after }))),
    account: bodiesOf(postgraphileOperations.account, ids.map((id) => ({ tenantId, id: uuidOf(id) }))),
    portfolio: bodiesOf(postgraphileOperations.portfolio, [{ first: 20 }]),
    feed: bodiesOf(postgraphileOperations.feed, feeds),
  };
}
