import { InvalidInput } from '../../platform/errors.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SignificancePolicy } from './compare-snapshots.ts';
import { snapshotPolicySaved } from './snapshot.events.ts';

/** What a tenant's snapshots are bound by. A version never changes. */
export interface SnapshotPolicy extends SignificancePolicy {
  /** 0: the program's defaults. */
  readonly version: number;
  /** Hours that must lie between the snapshots that a trend is made of, each and the next. */
  readonly trendHoursApart: number;
  /** For how many whole months snapshots are kept; null for ever. */
  readonly monthsKept: number | null;
}

/** A trend is made of the last three. */
const leastMonths = 3;
const mostMonths = 1_200;
const defaults: SnapshotPolicy = { version: 0, healthPoints: 5, revenuePercent: 10, trendHoursApart: 12, monthsKept: null };

const inForce = statement<SnapshotPolicy>(
  'snapshot_policy_in_force',
  'select version, health_points as "healthPoints", revenue_percent as "revenuePercent", trend_hours_apart as "trendHoursApart", months_kept as "monthsKept" from snapshot_policy where tenant_id = $1 order by version desc limit 1',
);

/** The tenant's policy in force. */
export async function snapshotPolicy(sql: Sql & { readonly tenantId: string }): Promise<SnapshotPolicy> {
  const [row] = await sql.rows(inForce, [sql.tenantId]);
  return row ?? defaults;
}

/** What of a policy is to be different; what is left out stays. */
export interface SnapshotPolicyChange {
  readonly healthPoints?: number | null;
  readonly revenuePercent?: number | null;
  readonly trendHoursApart?: number | null;
  readonly monthsKept?: number | null;
  /** Keeps snapshots for ever again. */
  readonly keepForEver?: boolean | null;
}

// One policy after the other: without a row there is nothing else to lock.
const lock = statement('lock_snapshot_policy', `select pg_advisory_xact_lock(hashtextextended('snapshot_policy ' || $1, 0))`);
const insert = statement('insert_snapshot_policy', 'insert into snapshot_policy (tenant_id, version, health_points, revenue_percent, trend_hours_apart, months_kept, published_at, published_by) values ($1, $2, $3, $4, $5, $6, $7, $8)');

/** Puts a new version of the policy in force. Answers it. */
export async function saveSnapshotPolicy(work: Work, change: SnapshotPolicyChange): Promise<SnapshotPolicy> {
  const given = change.monthsKept ?? null;
  if (given !== null && change.keepForEver) throw new InvalidInput('State either monthsKept or keepForEver.', ['input', 'keepForEver']);
  if (given !== null && (given < leastMonths || given > mostMonths)) throw new InvalidInput(`Snapshots are kept for at least ${leastMonths} months, of which a trend is made, and at most ${mostMonths}.`, ['input', 'monthsKept']);
  await work.rows(lock, [work.tenantId]);
  const present = await snapshotPolicy(work);
  const policy: SnapshotPolicy = {
    version: present.version + 1,
    healthPoints: checkNumber(change.healthPoints ?? present.healthPoints, 100, 'healthPoints'),
    revenuePercent: checkNumber(change.revenuePercent ?? present.revenuePercent, 1_000_000, 'revenuePercent'),
    trendHoursApart: checkNumber(change.trendHoursApart ?? present.trendHoursApart, 8_760, 'trendHoursApart'),
    monthsKept: change.keepForEver ? null : (given ?? present.monthsKept),
  };
  await work.rows(insert, [work.tenantId, policy.version, policy.healthPoints, policy.revenuePercent, policy.trendHoursApart, policy.monthsKept, work.now, work.actor.id]);
  work.record(snapshotPolicySaved.fact({ accountId: null, data: { version: policy.version } }));
  return policy;
}

function checkNumber(value: number, most: number, field: string): number {
  if (!(value >= 0 && value <= most)) throw new InvalidInput(`${field} must be a number from 0 to ${most}.`, ['input', field]);
  return value;
}
