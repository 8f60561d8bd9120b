import type { Id } from '../../platform/ids.ts';
import { erasedKeySql } from '../../platform/postgres/erased-keys.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { rankOf, type OriginClass } from '../trust/index.ts';
import type { NormalSignal } from './normalise-signal.ts';
import { signalIngested } from './signal.events.ts';

/** How long equal content without event id and time is one event, in milliseconds. */
export const repeatWindow = 10 * 60_000;

/** A signal that may be new, with the account it was delivered for and the one it counts for. */
export interface NewSignal {
  readonly key: string;
  readonly signal: NormalSignal;
  readonly deliveredId: Id<'Account'>;
  readonly accountId: Id<'Account'>;
  readonly requestId: string;
  readonly origin: OriginClass;
}

/** A stored signal. */
export interface StoredSignal {
  readonly signalId: Id<'Signal'>;
  readonly accountId: Id<'Account'>;
}

const insert = statement<{ id: Id<'Signal'> }>(
  'insert_signals',
  // A key with a window holds the instant of storing behind it; the latest one decides.
  `insert into signal (tenant_id, id, account_id, delivered_account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id, origin)
   with s as materialized (
     select *, ${erasedKeySql('dedupe_key')} as erased from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::jsonb[], $12::text[], $13::bool[], $16::smallint[])
       as given(id, account_id, delivered_id, type, source, source_event_id, dedupe_key, occurred_at, payload, request_id, repeats, origin))
   select $1, id, account_id, nullif(delivered_id, account_id), type, source, source_event_id, case when repeats then dedupe_key || $14 else dedupe_key end, occurred_at, $2, payload, request_id, origin from s
   where (erased is null or not exists (select from signal e where e.tenant_id = $1 and e.dedupe_key = s.erased offset 0))
     and (not repeats or not exists (
       select from (select recorded_at from signal e where e.tenant_id = $1 and e.dedupe_key >= s.dedupe_key and e.dedupe_key <= s.dedupe_key || '@9999' order by e.dedupe_key desc limit 1) latest
       where latest.recorded_at >= $15))
   order by dedupe_key
   on conflict (tenant_id, dedupe_key) do nothing returning id`,
);

const knownByKey = statement<StoredSignal & { key: string }>(
  'signals_by_dedupe_key',
  // Also where an erasure took the key, because it named somebody: told again, it is still the same signal.
  `with asked as materialized (select key, ${erasedKeySql('key')} as erased, repeats from unnest($2::text[], $3::bool[]) as asked(key, repeats))
   select s.id as "signalId", s.account_id as "accountId", asked.key from asked
   cross join lateral (select id, account_id from signal where tenant_id = $1 and dedupe_key in (asked.key, asked.erased) offset 0) s where not asked.repeats
   union all
   select s.id, s.account_id, asked.key from asked
   cross join lateral (select id, account_id from signal where tenant_id = $1 and dedupe_key >= asked.key and dedupe_key <= asked.key || '@9999' order by dedupe_key desc limit 1) s where asked.repeats`,
);

/** Whether equal content is another event once the window is over: the source gives neither event id nor time. */
export function repeats(signal: NormalSignal): boolean {
  return signal.sourceEventId === null && !signal.timed;
}

/** The stored signals of keys, by key; missing where there is none. One statement, none without keys. */
export async function findSignals(work: Work, asked: readonly Pick<NewSignal, 'key' | 'signal'>[]): Promise<Map<string, StoredSignal>> {
  if (asked.length === 0) return new Map();
  const rows = await work.rows(knownByKey, [work.tenantId, asked.map(({ key }) => key), asked.map(({ signal }) => repeats(signal))]);
  return new Map(rows.map(({ key, signalId, accountId }) => [key, { signalId, accountId }]));
}

/** Stores the signals that are new, under the locks of their accounts, and states the facts. Each key comes once. Returns the new ones by key. */
export async function storeSignals(work: Work, signals: readonly NewSignal[]): Promise<Map<string, StoredSignal>> {
  if (signals.length === 0) return new Map();
  const rows = signals.map((signal) => ({ ...signal, id: work.newId<'Signal'>() }));
  const column = <Value>(pick: (row: (typeof rows)[number]) => Value): Value[] => rows.map(pick);
  const inserted = await work.rows(insert, [
    work.tenantId,
    work.now,
    column((row) => row.id),
    column((row) => row.accountId),
    column((row) => row.deliveredId),
    column((row) => row.signal.type),
    column((row) => row.signal.source),
    column((row) => row.signal.sourceEventId),
    column((row) => row.key),
    column((row) => row.signal.occurredAt),
    column((row) => JSON.stringify(row.signal.payload)),
    column((row) => row.requestId),
    column((row) => repeats(row.signal)),
    `@${new Date(work.now).toISOString()}`,
    new Date(Date.parse(work.now) - repeatWindow).toISOString(),
    column((row) => rankOf(row.origin)),
  ]);
  const fresh = new Set(inserted.map(({ id }) => id));
  const stored = new Map<string, StoredSignal>();
  for (const { id: signalId, key, accountId, signal, requestId } of rows.filter(({ id }) => fresh.has(id))) {
    stored.set(key, { signalId, accountId });
    work.record(signalIngested.fact({ accountId, requestId, occurredAt: signal.occurredAt, data: { signalId, accountId, type: signal.type, source: signal.source } }));
  }
  return stored;
}
