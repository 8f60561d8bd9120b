import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { cpuMilliseconds } from '../../platform/cpu-time.ts';
import type { RateState } from '../../platform/rate-limiter.ts';
import { rateHeaders } from '../http/rate-headers.ts';
import { admitDocument, OperationRefused } from '../limits/admit-operation.ts';
import { asksCost, chargeOf, showCost, type ShownCost } from '../limits/charge-of.ts';
import { pointsOf } from '../limits/gatekeeper.ts';
import type { LimitPolicy } from '../limits/policy.ts';

/** What the plugin asks of the endpoint that it is part of. */
export interface LimitsPluginOptions<Context> {
  readonly policy: LimitPolicy;
  /** Whether this caller may introspect. */
  introspection(context: Context): boolean;
  /** Charges the caller's rate limit; throws `LimitExceeded` when that is used up. */
  charge(context: Context, points: number): Promise<RateState>;
  /** Told how long reading and checking the operation took, and its estimated cost. */
  measured?(context: Context, milliseconds: number, cost: number): void;
}

/**
 * Checks each operation against the limits, validates it and charges it, before anything of it runs. What is refused is
 * charged, too: with the time that it took to find out.
 */
export function limitsPlugin<Context extends BaseContext>(options: LimitsPluginOptions<Context>): ApolloServerPlugin<Context> {
  const { policy } = options;
  return {
    async requestDidStart() {
      let parsing = 0;
      let shown: ShownCost | null = null;
      return {
        async parsingDidStart({ contextValue }) {
          const began = cpuMilliseconds();
          return async (error) => {
            parsing = cpuMilliseconds() - began;
            if (!error) return;
            options.measured?.(contextValue, parsing, policy.leastCharge);
            try {
              await options.charge(contextValue, policy.leastCharge + pointsOf(parsing));
            } catch {
              // The syntax error is the response; the used-up limit refuses the next request.
            }
          };
        },
        async didResolveOperation({ schema, document, request, contextValue, response }) {
          const { variables, operationName } = request;
          const began = cpuMilliseconds();
          const { errors, cost } = admitDocument({ schema, document, variables, operationName }, { policy, introspection: options.introspection(contextValue) });
          const spent = parsing + cpuMilliseconds() - began;
          options.measured?.(contextValue, spent, cost);
          const points = chargeOf(policy, errors.length > 0 ? 0 : cost, spent);
          const left = await options.charge(contextValue, points);
          for (const [name, value] of Object.entries(rateHeaders(policy.principalRate, left))) response.http.headers.set(name, value);
          if (errors.length > 0) throw new OperationRefused(errors);
          if (asksCost(request.extensions)) shown = showCost(policy, cost, points, left);
        },
        async willSendResponse({ response }) {
          if (!shown || response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, cost: shown };
        },
      };
    },
  };
}
