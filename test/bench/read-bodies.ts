import { readCursor } from '../../src/platform/page/cursor.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import type { Caller } from './load.ts';
import { operations, postgraphileOperations } from './operations.ts';

/** The bodies of one contestant's requests, by operation; body `n` asks every contestant for the same page. */
export type Bodies = Readonly<Record<'twenty' | 'account' | 'portfolio' | 'feed', readonly string[]>>;

/** Which pages are asked for, as the program names them. */
export interface Pages {
  /** Where pages of twenty begin. */
  readonly twenty: readonly (string | null)[];
  readonly accounts: readonly string[];
  /** Where pages of the portfolio begin. */
  readonly portfolio: readonly (string | null)[];
  /** Where the second page of an account's signals begins. */
  readonly feed: readonly { readonly id: string; readonly after: string }[];
}

interface Connection {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: readonly { readonly node: { readonly id: string } }[];
}

/** So many that a page is rarely asked for twice in a turn. */
const most = { twenty: 100, portfolio: 40, feed: 200 };
const zero = '00000000-0000-0000-0000-000000000000';
const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The UUID within a global id. */
export const uuidOf = (globalId: string): string => parseGlobalId(globalId)?.id ?? '';
const bodiesOf = (query: string, variables: readonly object[]): string[] => variables.map((each) => JSON.stringify({ query, variables: each }));

/** Walks the program's lists for the pages that are asked for; only full pages, so that all cost the same. */
export async function walkPages(caller: Caller): Promise<Pages> {
  const accounts: string[] = [];
  const twenty = await walk(most.twenty, async (after) => {
    const page = await caller.query<{ accounts: Connection }>(operations.accountCursors, { after });
    if (page.accounts.edges.length === 20) accounts.push(...page.accounts.edges.map(({ node }) => node.id));
    return page.accounts;
  });
  const portfolio = await walk(most.portfolio, async (after) => (await caller.query<{ accounts: Connection }>(operations.portfolio, { first: 20, after })).accounts);
  const feed: { id: string; after: string }[] = [];
  for (const id of accounts.slice(0, most.feed)) {
    const { account } = await caller.query<{ account: { signals: Connection } }>(operations.feed, { id });
    if (account.signals.pageInfo.hasNextPage) feed.push({ id, after: account.signals.pageInfo.endCursor ?? '' });
  }
  return { twenty, accounts, portfolio, feed };
}

/** The cursors before the full pages of a list; the first page counts even when it is the only one. */
async function walk(pages: number, load: (after: string | null) => Promise<Pick<Connection, 'pageInfo'> & Partial<Connection>>): Promise<(string | null)[]> {
  const starts: (string | null)[] = [];
  for (let after: string | null = null; starts.length < pages; ) {
    const { edges, pageInfo } = await load(after);
    if (starts.length > 0 && edges !== undefined && edges.length < 20) break;
    starts.push(after);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  return starts;
}

/** As the program is asked. */
export function programBodies({ twenty, accounts, portfolio, feed }: Pages): Bodies {
  return {
    twenty: bodiesOf(operations.twenty, twenty.map((after) => ({ after }))),
    account: bodiesOf(operations.account, accounts.map((id) => ({ id }))),
    portfolio: bodiesOf(operations.portfolio, portfolio.map((after) => ({ first: 20, after }))),
    feed: bodiesOf(operations.feed, feed),
  };
}

/** As hand-written code is asked: by the values that a cursor holds. */
export function handBodies(tenantId: string, { twenty, accounts, portfolio, feed }: Pages): Bodies {
  const bodies = (page: string, variables: readonly object[]): string[] => variables.map((each) => JSON.stringify({ page, variables: each }));
  const placeOf = (cursor: string, order: string) => readCursor(cursor, { tenantId, order });
  return {
    twenty: bodies('twenty', twenty.map((cursor) => {
      const { value, key } = cursor === null ? { value: '', key: zero } : placeOf(cursor, 'accounts.NAME.ASC');
      return { name: value, id: key };
    })),
    account: bodies('account', accounts.map((id) => ({ id: uuidOf(id) }))),
    portfolio: bodies('portfolio', portfolio.map((cursor) => {
      const { value, key } = cursor === null ? { value: 'infinity', key: last } : placeOf(cursor, 'accounts.INTENT.DESC');
      return { value, key };
    })),
    feed: bodies('feed', feed.map(({ id, after }) => {
      const { value, key } = placeOf(after, 'signals.OCCURRED_AT.DESC');
      return { id: uuidOf(id), value, key };
    })),
  };
}

/** As PostGraphile is asked. Its own cursors are walked, page by page beside the program's. */
export async function postgraphileBodies(caller: Caller, tenantId: string, pages: Pages): Promise<Bodies> {
  const twenty = await walk(pages.twenty.length, async (after) => (await caller.query<{ allAccounts: Connection }>(postgraphileOperations.accountCursors, { after })).allAccounts);
  const portfolio = await walk(pages.portfolio.length, async (after) => (await caller.query<{ portfolioAccounts: Connection }>(postgraphileOperations.portfolio, { first: 20, after })).portfolioAccounts);
  const feed: object[] = [];
  for (const { id } of pages.feed) {
    const own = { tenantId, id: uuidOf(id) };
    const { accountByTenantIdAndRowId: account } = await caller.query<{ accountByTenantIdAndRowId: { signalsByTenantIdAndAccountId: Connection } }>(postgraphileOperations.feed, own);
    feed.push({ ...own, after: account.signalsByTenantIdAndAccountId.pageInfo.endCursor });
  }
  return {
    twenty: bodiesOf(postgraphileOperations.twenty, twenty.map((after) => ({ after }))),
    account: bodiesOf(postgraphileOperations.account, pages.accounts.map((id) => ({ tenantId, id: uuidOf(id) }))),
    portfolio: bodiesOf(postgraphileOperations.portfolio, portfolio.map((after) => ({ first: 20, after }))),
    feed: bodiesOf(postgraphileOperations.feed, feed),
  };
}
