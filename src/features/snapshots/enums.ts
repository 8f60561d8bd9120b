import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Why a snapshot is taken. */
export const SnapshotType = graphEnum('SnapshotType', 'On what occasion a snapshot was taken.', {
  MANUAL: 'Somebody asked for it.',
  SCHEDULED: 'The daily run took it.',
  EVENT_DRIVEN: 'Something about the account changed; `triggerEvents` says what.',
  POST_HEALTH_CALC: 'The account\'s health was calculated anew.',
});
export type SnapshotType = keyof typeof SnapshotType;

/** Where a job stands. */
export const SnapshotJobStatus = graphEnum('SnapshotJobStatus', 'Where a job that takes snapshots stands.', {
  RUNNING: 'It waits, or is at work. A job whose process died is taken over by another.',
  DONE: 'Every account has its snapshot, or is named among the failures.',
  CANCELLED: 'Somebody ended it; what was taken until then stays.',
});
export type SnapshotJobStatus = keyof typeof SnapshotJobStatus;

/** Why an account of a job has no snapshot. */
export const SnapshotFailureReason = graphEnum('SnapshotFailureReason', 'Why a job took no snapshot of an account.', {
  GONE: 'The account is no longer there.',
  CHANGED_MEANWHILE: 'It changed each time while it was read. Ask for it again.',
  FAULT: 'A fault of the program, which is in its log.',
});
export type SnapshotFailureReason = keyof typeof SnapshotFailureReason;

/** Which way health went. */
export const SnapshotHealthTrend = graphEnum('SnapshotHealthTrend', 'Which way health went over the last three snapshots that lie far enough apart, this one included.', {
  IMPROVING: 'It rose by more than 2 points from the first of the three to this one.',
  STABLE: 'It moved by 2 points at most.',
  DECLINING: 'It fell by more than 2 points.',
});
export type SnapshotHealthTrend = keyof typeof SnapshotHealthTrend;

/** Why a change of revenue cannot be told. */
export const RevenueChangeAbsence = graphEnum('RevenueChangeAbsence', 'Why the change of revenue, or its percentage, is null.', {
  FIRST_SNAPSHOT: 'There is no snapshot before this one.',
  UNKNOWN_NOW: 'The revenue is not known.',
  UNKNOWN_BEFORE: 'The revenue was not known at the snapshot before.',
  CURRENCY_CHANGED: 'The snapshot before is in another currency.',
  NOTHING_BEFORE: 'The revenue was 0 before: the change is known, but is no percentage of nothing.',
});
export type RevenueChangeAbsence = keyof typeof RevenueChangeAbsence;

/** Why there is no trend. */
export const HealthTrendAbsence = graphEnum('HealthTrendAbsence', 'Why a snapshot has no health trend.', {
  TOO_FEW: 'There are fewer than three snapshots, this one included.',
  TOO_CLOSE: 'There are no three snapshots, this one included, with at least the policy\'s `trendHoursApart` between each and the next.',
  UNKNOWN_HEALTH: 'One of the three has no overall health.',
});
export type HealthTrendAbsence = keyof typeof HealthTrendAbsence;

/** Why a change is significant. */
export const SignificanceReason = graphEnum('SignificanceReason', 'Why a snapshot is significant: compared with the one before, and with the baseline (the last significant one).', {
  HEALTH_CHANGED: 'Health moved by more points since the snapshot before than the policy\'s `healthPoints`, 5 unless set.',
  HEALTH_DRIFTED: 'It did not, but it moved by more than that since the baseline.',
  HEALTH_BECAME_UNKNOWN: 'Overall health was known at the snapshot before and is not any more.',
  HEALTH_BECAME_KNOWN: 'Overall health was not known at the snapshot before and is now.',
  REVENUE_CHANGED: 'Revenue moved by more per cent since the snapshot before than the policy\'s `revenuePercent`, 10 unless set; any revenue after 0 is more.',
  REVENUE_DRIFTED: 'It did not, but it moved by more than that since the baseline.',
  CURRENCY_CHANGED: 'Revenue is in another currency than at the snapshot before.',
  REVENUE_BECAME_UNKNOWN: 'Revenue was known at the snapshot before and is not any more.',
  REVENUE_BECAME_KNOWN: 'Revenue was not known at the snapshot before and is now.',
});
export type SignificanceReason = keyof typeof SignificanceReason;

/** What lists of snapshots are ordered by. */
export const SnapshotOrderField = graphEnum('SnapshotOrderField', 'What a list of snapshots can be ordered by.', {
  SEQUENCE: 'By their number, which is the order in which they were taken.',
  TAKEN_AT: 'By the instant they are about.',
});

/** What can happen to an account that calls for a snapshot. */
export const snapshotTriggers = ['KPI_DATA_UPLOADED', 'HEALTH_SCORES_UPDATED', 'ACCOUNT_DATA_CHANGED', 'PLAYBOOK_EXECUTION_COMPLETED'] as const;
export type SnapshotTrigger = (typeof snapshotTriggers)[number];

/** What a snapshot can say it was triggered by: a closed list, so that it holds nobody's name. */
export const triggerEvents: readonly string[] = [...snapshotTriggers, 'DAILY_SNAPSHOT_JOB', 'MANUAL_REQUEST'];
