import type { LineageLink } from '../lineage/index.ts';
import { countsForScores } from './counts-for-scores.ts';
import { stageChangeTypes } from './scoring-model.ts';

/*
 * What a score derives from follows from its changes:
 *
 *   CONTINUED, REPLACED  a change from the one before it
 *   COUNTED              a change from the signals that it lists; one that counts all, also from every signal that counted
 *                        for the account at its instant and was recorded before
 *   FITTED               a change from the traits that it was fitted to
 *   STANDS_AT            an account's context from the latest change
 *
 * Changes of one account are recorded one after the other, under its lock: so each is continued by one at most, and a signal
 * is counted by one change at most that was not computed anew.
 */
const words = (point: string): string => `'intent-score' as rule_name, ${point}.model_version::text as rule_version`;
const stageTypes = stageChangeTypes.map((type) => `'${type}'`).join();

/** SQL: whether the model of a change knows a signal's type. */
const isKnown = (signal: string, point: string): string => `exists (select from scoring_model m cross join jsonb_array_elements(m.parameters -> 'signalTypes') as kind
  where m.tenant_id = $1 and m.version = ${point}.model_version and (kind ->> 'type' = ${signal}.type or kind ->> 'type' = 'stage_change' and ${signal}.type in (${stageTypes})))`;
/** SQL: whether a signal that counts for an account now did so at the instant of a change. */
const cameBefore = (signal: string, point: string): string => `(${signal}.moved_at is null or ${signal}.moved_at <= ${point}.recorded_at)`;
/** SQL: whether a period of a signal's history holds the instant of a change. */
const holds = (history: string, point: string): string => `${history}.sys_from <= ${point}.recorded_at and ${history}.sys_to > ${point}.recorded_at`;
/** SQL: whether a change lists a signal. */
const lists = (point: string, signal: string): string => `(${signal} = any(${point}.counted) or ${point}.counted is null and not ${point}.counts_all and ${point}.signal_id = ${signal})`;

/** How the lineage of scores is read from their columns. */
export const scoreLinks: readonly LineageLink[] = [
  {
    node: 'ScorePoint',
    way: 'SOURCES',
    sql: ({ table, node }) => `select source.*, ${words('p')} from ${table('score_point')} p cross join lateral (
        select 'ScorePoint' as type, p.before_id as id, case when p.anew then 'REPLACED' else 'CONTINUED' end as relation where p.before_id is not null
        union all select 'FirmographicTraits', p.traits_id, 'FITTED' where p.traits_id is not null
        union all select 'Signal', id, 'COUNTED' from unnest(coalesce(p.counted, case when p.signal_id is not null and not p.counts_all then array[p.signal_id] end)) as listed(id)
        order by id) source
      where p.tenant_id = $1 and p.id = ${node}`,
  },
  {
    node: 'ScorePoint',
    way: 'SOURCES',
    // The latest first: in the order of ids, all of an account's signals would be read for each page of them.
    sql: ({ table, node, most }) => `select 'Signal' as type, s.id, 'COUNTED' as relation, ${words('p')} from ${table('score_point')} p cross join lateral (
        (select s.id from signal s where s.tenant_id = $1 and s.account_id = p.account_id and s.recorded_at < p.recorded_at and ${cameBefore('s', 'p')} and ${isKnown('s', 'p')} and ${countsForScores('s.id', 'p.recorded_at')}
         order by s.occurred_at desc, s.id desc limit ${most})
        union all
        (select s.id from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
         where h.tenant_id = $1 and h.account_id = p.account_id and ${holds('h', 'p')} and s.recorded_at < p.recorded_at and ${isKnown('s', 'p')} and ${countsForScores('s.id', 'p.recorded_at')}
         order by s.occurred_at desc, s.id desc limit ${most})) s
      where p.tenant_id = $1 and p.id = ${node} and p.counts_all`,
  },
  {
    node: 'Account',
    way: 'SOURCES',
    sql: ({ table, node }) => `select 'ScorePoint' as type, p.id, 'STANDS_AT' as relation, ${words('p')}
      from (select id, model_version from ${table('score_point')} p where p.tenant_id = $1 and p.account_id = ${node} order by p.recorded_at desc, p.id desc limit 1) p`,
  },
  {
    node: 'ScorePoint',
    way: 'DEPENDENTS',
    sql: ({ table, node }) => `select 'ScorePoint' as type, n.id, case when n.anew then 'REPLACED' else 'CONTINUED' end as relation, ${words('n')} from ${table('score_point')} p cross join lateral (
        select n.id, n.anew, n.model_version from ${table('score_point')} n where n.tenant_id = $1 and n.account_id = p.account_id and n.recorded_at >= p.recorded_at and n.before_id = p.id order by n.recorded_at, n.id limit 1) n
      where p.tenant_id = $1 and p.id = ${node}`,
  },
  {
    node: 'ScorePoint',
    way: 'DEPENDENTS',
    sql: ({ table, node }) => `select 'Account' as type, p.account_id as id, 'STANDS_AT' as relation, ${words('p')} from ${table('score_point')} p
      where p.tenant_id = $1 and p.id = ${node} and p.id = (select l.id from ${table('score_point')} l where l.tenant_id = $1 and l.account_id = p.account_id order by l.recorded_at desc, l.id desc limit 1)`,
  },
  {
    node: 'FirmographicTraits',
    way: 'DEPENDENTS',
    sql: ({ table, node, most }) => `select 'ScorePoint' as type, p.id, 'FITTED' as relation, ${words('p')} from score_traits t cross join lateral (
        select p.id, p.model_version from ${table('score_point')} p where p.tenant_id = $1 and p.account_id = t.account_id and p.recorded_at >= t.recorded_at and p.traits_id = t.id and (p.anew or p.traits_id is not null)
        order by p.recorded_at, p.id limit ${most}) p
      where t.tenant_id = $1 and t.id = ${node}`,
  },
  {
    node: 'Signal',
    way: 'DEPENDENTS',
    sql: ({ table, node, most }) => `select 'ScorePoint' as type, p.id, 'COUNTED' as relation, ${words('p')} from signal s
      cross join lateral (select s.account_id as id union select s.delivered_account_id where s.delivered_account_id is not null
        union select h.account_id from signal_account_history h where h.tenant_id = $1 and h.signal_id = s.id) a
      cross join lateral (
        (select p.id, p.model_version from ${table('score_point')} p where p.tenant_id = $1 and p.account_id = a.id and p.recorded_at >= s.recorded_at and not p.anew and ${lists('p', 's.id')} order by p.recorded_at, p.id limit 1)
        union all
        (select p.id, p.model_version from ${table('score_point')} p where p.tenant_id = $1 and p.account_id = a.id and p.recorded_at >= s.recorded_at and (p.anew or p.traits_id is not null) and p.anew
           and (${lists('p', 's.id')} or p.counts_all and s.recorded_at < p.recorded_at and ${isKnown('s', 'p')} and ${countsForScores('s.id', 'p.recorded_at')}
             and (s.account_id = p.account_id and ${cameBefore('s', 'p')} or exists (select from signal_account_history h where h.tenant_id = $1 and h.signal_id = s.id and h.account_id = p.account_id and ${holds('h', 'p')})))
         order by p.recorded_at, p.id limit ${most})) p
      where s.tenant_id = $1 and s.id = ${node}`,
  },
];
