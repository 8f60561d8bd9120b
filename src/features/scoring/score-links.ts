import type { LineageLink, TrustDeclaration } from '../lineage/index.ts';

/*
 * What a score derives from follows from its changes:
 *
 *   CONTINUED, REPLACED  a change from the one before it
 *   COUNTED              a change from the signals that it lists; one that counts all, also from every signal that counted
 *                        for the account at its instant and was recorded before
 *   FITTED               a change from the traits that it was fitted to
 *   STANDS_AT            an account's context from the latest change
 *
 * Changes of one account are recorded one after the other, under its lock: so each is continued by one at most.
 */
const words = (point: string): string => `'intent-score' as rule_name, ${point}.model_version::text as rule_version`;

/** How the lineage of scores is read from their columns. */
export const scoreLinks: readonly LineageLink[] = [
  {
    node: 'ScorePoint',
    way: 'SOURCES',
    sql: ({ table, node, most }) => `select source.*, ${words('p')} from ${table('score_point')} p cross join lateral (
        select 'ScorePoint' as type, p.before_id as id, case when p.anew then 'REPLACED' else 'CONTINUED' end as relation where p.before_id is not null
        union all select 'FirmographicTraits', p.traits_id, 'FITTED' where p.traits_id is not null
        union all select 'Signal', id, 'COUNTED' from unnest(coalesce(p.counted, case when p.signal_id is not null and not p.counts_all then array[p.signal_id] end)) as listed(id)
        union all select 'Signal', id, 'COUNTED' from signals_counted_at($1, p.account_id, p.recorded_at, p.model_version, ${most}) as counted(id) where p.counts_all
        order by id) source
      where p.tenant_id = $1 and p.id = ${node}`,
  },
  {
    node: 'Account',
    way: 'SOURCES',
    sql: ({ table, node }) => `select 'ScorePoint' as type, p.id, 'STANDS_AT' as relation, ${words('p')}
      from (select p.id, p.model_version from ${table('score_point')} p where p.tenant_id = $1 and p.account_id = ${node} order by p.recorded_at desc, p.id desc limit 1) p`,
  },
  {
    node: 'ScorePoint',
    way: 'DEPENDENTS',
    sql: ({ table, node }) => `select dependent.* from ${table('score_point')} p cross join lateral (
        (select 'ScorePoint' as type, n.id, case when n.anew then 'REPLACED' else 'CONTINUED' end as relation, ${words('n')} from ${table('score_point')} n
         where n.tenant_id = $1 and n.account_id = p.account_id and n.recorded_at >= p.recorded_at and n.before_id = p.id order by n.recorded_at, n.id limit 1)
        union all
        select 'Account', p.account_id, 'STANDS_AT', ${words('p')}
        where p.id = (select l.id from ${table('score_point')} l where l.tenant_id = $1 and l.account_id = p.account_id order by l.recorded_at desc, l.id desc limit 1)) dependent
      where p.tenant_id = $1 and p.id = ${node}`,
  },
  {
    node: 'FirmographicTraits',
    way: 'DEPENDENTS',
    sql: ({ table, node, most }) => `select 'ScorePoint' as type, p.id, 'FITTED' as relation, ${words('p')} from score_traits t cross join lateral (
        select p.id, p.model_version from ${table('score_point')} p where p.tenant_id = $1 and p.account_id = t.account_id and p.recorded_at >= t.recorded_at and p.traits_id = t.id
        order by p.recorded_at, p.id limit ${most}) p
      where t.tenant_id = $1 and t.id = ${node}`,
  },
  {
    node: 'Signal',
    way: 'DEPENDENTS',
    sql: ({ table, node, most }) => `select 'ScorePoint' as type, p.id, 'COUNTED' as relation, ${words('p')}
      from points_that_counted($1, ${node}, ${most}) as counted(id) join ${table('score_point')} p on p.tenant_id = $1 and p.id = counted.id`,
  },
];

/**
 * What stands for all that the value of a score derives from where its trust is read: the signal, or the earlier change that
 * counted it, to whose class the score fell last, and the traits that it was fitted to last. A change that is computed anew
 * replaces the one before it and takes nothing from it, so a chain of changes begins there, or with the first change. `score_trust`
 * has a row wherever a score fell within its chain, and classes only fall along a chain; so the latest row up to the change is the lowest.
 */
export const lowestOfPoint: NonNullable<TrustDeclaration['lowest']> = ({ table, node }) => `select l.type, l.id from ${table('score_point')} p
  cross join lateral (
    select f.recorded_at, f.id, f.traits_id from score_point f
    where f.tenant_id = $1 and f.account_id = p.account_id and (f.before_id is null or f.anew) and (f.recorded_at, f.id) <= (p.recorded_at, p.id)
    order by f.recorded_at desc, f.id desc limit 1) first
  cross join lateral (
    (select case when t.point_id = p.id then 'Signal' else 'ScorePoint' end as type, case when t.point_id = p.id then t.signal_id else t.point_id end as id from score_trust t
     where t.tenant_id = $1 and t.account_id = p.account_id and (t.recorded_at, t.point_id) <= (p.recorded_at, p.id) and (t.recorded_at, t.point_id) >= (first.recorded_at, first.id)
     order by t.recorded_at desc, t.point_id desc limit 1)
    union all
    select 'FirmographicTraits', fitted.id from (select coalesce(
      (select r.id from score_traits r where r.tenant_id = $1 and r.account_id = p.account_id and r.recorded_at between first.recorded_at and p.recorded_at order by r.recorded_at desc, r.id desc limit 1),
      first.traits_id)) fitted(id) where p.scored and fitted.id is not null) l
  where p.tenant_id = $1 and p.id = ${node}`;
