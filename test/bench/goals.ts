import type { FigureName } from './results.ts';

/** One thing that must be reached: a ratio between two contestants of one measure, or a figure by itself. */
export interface Goal {
  /** As the page's table names it. */
  readonly title: string;
  readonly measure: string;
  readonly figure: FigureName;
  /** Whose figure; `program` when absent. */
  readonly of?: string;
  /** Held against this contestant's figure. */
  readonly against?: string;
  /** Held against the same figure of another measure, which need not be of the same rounds. */
  readonly againstMeasure?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Follows the figure, for example ` ms`; a ratio ends with `x`. */
  readonly unit?: string;
}

const guarded = 'by hand with token and transaction';
const postgraphile = 'PostGraphile';
const reads = (title: string, measure: string, hand: number, other: number): readonly Goal[] => [
  { title: `${title}, requests/s against hand-written with token and transaction`, measure, figure: 'perSecond', against: guarded, atLeast: hand },
  { title: `${title}, requests/s against PostGraphile`, measure, figure: 'perSecond', against: postgraphile, atLeast: other },
];
const lineage = (title: string, measure: string): Goal => ({ title: `lineage, ${title}, against one recursive statement`, measure: `lineage.${measure}`, figure: 'perSecond', against: 'one recursive statement', atLeast: 0.5 });

/** What the program must reach, in the order of the page. A measure that a run did not take is shown as not measured. */
export const goals: readonly Goal[] = [
  ...reads('account page', 'reads.account', 0.95, 1.3),
  ...reads('20 accounts', 'reads.twenty', 1.3, 1.1),
  ...reads('portfolio', 'reads.portfolio', 0.9, 1.2),
  ...reads('signal feed', 'reads.feed', 0.95, 1.5),
  { title: 'account page again, nothing changed, against PostGraphile', measure: 'reads.warm', figure: 'perSecond', against: postgraphile, atLeast: 8 },
  { title: 'context from the cache against PostGraphile\'s account page', measure: 'context.cached', figure: 'perSecond', against: postgraphile, atLeast: 8 },
  { title: 'context that is not cached against one statement by hand', measure: 'context.rebuilt', figure: 'perSecond', against: guarded, atLeast: 0.5 },
  { title: 'contexts from the cache under a Zipf load with writes, share', measure: 'context.hits', figure: 'value', atLeast: 0.8 },
  { title: 'account page at 100,000 signals against 1,000, CPU', measure: 'growth.signals', figure: 'cpu', of: '100,000 signals', against: '1,000 signals', atMost: 1.2 },
  { title: 'bulk ingest with scores against PostgreSQL alone', measure: 'ingest.bulk', figure: 'perSecond', against: 'PostgreSQL alone', atLeast: 0.45 },
  { title: 'bulk ingest with scores, WAL per signal', measure: 'ingest.bulk', figure: 'wal', atMost: 7_000, unit: ' bytes' },
  { title: 'bulk ingest with scores, kept per signal', measure: 'ingest.bulk', figure: 'kept', atMost: 2_000, unit: ' bytes' },
  { title: 'single ingest against PostgreSQL alone', measure: 'ingest.single', figure: 'perSecond', against: 'PostgreSQL alone', atLeast: 0.45 },
  { title: 'webhook to subscriber through Kafka and Redis at 50/s, p99', measure: 'backbone.latency.50', figure: 'p99', atMost: 60, unit: ' ms' },
  { title: 'webhook to subscriber through Kafka and Redis at 500/s, p99', measure: 'backbone.latency.500', figure: 'p99', atMost: 250, unit: ' ms' },
  { title: 'webhook to subscriber through Kafka and Redis at 1,000/s, share told within 10 s', measure: 'backbone.latency.1000', figure: 'value', atLeast: 1 },
  { title: 'rescore of an account with 100,000 signals, guard held in all', measure: 'rescore.guard', figure: 'milliseconds', atMost: 1_000, unit: ' ms' },
  { title: 'fan-out against a bare broadcast, deliveries/s', measure: 'fan-out.deliveries', figure: 'perSecond', against: 'ws alone', atLeast: 0.7 },
  { title: 'fan-out, resident memory', measure: 'fan-out.deliveries', figure: 'memory', atMost: 600, unit: ' MB' },
  lineage('chain of 10', 'chain10'), lineage('chain of 1,000', 'chain1000'), lineage('50 chains of 10', 'chains50'), lineage('2,000 nodes of 100,000 edges', 'graph'),
  { title: 'a cached profile against one statement by hand', measure: 'profiles.cached', figure: 'perSecond', against: guarded, atLeast: 0.6 },
  { title: 'a cached profile, p99', measure: 'profiles.cached', figure: 'p99', atMost: 10, unit: ' ms' },
  { title: 'one snapshot, CPU', measure: 'snapshots.one', figure: 'cpu', atMost: 8, unit: ' ms' },
  { title: 'all accounts in one run of snapshots against INSERT … SELECT', measure: 'snapshots.run', figure: 'perSecond', against: 'one INSERT … SELECT', atLeast: 0.15 },
  { title: 'idle, all roles, resident memory', measure: 'idle', figure: 'memory', atMost: 220, unit: ' MB' },
  { title: 'idle, all roles, share of a core, program and PostgreSQL', measure: 'idle', figure: 'value', atMost: 0.03 },
];
