/** The pace of calls. Milliseconds where nothing else is said. */
export interface CallPace {
  /** Attempts of a call, the first included. */
  readonly attempts: number;
  /** Pauses between attempts, where the vendor does not say how long to wait. */
  readonly pauses: { readonly first: number; readonly most: number };
  /** How long an attempt may take. */
  readonly timeout: number;
  /** The longest wait within a call that a vendor may ask for. A longer one ends the call, and is kept for all processes. */
  readonly longestWait: number;
  /** Failed attempts in a row that open the circuit breaker. */
  readonly breakAfter: number;
  /** How long an open circuit breaker lets no call through; doubles each time the trial call fails. */
  readonly openFor: { readonly first: number; readonly most: number };
}

/** The pace unless a test says otherwise. */
export const usualPace: CallPace = {
  attempts: 3,
  pauses: { first: 500, most: 8_000 },
  timeout: 30_000,
  longestWait: 10_000,
  breakAfter: 5,
  openFor: { first: 10_000, most: 300_000 },
};
