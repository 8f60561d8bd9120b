import type { Database } from '../../../platform/postgres/database.ts';
import { FetchFailed, type ContextSectionName, type FetchOrder, type SectionFetcher, type StoreSection } from '../../context/index.ts';
import type { VendorApi } from '../outbound/vendor-api.ts';
import { vendorApis } from '../outbound/vendor-apis.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { Reading } from '../reading.ts';
import { placesOfAccount, type ActiveConnection } from './account-places.ts';
import { actorOfConnection } from './read-source.ts';
import type { OpenSession } from './reader-run.ts';
import { storeReading } from './store-reading.ts';

/** What fetches sections of accounts from vendors. */
export interface FetcherParts {
  readonly database: Pick<Database, 'transact'>;
  readonly openSession: OpenSession;
  /** Every vendor that is registered when left out. */
  readonly apis?: readonly Pick<VendorApi, 'source' | 'section'>[];
  /** Called with items that could not be stored. */
  onError(error: unknown, fields: Readonly<Record<string, string>>): void;
}

/** What one vendor answered of an account. */
interface Answer {
  readonly connection: ActiveConnection;
  /** Null: it knows no such account. */
  readonly reading: Reading | null;
  /** Why it did not answer; null where it did. */
  readonly failure: string | null;
}

/** A fetcher for each section that a vendor can fill, from every vendor of it to which the tenant has an active connection. */
export function createSectionFetchers(parts: FetcherParts): readonly SectionFetcher[] {
  const { apis = vendorApis } = parts;
  const sections = Map.groupBy(apis, ({ section }) => section);
  return [...sections].flatMap(([section, own]): SectionFetcher[] => (section === null ? [] : [{ section, fetch: (order) => fetchSection(parts, order, { section, sources: own.map(({ source }) => source) }) }]));
}

async function fetchSection(parts: FetcherParts, order: FetchOrder, { section, sources }: { readonly section: ContextSectionName; readonly sources: readonly string[] }): Promise<StoreSection | null> {
  const caller = { tenantId: order.tenantId, actor: { kind: 'system', id: 'scheduler' }, requestId: `fetch-${section.toLowerCase()}` } as const;
  const found = await parts.database.transact(caller, (work) => placesOfAccount(work, order.accountId, sources));
  if (!found || found.connections.length === 0) return null;
  const answers = await Promise.all(found.connections.map(async (connection): Promise<Answer> => {
    try {
      const session = await parts.openSession({ tenantId: order.tenantId, connectionId: connection.id });
      return { connection, reading: await session.readAccount(found.places), failure: null };
    } catch (error) {
      if (!(error instanceof VendorFault)) throw error;
      return { connection, reading: null, failure: error.code };
    }
  }));
  const failure = answers.find((answer) => answer.failure !== null)?.failure ?? null;
  if (answers.every(({ reading }) => reading === null)) {
    if (failure !== null) throw new FetchFailed(failure);
    return null;
  }
  return storeAnswers(parts, order, { answers, failure });
}

/** Stores what the vendors answered, each as itself. One that did not answer makes the fetch fail after the others are stored. */
function storeAnswers({ onError }: FetcherParts, { tenantId, accountId, signal }: FetchOrder, { answers, failure }: { readonly answers: readonly Answer[]; readonly failure: string | null }): StoreSection {
  return async ({ transact, seal }) => {
    let missing = failure;
    for (const { connection: { id, source }, reading } of answers) {
      if (!reading) continue;
      const fields = { tenantId, accountId, connectionId: id, source };
      const results = await storeReading({ source, connectionId: id, seal, signal, transact: (body) => transact(body, actorOfConnection(source, id)), onError: (error) => onError(error, fields) }, reading);
      const lost = results.filter(({ status, reason }) => status === 'refused' || reason === 'UNREADABLE');
      for (const { error } of lost.slice(0, 1)) onError(new Error(`${lost.length} items were not stored`), { ...fields, code: error?.code ?? 'UNREADABLE' });
      // The other vendors' answers are stored all the same.
      if (results.length > 0 && lost.length === results.length) missing ??= lost.every(({ reason }) => reason === 'UNREADABLE') ? 'UNREADABLE' : 'NOT_STORED';
    }
    if (missing !== null) throw new FetchFailed(missing);
  };
}
