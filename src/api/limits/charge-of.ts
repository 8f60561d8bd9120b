import type { RateState } from '../../platform/rate-limiter.ts';
import { pointsOf } from './gatekeeper.ts';
import type { LimitPolicy } from './policy.ts';

/** The points of an operation: its estimated cost, and the microseconds that reading and checking it took. */
export function chargeOf({ leastCharge }: LimitPolicy, cost: number, milliseconds: number): number {
  return Math.max(leastCharge, Math.ceil(cost)) + pointsOf(milliseconds);
}

/** What a response says of its cost, when the request asks by `"extensions": {"cost": true}`. */
export interface ShownCost {
  /** The estimate before the operation ran, in objects. */
  readonly estimated: number;
  /** Points charged to the rate limit. */
  readonly charged: number;
  readonly limit: number;
  /** Points that remain, and seconds until all of them are there again. */
  readonly remaining: number;
  readonly resetsInSeconds: number;
}

/** Whether a request asks what it costs. */
export function asksCost(extensions: unknown): boolean {
  return typeof extensions === 'object' && extensions !== null && 'cost' in extensions && extensions.cost === true;
}

/** What is shown to a request that asks. */
export function showCost(policy: LimitPolicy, cost: number, charged: number, { remaining, resetsIn }: RateState): ShownCost {
  return { estimated: cost, charged, limit: policy.cost, remaining, resetsInSeconds: Math.ceil(resetsIn / 1_000) };
}
