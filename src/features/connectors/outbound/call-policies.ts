import { bulkhead, BrokenCircuitError, BulkheadRejectedError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhen, retry, TaskCancelledError, timeout, TimeoutStrategy, wrap, type IBackoff, type IRetryBackoffContext } from 'cockatiel';
import type { Clock } from '../../../platform/clock.ts';
import { growingPause } from '../../../platform/pause.ts';
import type { CallPace } from './call-pace.ts';
import { VendorFault } from './vendor-fault.ts';
import { countOpenCircuits } from './vendor-metrics.ts';

/** How the calls of one tenant to one vendor are kept in bounds. */
export interface CallPolicies {
  /** Runs attempts of a call until one succeeds or none is left. `attempt` throws nothing but `VendorFault`. Throws `VendorFault`. */
  run<Answer>(isIdempotent: boolean, attempt: (signal: AbortSignal) => Promise<Answer>, signal: AbortSignal): Promise<Answer>;
  /** Ends an attempt that takes too long: throws `VendorFault`, or what the body threw. */
  inTime<Answer>(body: (signal: AbortSignal) => Promise<Answer>, signal: AbortSignal): Promise<Answer>;
  /** Whether the vendor is not called because the last attempts failed. */
  isOpen(): boolean;
  /** To be called when the policies are no longer used. */
  drop(): void;
}

/** What policies are made of. */
export interface PolicyOptions {
  readonly vendor: string;
  readonly concurrency: { readonly most: number; readonly waiting: number };
  readonly pace: CallPace;
  readonly clock: Clock;
}

const isOutage = (error: unknown): boolean => error instanceof VendorFault && (error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT');

/** Makes the policies: retries around a circuit breaker around a bulkhead around a time-out, so that each attempt counts for the breaker and a pause holds no slot. */
export function createCallPolicies({ vendor, concurrency, pace, clock }: PolicyOptions): CallPolicies {
  const waitOf = (error: unknown): number | null => (error instanceof VendorFault && error.retryAt !== null ? Math.max(0, error.retryAt.getTime() - clock.now().getTime()) : null);
  const isShort = (error: unknown): boolean => (waitOf(error) ?? 0) <= pace.longestWait;
  // What was refused by a rate limit was not carried out, so repeating it is safe.
  const isLimit = (error: unknown): boolean => error instanceof VendorFault && error.code === 'RATE_LIMITED' && isShort(error);
  const next = ({ attempt, result }: IRetryBackoffContext<unknown>): IBackoff<IRetryBackoffContext<unknown>> => {
    const wait = 'error' in result ? waitOf(result.error) : null;
    return { duration: (wait ?? 0) + growingPause(attempt, pace.pauses), next };
  };
  const again = { maxAttempts: pace.attempts - 1, backoff: { next } };

  let opensUntil = 0;
  const openFor = (attempt: number): IBackoff<unknown> => {
    const duration = Math.min(pace.openFor.most, pace.openFor.first * 2 ** Math.min(attempt - 1, 30));
    opensUntil = clock.now().getTime() + duration;
    return { duration, next: () => openFor(attempt + 1) };
  };
  const breaker = circuitBreaker(handleWhen(isOutage), { breaker: new ConsecutiveBreaker(pace.breakAfter), halfOpenAfter: { next: () => openFor(1) } });
  let counted = false;
  const count = (open: boolean): void => {
    if (open !== counted) countOpenCircuits(vendor, open ? 1 : -1);
    counted = open;
  };
  breaker.onStateChange((state) => count(state !== CircuitState.Closed));

  const slots = bulkhead(concurrency.most, concurrency.waiting);
  const limit = timeout(pace.timeout, TimeoutStrategy.Aggressive);
  const policies = {
    repeated: wrap(retry(handleWhen((error) => isLimit(error) || (isOutage(error) && isShort(error))), again), breaker, slots),
    once: wrap(retry(handleWhen(isLimit), again), breaker, slots),
  };
  const toFault = (error: unknown): unknown => {
    if (error instanceof BrokenCircuitError) return new VendorFault('CIRCUIT_OPEN', `The last calls to ${vendor} failed, so it is not called for now. It is tried again by itself.`, { retryAt: new Date(opensUntil) });
    if (error instanceof BulkheadRejectedError) return new VendorFault('RATE_LIMITED', `Too many calls to ${vendor} are waiting. Try again in a moment.`, { retryAt: new Date(clock.now().getTime() + 1_000), limitScope: 'OPERATION' });
    if (error instanceof TaskCancelledError) return new VendorFault('DISCONNECTED', 'The connection was closed during the call.');
    return error;
  };

  return {
    async run(isIdempotent, attempt, signal) {
      try {
        return await policies[isIdempotent ? 'repeated' : 'once'].execute((slot) => attempt(slot.signal), signal);
      } catch (error) {
        throw toFault(error);
      }
    },
    async inTime(body, signal) {
      try {
        return await limit.execute((slot) => body(slot.signal), signal);
      } catch (error) {
        if (!(error instanceof TaskCancelledError)) throw error;
        throw signal.aborted ? toFault(error) : new VendorFault('TIMEOUT', `${vendor} did not answer within ${pace.timeout / 1_000} seconds.`);
      }
    },
    isOpen: () => breaker.state === CircuitState.Open,
    drop: () => count(false),
  };
}
