import { staleBy } from '../../platform/cache/caches.ts';
import type { RefreshedCache } from '../../platform/cache/refresher.ts';
import { cachedQuestion } from '../../platform/graphql/cached-question.ts';
import { accountChanged, accountMerged, accountRestored, accountRetired, accountUnmerged, statedRows } from '../accounts/index.ts';
import { contextRecords, type ContextRecords } from './context-records.ts';
import { contextRefreshed } from './context.events.ts';
import { contextSeconds } from './document.ts';
import { readContextRecords, statedTables } from './read-context-records.ts';
import { contextSections } from './sections.ts';

const shownTables: ReadonlySet<string> = new Set(contextSections.flatMap(({ tables }) => tables));
const ofAccount = ({ accountId }: { readonly accountId: string }): string[] => [accountId];
const ofBoth = ({ intoId, fromId }: { readonly intoId: string; readonly fromId: string }): string[] => [intoId, fromId];

/** The records of an account's context, under the account's key: `ctx:{tenant}:account`. An erasure records `account.changed` for every account where the person was known. */
export const contextOfAccount = cachedQuestion<string, ContextRecords>(
  {
    name: 'ctx',
    seconds: contextSeconds,
    schema: contextRecords,
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
      const given = at === null ? undefined : await statedRows(call, at, statedTables, { accountIds });
      const now = at?.at ?? call.clock.now().toISOString();
      const found = await readContextRecords(call.read, { tenantId: call.tenantId, accountIds, at, ...(given ? { given } : {}), now });
      return accountIds.map((id) => recordsIn(found, id));
    },
  },
);

/** The cache of contexts. */
export const contextCache = contextOfAccount.cache;

/** How contexts that a write made stale are loaded again. */
export const refreshedContexts: RefreshedCache<ContextRecords> = {
  cache: contextCache,
  async load(read, accountIds, now) {
    const found = await readContextRecords(read, { tenantId: read.tenantId, accountIds, at: null, now });
    return accountIds.map((id) => recordsIn(found, id));
  },
};

function recordsIn(found: ReadonlyMap<string, ContextRecords>, accountId: string): ContextRecords {
  const records = found.get(accountId);
  if (!records) throw new Error('a context was not read');
  return records;
}
