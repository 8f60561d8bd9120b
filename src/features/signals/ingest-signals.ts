import { LimitExceeded, ProductError, Suppressed } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountsOrStubs, lockAccounts, noSuchAccount, selectNamedAccounts, selectorKey } from '../accounts/index.ts';
import { checkSuppression, countSuppressed } from '../consent/index.ts';
import { dedupeKey, normaliseSignal, type NormalSignal, type SignalStatement } from './normalise-signal.ts';
import { signalIngested } from './signal.events.ts';

/** What became of one signal. */
export type IngestResult =
  | { readonly outcome: 'ACCEPTED' | 'DUPLICATE'; readonly signalId: Id<'Signal'>; readonly accountId: Id<'Account'> }
  | { readonly outcome: 'REJECTED'; readonly error: ProductError };

/** A signal with the request that brought it. */
export interface ArrivedSignal {
  readonly statement: SignalStatement;
  readonly requestId: string;
  /** Where it stands in the caller's input. */
  readonly path: readonly string[];
}

/** The most signals one call may bring. */
export const mostSignals = 1_000;

interface Placed {
  readonly place: number;
  readonly signal: NormalSignal;
  readonly accountId: Id<'Account'>;
  readonly key: string;
  readonly requestId: string;
}

/**
 * Takes signals in: validate, normalise, deduplicate, store, state the fact. Each is judged by itself; a duplicate
 * answers the first one's id and changes nothing, also when many arrive at once (the unique key decides, not a look
 * beforehand). An account never heard of becomes a stub. Answers one result per signal, in order.
 */
export async function ingestSignals(work: Work, arrived: readonly ArrivedSignal[]): Promise<IngestResult[]> {
  if (arrived.length > mostSignals) throw new LimitExceeded(`At most ${mostSignals} signals in one call; these are ${arrived.length}.`);
  const results: IngestResult[] = [];
  const normal = arrived.flatMap(({ statement: stated, path, requestId }, place) => {
    try {
      return [{ place, requestId, signal: normaliseSignal(stated, work.now, path), path }];
    } catch (error) {
      if (!(error instanceof ProductError)) throw error;
      results[place] = { outcome: 'REJECTED', error };
      return [];
    }
  });
  const admitted = await refuseSuppressed(work, normal, results);
  const placed: Placed[] = [];
  const accounts = await findAccounts(work, admitted.map(({ signal }) => signal));
  for (const { place, requestId, signal, path } of admitted) {
    const accountId = accounts.get(selectorKey(signal.account));
    if (accountId) placed.push({ place, requestId, signal, accountId, key: dedupeKey(signal, accountId) });
    else results[place] = { outcome: 'REJECTED', error: noSuchAccount([...path, 'account']) };
  }
  const standings = await lockAccounts(work, placed.map((item) => item.accountId));
  const stored = await store(work, placed.map((item) => ({ ...item, accountId: standings.get(item.accountId)?.survivorId ?? item.accountId })));
  for (const { place, key } of placed) {
    const row = stored.get(key);
    if (!row) throw new Error('a signal is neither new nor known');
    results[place] = row.place === place ? { outcome: 'ACCEPTED', ...row.ids } : { outcome: 'DUPLICATE', ...row.ids };
  }
  return results;
}

interface Normalised {
  readonly place: number;
  readonly signal: NormalSignal;
  readonly requestId: string;
  readonly path: readonly string[];
}

/** Refuses signals that hold an address of a person who was erased; one statement, and none where no signal holds an address. */
async function refuseSuppressed(work: Work, signals: readonly Normalised[], results: IngestResult[]): Promise<readonly Normalised[]> {
  const texts = ({ signal: { account, sourceEventId, payload } }: Normalised): unknown[] => [payload, sourceEventId, 'externalRef' in account ? account.externalRef.id : null];
  const suppression = await checkSuppression(work, { values: signals.flatMap(texts) });
  const refused = signals.filter((signal) => suppression.holds(texts(signal)));
  for (const { place, path } of refused) results[place] = { outcome: 'REJECTED', error: new Suppressed(path) };
  countSuppressed(work, 'signal', refused.length);
  return refused.length === 0 ? signals : signals.filter((signal) => !refused.includes(signal));
}

async function findAccounts(work: Work, signals: readonly NormalSignal[]): Promise<Map<string, Id<'Account'>>> {
  const selectors = signals.map((signal) => signal.account);
  const found = await selectNamedAccounts(work, work.tenantId, selectors);
  const unknown = new Map(selectors.flatMap((selector) => ('externalRef' in selector && !found.has(selectorKey(selector)) ? [[selectorKey(selector), selector.externalRef]] : [])));
  if (unknown.size > 0) {
    const ids = await accountsOrStubs(work, [...unknown.values()]);
    for (const [index, key] of [...unknown.keys()].entries()) found.set(key, ids[index] as Id<'Account'>);
  }
  return found;
}

const insert = statement<{ id: Id<'Signal'>; key: string }>(
  'insert_signals',
  `insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
   with s as materialized (
     select *, erased_key(dedupe_key) as erased from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::jsonb[], $11::text[])
       as given(id, account_id, type, source, source_event_id, dedupe_key, occurred_at, payload, request_id))
   select $1, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, $2, payload, request_id from s
   where not exists (select from signal e where e.tenant_id = $1 and e.dedupe_key = s.erased offset 0)
   order by dedupe_key
   on conflict (tenant_id, dedupe_key) do nothing returning id, dedupe_key as key`,
);
const knownByKey = statement<{ signalId: Id<'Signal'>; accountId: Id<'Account'>; key: string }>(
  'signals_by_dedupe_key',
  // Also where an erasure took the key, because it named somebody: told again, it is still the same signal.
  `with asked as materialized (select key, erased_key(key) as erased from unnest($2::text[]) as asked(key))
   select s.id as "signalId", s.account_id as "accountId", asked.key from asked
   cross join lateral (select id, account_id from signal where tenant_id = $1 and dedupe_key in (asked.key, asked.erased) offset 0) s`,
);

interface Stored {
  /** Which input made it; none where it was known before. */
  readonly place: number | null;
  readonly ids: { readonly signalId: Id<'Signal'>; readonly accountId: Id<'Account'> };
}

async function store(work: Work, placed: readonly Placed[]): Promise<Map<string, Stored>> {
  const firsts = new Map<string, Placed & { id: Id<'Signal'> }>();
  for (const item of placed) if (!firsts.has(item.key)) firsts.set(item.key, { ...item, id: work.newId<'Signal'>() });
  const rows = [...firsts.values()];
  if (rows.length === 0) return new Map();
  const column = <Value>(pick: (row: (typeof rows)[number]) => Value): Value[] => rows.map(pick);
  const inserted = await work.rows(insert, [
    work.tenantId,
    work.now,
    column((row) => row.id),
    column((row) => row.accountId),
    column((row) => row.signal.type),
    column((row) => row.signal.source),
    column((row) => row.signal.sourceEventId),
    column((row) => row.key),
    column((row) => row.signal.occurredAt),
    column((row) => JSON.stringify(row.signal.payload)),
    column((row) => row.requestId),
  ]);
  const fresh = new Set(inserted.map((row) => row.key));
  const stored = new Map<string, Stored>();
  for (const row of rows.filter(({ key }) => fresh.has(key))) {
    const { id: signalId, accountId, signal, requestId } = row;
    stored.set(row.key, { place: row.place, ids: { signalId, accountId } });
    work.record(signalIngested.fact({ accountId, requestId, occurredAt: signal.occurredAt, data: { signalId, accountId, type: signal.type, source: signal.source } }));
  }
  const known = rows.filter(({ key }) => !fresh.has(key)).map(({ key }) => key);
  if (known.length > 0) {
    for (const { key, signalId, accountId } of await work.rows(knownByKey, [work.tenantId, known])) stored.set(key, { place: null, ids: { signalId, accountId } });
  }
  return stored;
}
