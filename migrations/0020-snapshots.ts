/** Snapshots say how much of the health formula had data, and why there is no trend. Those of before do not: null. */
export const columns = `
alter table account_snapshot
  add column health_partial_score double precision check (health_partial_score between 0 and 100),
  add column health_coverage double precision check (health_coverage between 0 and 1),
  add column health_source_reason text check (health_source_reason in ('CURRENT_TREND', 'ONLY_OLD_TREND', 'TREND_TOO_OLD', 'NO_TREND', 'NO_DATA')),
  add column health_trend_absent text check (health_trend_absent in ('TOO_FEW', 'TOO_CLOSE', 'UNKNOWN_HEALTH')),
  add column health_change_since_baseline double precision,
  add column baseline_id uuid;
alter table snapshot_policy add column trend_hours_apart double precision not null default 12 check (trend_hours_apart between 0 and 8760);
comment on column snapshot_policy.trend_hours_apart is 'Hours that must lie between the three snapshots of a health trend, each and the next.';
`;

/** The snapshot that slow drift is measured from: the last significant one, or the first that is kept. Its figures outlive it. */
export const baselines = `
alter table snapshot_head
  add column baseline_id uuid,
  add column baseline_taken_at timestamptz,
  add column baseline_health_score double precision,
  add column baseline_revenue_minor bigint,
  add column baseline_revenue_currency text;
comment on column snapshot_head.baseline_id is 'The last significant snapshot, or the first one: what slow drift is measured from.';
-- The head's numbers stay; its triggers take every update for the next snapshot.
alter table snapshot_head disable trigger user;
update snapshot_head h set (baseline_id, baseline_taken_at, baseline_health_score, baseline_revenue_minor, baseline_revenue_currency) = (
    select s.id, s.taken_at, s.overall_health_score, s.revenue_minor, s.revenue_currency from account_snapshot s
    where s.tenant_id = h.tenant_id and s.account_id = h.account_id
    order by s.is_significant_change desc, case when s.is_significant_change then -s.sequence_number else s.sequence_number end, s.id limit 1);
alter table snapshot_head enable trigger user;
`;
