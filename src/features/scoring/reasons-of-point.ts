import type { Call } from '../../platform/graphql/call.ts';
import { Loaders } from '../../platform/graphql/loaders.ts';
import { momentOf } from '../../platform/moment.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { contributionsOf, intentOfAccount } from './intent.queries.ts';

/** What one signal contributed to a score at its latest change. */
export interface FrozenContribution {
  readonly signalId: string;
  readonly type: string;
  readonly source: string;
  readonly occurredAt: string;
  /** Points of the score; over all signals they add up to it. */
  readonly points: number;
}

/** Why a score was what it was at one of its changes. */
export interface ReasonsOfPoint {
  /** The instant of the change. RFC 3339. */
  readonly at: string;
  /** The score at the change, 0 to 100. */
  readonly value: number;
  /** The signals that contributed most, the strongest first. */
  readonly contributions: readonly FrozenContribution[];
  /** Points of the signals that are not listed, and of what the model adds without a signal. */
  readonly otherPoints: number;
}

const pointOf = statement<{ accountId: string; at: string; value: number }>('point_to_explain', 'select account_id as "accountId", recorded_at as at, value from score_point where tenant_id = $1 and id = $2');
/**
 * The contributions to a score as they were at one of its changes, by the same questions that the graph asks, so that
 * the two never differ. Null where the tenant has no such change.
 */
export async function reasonsOfPoint(work: Work, pointId: string, first: number): Promise<ReasonsOfPoint | null> {
  const [point] = await work.rows(pointOf, [work.tenantId, pointId]);
  if (!point) return null;
  const at = new Date(point.at).toISOString();
  const call = callIn(work);
  const [intent] = await intentOfAccount.load(call, [point.accountId], momentOf(at));
  if (!intent) return null;
  const [found = []] = await contributionsOf.load(call, [{ intent, first }], null);
  const contributions = found.map(({ signal, points }) => ({ signalId: signal.uuid, type: signal.type, source: signal.source, occurredAt: new Date(signal.occurredAt).toISOString(), points }));
  return { at, value: point.value, contributions, otherPoints: withoutNoise(point.value - contributions.reduce((sum, { points }) => sum + points, 0)) };
}

/** What a double cannot hold of a sum is no contribution: -1.4e-14 is 0. */
const withoutNoise = (points: number): number => Math.round(points * 1e9) / 1e9 + 0;

/** The part of a call that questions use: rows, the clock, and other questions, past every cache. */
function callIn(work: Work): Call {
  const caches = { through: <Answer>(_cache: unknown, { keys, load }: { keys: readonly string[]; load(places: readonly number[]): Promise<readonly Answer[]> }) => load([...keys.keys()]) };
  return { tenantId: work.tenantId, read: work, clock: { now: () => new Date(work.now) }, loaders: new Loaders(), caches } as unknown as Call;
}
