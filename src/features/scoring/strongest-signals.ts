import { datedStatement, type DatedStatement } from '../../platform/postgres/dated-statement.ts';
import { signalColumns, type SignalRow } from '../signals/index.ts';
import { countsForScores } from './counts-for-scores.ts';

/** A signal among the strongest of an account. */
export interface StrongSignal extends SignalRow {
  /** Whether a signal that was not read may be stronger: ask `strongestAmongEarly` again. */
  readonly isUnsure: boolean;
}

// Signals that are equally strong are told apart by what they say: their ids, and when they came, say nothing about them.
const byContent = (alias: string): string => `${alias}.occurred_at desc, ${alias}.source, ${alias}.source_event_id, ${alias}.payload, ${alias}.id`;
type Tables = (name: string) => string;
const ofKind = (table: Tables, alias: string): string =>
  `from ${table('signal')} ${alias} where ${alias}.tenant_id = $1 and ${alias}.account_id = asked.id and ${alias}.type = kind.type and ${countsForScores(`${alias}.id`, '$7::timestamptz')}`;

/** The strongest signals of each account: the newest of each type, by what decay left of them. All signals of a type decay at one rate. */
const strongest = (name: string, newest: (table: Tables) => string, isUnsure: (table: Tables) => string): DatedStatement<StrongSignal> =>
  datedStatement<StrongSignal>(
    name,
    8,
    (table) => `select ${signalColumns}, t.is_unsure as "isUnsure"
   from unnest($2::uuid[]) as asked(id) cross join lateral (
     select n.*, kind.strength - ln(2) * extract(epoch from $7::timestamptz - n.effective_at) / kind.half_life as strength, ${isUnsure(table)} as is_unsure
     from unnest($3::uuid[], $4::text[], $5::float8[], $6::float8[]) as kind(account_id, type, strength, half_life) cross join lateral (${newest(table)}) n
     where kind.account_id = asked.id
     order by strength desc, n.type, ${byContent('n')} limit $8) t
   order by asked.id, t.strength desc, t.type, ${byContent('t')}`,
  );

/**
 * Reads the latest signals of each type by the index of signal lists, which is ordered by when they occurred. A signal of the
 * near future decays from when it was recorded. Where others occurred in between, one that was not read may be newer than
 * one that was: then every row of the account says that it is unsure.
 */
export const strongestSignals = strongest(
  'strongest_signals',
  (table) => `select n.* ${ofKind(table, 'n')} order by ${byContent('n')} limit $8`,
  (table) => `bool_or(n.effective_at < n.occurred_at and exists (select from ${table('signal')} b where b.tenant_id = $1 and b.account_id = n.account_id and b.type = n.type and b.occurred_at > n.effective_at and b.occurred_at <= n.occurred_at and b.id <> n.id)) over ()`,
);

/** As `strongestSignals`, for accounts that were unsure. What was not read occurred no later than any that was, and decays from then or before. */
export const strongestAmongEarly = strongest(
  'strongest_among_early_signals',
  // A condition on a subquery itself is no condition of an index under row-level security; one on its column is.
  (table) => `select n.* from (select coalesce((select min(latest.effective_at) from (select l.effective_at ${ofKind(table, 'l')} order by l.occurred_at desc limit $8) latest having count(*) = $8), '-infinity') as at offset 0) least
     cross join lateral (select n.* ${ofKind(table, 'n')} and n.occurred_at >= least.at) n
     order by n.effective_at desc, ${byContent('n')} limit $8`,
  () => 'false',
);
