import { VendorFault } from './vendor-fault.ts';

const timeouts: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError']);
/** How far down the causes of an error are looked at. */
const deepest = 5;

function* causesOf(error: unknown): Generator<Error> {
  let each = error;
  for (let depth = 0; depth < deepest && each instanceof Error; depth += 1) {
    yield each;
    each = each.cause;
  }
}

/**
 * The fault of a call that got no answer, or one that cannot be read. `fetch` reports a lost connection as a `TypeError`
 * with the reason as its cause; a body that is no JSON is a `SyntaxError`.
 */
export function faultOfTransport(error: unknown, vendor: string): VendorFault {
  if (error instanceof VendorFault) return error;
  const causes = [...causesOf(error)];
  if (causes.some(({ name }) => timeouts.has(name))) return new VendorFault('TIMEOUT', `${vendor} did not answer in time.`, { cause: error });
  if (causes.some((cause) => cause instanceof SyntaxError)) return new VendorFault('UNREADABLE', `The answer of ${vendor} is no JSON.`);
  if (causes.some((cause) => 'code' in cause || (cause instanceof TypeError && /^(fetch failed|terminated)$/.test(cause.message)))) return new VendorFault('UNAVAILABLE', `${vendor} cannot be reached.`, { cause: error });
  return new VendorFault('UNREADABLE', `The answer of ${vendor} cannot be read.`, { cause: error });
}

/** When a call may be tried again by the header `Retry-After`: seconds, or a date. Undefined where the header is absent or says nothing. */
export function retryAtOf(header: string | number | null | undefined, now: Date): Date | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  const seconds = Number(header);
  const at = Number.isFinite(seconds) ? now.getTime() + Math.max(0, seconds) * 1_000 : Date.parse(String(header));
  return Number.isNaN(at) ? undefined : new Date(at);
}
