import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { HistoryRow, OutcomeRow } from './import-history.ts';

type Placed<Row> = Row & { readonly accountId: string };
type Stored = 'TAKEN' | 'DUPLICATE';

const insertOutcomes = statement<{ externalId: string }>(
  'lab_insert_outcomes',
  `insert into lab.outcome as o (tenant_id, id, account_id, external_id, result, closed_at, amount_minor, currency, imported_at, import_id)
   select $1, id, account_id, external_id, result, closed_at, amount_minor, currency, $2, $3
   from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[], $9::bigint[], $10::text[]) as r(id, account_id, external_id, result, closed_at, amount_minor, currency)
   on conflict (tenant_id, external_id) do update set account_id = excluded.account_id, result = excluded.result, closed_at = excluded.closed_at, amount_minor = excluded.amount_minor, currency = excluded.currency,
     imported_at = excluded.imported_at, import_id = excluded.import_id
   where (o.account_id, o.result, o.closed_at, o.amount_minor, o.currency) is distinct from (excluded.account_id, excluded.result, excluded.closed_at, excluded.amount_minor, excluded.currency)
   returning external_id as "externalId"`,
);

/** Stores deals; one of an external id that is there already takes its place. Of several in one portion the last one holds. */
export async function storeOutcomes(work: LabWork, importId: string, rows: readonly Placed<OutcomeRow>[]): Promise<readonly Stored[]> {
  const last = new Map(rows.map((row, place) => [row.externalId, place]));
  const kept = rows.filter((row, place) => last.get(row.externalId) === place);
  const column = <Value>(pick: (row: Placed<OutcomeRow>) => Value): Value[] => kept.map(pick);
  const changed = await work.rows(insertOutcomes, [
    work.tenantId, work.now, importId, column(() => work.newId<'LabOutcome'>()), column(({ accountId }) => accountId), column(({ externalId }) => externalId), column(({ result }) => result),
    column(({ closedAt }) => closedAt), column(({ amountMinor }) => amountMinor), column(({ currency }) => currency),
  ]);
  const taken = new Set(changed.map(({ externalId }) => externalId));
  return rows.map((row, place) => (last.get(row.externalId) === place && taken.has(row.externalId) ? 'TAKEN' : 'DUPLICATE'));
}

// What production counts already must not count twice: a signal of the same account, type and instant is the same signal.
const insertSignals = statement<{ place: number }>(
  'lab_insert_history_signals',
  `with given as (
     select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::int[]) as r(id, account_id, type, occurred_at, event_id, place)
   ), stored as (
     insert into lab.history_signal (tenant_id, id, account_id, type, occurred_at, event_id, import_id)
     select $1, g.id, g.account_id, g.type, g.occurred_at, g.event_id, $2 from given g
     where not exists (select from signal s where s.tenant_id = $1 and s.account_id = g.account_id and s.type = g.type and s.occurred_at = g.occurred_at)
     on conflict do nothing returning id
   ) select g.place from given g join stored on stored.id = g.id`,
);

/** Stores signals; one that is there already, in production or from an import, changes nothing. */
export async function storeSignals(work: LabWork, importId: string, rows: readonly Placed<HistoryRow>[]): Promise<readonly Stored[]> {
  const column = <Value>(pick: (row: Placed<HistoryRow>, place: number) => Value): Value[] => rows.map(pick);
  const stored = await work.rows(insertSignals, [
    work.tenantId, importId, column(() => work.newId<'LabSignal'>()), column(({ accountId }) => accountId), column(({ type }) => type), column(({ occurredAt }) => occurredAt), column(({ eventId }) => eventId),
    column((_, place) => place),
  ]);
  const taken = new Set(stored.map(({ place }) => place));
  return rows.map((_, place) => (taken.has(place) ? 'TAKEN' : 'DUPLICATE'));
}
