import { z } from 'zod';
import { staleBy } from '../../platform/cache/caches.ts';
import type { RefreshedCache } from '../../platform/cache/refresher.ts';
import { ask, type AsOf, type Call, type Question } from '../../platform/graphql/call.ts';
import { cachedQuestion } from '../../platform/graphql/cached-question.ts';
import type { Moment } from '../../platform/moment.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { GivenRows } from '../../platform/postgres/tables-at.ts';
import { accountChanged, accountMerged, accountRestored, accountRetired, accountUnmerged, statedRows } from '../accounts/index.ts';
import type { TenantSql } from '../lineage/index.ts';
import { contextRecords } from './context-records.ts';
import { currentContextBasis } from './context-rules.queries.ts';
import { contextRefreshed } from './context.events.ts';
import { contextSeconds } from './document.ts';
import { contextFactsForm } from './facts.ts';
import { factTables, readContextFacts } from './read-facts.ts';
import { readContextRecords, statedTables } from './read-context-records.ts';

/** What is kept of a context: everything but clocks, rules and readers, which are applied when it is read. */
const keptContext = z.strictObject({ records: contextRecords, /** Null where the account is not in use. */ facts: contextFactsForm.nullable(), /** The stage catalogue by which deals are open. */ catalogueVersion: z.int() });
export type KeptContext = Readonly<z.output<typeof keptContext>>;

const tables = [...new Set<string>([...statedTables, ...factTables])];
const shownTables: ReadonlySet<string> = new Set(tables);
const ofAccount = ({ accountId }: { readonly accountId: string }): string[] => [accountId];
const ofBoth = ({ intoId, fromId }: { readonly intoId: string; readonly fromId: string }): string[] => [intoId, fromId];

interface ContextOrder {
  readonly accountIds: readonly string[];
  readonly at: AsOf;
  readonly given?: GivenRows;
  readonly now: string;
}

/** Reads contexts, in the order of the accounts. The number of statements does not depend on that of accounts. */
async function readContexts(sql: TenantSql, seal: Seal, { accountIds, ...order }: ContextOrder): Promise<KeptContext[]> {
  const [records, facts] = await Promise.all([readContextRecords(sql, { accountIds, ...order }), readContextFacts(sql, seal, { accountIds, ...order })]);
  return accountIds.map((id) => {
    const own = records.get(id);
    if (!own) throw new Error('a context was not read');
    return { ...own, facts: facts.get(id) ?? null };
  });
}

/** The rows of accounts and of their records, for a moment of two times. */
async function statedContexts(call: Call, at: Moment, accountIds: readonly string[]): Promise<GivenRows> {
  const [accounts, records] = await Promise.all([statedRows(call, at, ['account'], { nodeIds: accountIds }), statedRows(call, at, tables.filter((table) => table !== 'account'), { accountIds })]);
  return new Map([...accounts, ...records]);
}

/** The cached contexts, under the accounts' keys: `ctx:{tenant}:account`. An erasure records `account.changed` for every account where the person was known. */
const keptContexts = cachedQuestion<string, KeptContext>(
  {
    name: 'ctx',
    seconds: contextSeconds,
    schema: keptContext,
    refreshes: true,
    staleBy: [
      staleBy(accountChanged, ({ accountId, what }) => (shownTables.has(what) ? [accountId] : [])),
      staleBy(accountMerged, ofBoth), staleBy(accountUnmerged, ofBoth), staleBy(accountRetired, ofAccount), staleBy(accountRestored, ofAccount),
      staleBy(contextRefreshed, ofAccount, { fills: true }),
    ],
  },
  {
    name: 'context_records',
    async load(call, accountIds, at) {
      const given = at === null ? new Map<string, string>() : await statedContexts(call, at, accountIds);
      return readContexts(call.read, call.seal, { accountIds, at, given, now: at?.at ?? call.clock.now().toISOString() });
    },
  },
);

/** What is known of an account's context at the instant read for. */
export const contextOfAccount: Question<string, KeptContext> = {
  name: 'contexts',
  async load(call, accountIds, at) {
    const [kept, { catalogueVersion }] = await Promise.all([Promise.all(accountIds.map((id) => ask(call, keptContexts, at, id))), ask(call, currentContextBasis, at, 'in_force')]);
    const expired = call.clock.now().getTime() - contextSeconds * 1_000;
    // Of another stage catalogue other deals are open. The store drops what is expired by its own clock, which may be behind.
    const outdated = at === null ? accountIds.filter((_id, place) => kept[place]?.catalogueVersion !== catalogueVersion || Date.parse(kept[place].records.readAt) <= expired) : [];
    if (outdated.length === 0) return kept;
    const read = await readContexts(call.read, call.seal, { accountIds: outdated, at, now: call.clock.now().toISOString() });
    const anew = new Map(outdated.map((id, place) => [id, read[place]]));
    return kept.map((each, place) => anew.get(accountIds[place] ?? '') ?? each);
  },
};

/** What the context keeps in caches. */
export const contextCaches = [keptContexts.cache, currentContextBasis.cache];

/** How contexts that a write made stale are loaded again. */
export const refreshedContexts = (seal: Seal): RefreshedCache<KeptContext> => ({
  cache: keptContexts.cache,
  load: (read, accountIds, now) => readContexts(read, seal, { accountIds, at: null, now }),
});
