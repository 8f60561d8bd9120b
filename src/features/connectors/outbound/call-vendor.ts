import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../platform/clock.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Log } from '../../../platform/log.ts';
import { insideWork } from '../../../platform/postgres/open-work.ts';
import { createCallLimits, limitOf, type CallLimits } from './call-limits.ts';
import { usualPace, type CallPace } from './call-pace.ts';
import { createCallPolicies, type CallPolicies } from './call-policies.ts';
import type { VendorApi, VendorCall } from './vendor-api.ts';
import { VendorFault, type VendorFaultCode } from './vendor-fault.ts';
import { countCall } from './vendor-metrics.ts';
import { requireOutbound } from '../../../platform/outbound-http.ts';

/** A connection that is called. */
export interface CalledConnection {
  readonly tenantId: Id<'Tenant'>;
  readonly connectionId: Id<'Connection'>;
  readonly api: Pick<VendorApi, 'source' | 'concurrency' | 'classify'>;
  /** Ends the calls that wait and those under way. */
  readonly signal: AbortSignal;
}

/** Makes calls to vendors: retries, circuit breaker, time-out, concurrency and rate limits, of each connection by itself. */
export interface VendorCaller {
  /** Throws `VendorFault` alone, and `OutboundRefused` in the laboratory; it holds nothing of what the vendor's client threw, which may quote credentials. */
  call<Answer>(connection: CalledConnection, options: VendorCall, body: (signal: AbortSignal) => Promise<Answer>): Promise<Answer>;
  /** Whether the connection's circuit breaker is open in this process. */
  isCircuitOpen(connection: CalledConnection): boolean;
  /** Forgets a connection's circuit breaker and limits: it has other credentials now. */
  forget(connectionId: Id<'Connection'>): void;
}

/** What a caller is made of. */
export interface CallerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly pace?: Partial<CallPace> | undefined;
}

/** Connections whose breakers and limits a process remembers. */
const mostConnections = 2_000;

interface Bounds {
  readonly policies: CallPolicies;
  readonly limits: CallLimits;
}

/** Makes the caller of a process. */
export function createVendorCaller({ clock, log, pace: given }: CallerOptions): VendorCaller {
  const pace = { ...usualPace, ...given };
  const known = new LRUCache<string, Bounds>({ max: mostConnections, dispose: ({ policies }) => policies.drop() });
  const boundsOf = ({ connectionId, api: { source, concurrency } }: CalledConnection): Bounds => {
    const found = known.get(connectionId);
    if (found) return found;
    const made = { policies: createCallPolicies({ vendor: source, concurrency, pace, clock }), limits: createCallLimits({ vendor: source, clock, longestWait: pace.longestWait }) };
    known.set(connectionId, made);
    return made;
  };

  return {
    async call(connection, { operation, isIdempotent, signal: own }, body) {
      if (insideWork()) throw new Error('a vendor must not be called while a transaction is open');
      requireOutbound(connection.api.source);
      const { tenantId, connectionId, api } = connection;
      const signal = own ? AbortSignal.any([connection.signal, own]) : connection.signal;
      const vendor = api.source;
      const { policies, limits } = boundsOf(connection);
      await limits.pass(operation, signal);
      let last: VendorFault | null = null;
      const attempt = async (slot: AbortSignal) => {
        const began = performance.now();
        const count = (result: 'DONE' | VendorFaultCode): void => countCall({ vendor, operation, result, milliseconds: performance.now() - began });
        try {
          const answer = await policies.inTime(body, slot);
          count('DONE');
          return answer;
        } catch (error) {
          const fault = cleared(error instanceof VendorFault ? error : api.classify(error, clock.now()), clock.now());
          count(fault.code);
          log.debug({ tenantId, connectionId, vendor, operation, code: fault.code, reason: nameOf(error) }, 'vendor call failed');
          limits.keep(fault, operation);
          last = fault;
          throw fault;
        }
      };
      try {
        return await policies.run(isIdempotent, attempt, signal);
      } catch (error) {
        if (!(error instanceof VendorFault) || error.code !== 'CIRCUIT_OPEN') throw error;
        // It opened within this call: what failed says more.
        if (last !== null) throw last;
        countCall({ vendor, operation, result: error.code, milliseconds: null });
        throw error;
      }
    },
    isCircuitOpen: (connection) => boundsOf(connection).policies.isOpen(),
    forget: (connectionId) => void known.delete(connectionId),
  };
}

/** A fault without its cause, since clients put requests, and so credentials, into their errors; of a limit, with the end that is kept of it. */
function cleared(fault: VendorFault, now: Date): VendorFault {
  const { code, message, retryAt, limitReason, limitScope } = fault;
  return new VendorFault(code, message, { retryAt: limitOf(fault, now)?.until ?? retryAt ?? undefined, limitReason: limitReason ?? undefined, limitScope });
}

/** The kind of an error; its message may hold anything. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
