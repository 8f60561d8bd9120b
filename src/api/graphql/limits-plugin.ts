import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { checkDocument } from '../limits/check-document.ts';
import type { LimitPolicy } from '../limits/policy.ts';

/** What the plugin has to ask of the door that it is part of. */
export interface LimitsPluginOptions<Context> {
  readonly policy: LimitPolicy;
  /** Whether this caller may introspect. */
  introspection(context: Context): boolean;
  /** Charges the caller's rate limit; throws `LimitExceeded` when that is used up. */
  charge(context: Context, cost: number): Promise<void>;
}

/** Holds each operation against the policy once its variables are known and before anything of it runs. */
export function limitsPlugin<Context extends BaseContext>(options: LimitsPluginOptions<Context>): ApolloServerPlugin<Context> {
  const { policy } = options;
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ schema, document, request, contextValue }) {
        const { variables, operationName } = request;
        const introspection = options.introspection(contextValue);
        const { errors, cost } = checkDocument({ schema, document, variables, operationName }, { policy, introspection });
        if (errors[0]) throw errors[0];
        await options.charge(contextValue, Math.max(cost, policy.leastCharge));
      },
    }),
  };
}
