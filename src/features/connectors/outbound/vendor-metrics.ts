import { counter, gauge, histogram } from '../../../platform/metrics.ts';
import type { VendorFaultCode } from './vendor-fault.ts';

const calls = counter('vendor_calls_total', 'Calls to vendors by vendor, operation and result, every attempt counted. A rise of UNAUTHORIZED means that credentials are no longer accepted; of RATE_LIMITED or QUOTA_USED_UP, that a vendor wants fewer calls; of UNAVAILABLE or TIMEOUT, that a vendor is in trouble; of UNREADABLE, that a vendor changed the shape of its answers.', ['vendor', 'operation', 'result']);
const seconds = histogram('vendor_call_seconds', 'Duration of calls to vendors, each attempt by itself. A rise means a slower vendor.', ['vendor', 'operation'], [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);
const openCircuits = gauge('vendor_open_circuits', 'Circuit breakers of this process that are open, by vendor; there is one per tenant and vendor. Above 0 means that calls are not made because the last ones failed.', ['vendor']);

/** Counts an attempt, and how long it took where the vendor was called. */
export function countCall({ vendor, operation, result, milliseconds }: { readonly vendor: string; readonly operation: string; readonly result: 'DONE' | VendorFaultCode; readonly milliseconds: number | null }): void {
  calls.inc({ vendor, operation, result });
  if (milliseconds !== null) seconds.observe({ vendor, operation }, milliseconds / 1_000);
}

/** Notes that a circuit breaker opened (1) or closed (-1). */
export function countOpenCircuits(vendor: string, change: 1 | -1): void {
  openCircuits.inc({ vendor }, change);
}
