import type { FormattedExecutionResult } from 'graphql';
import { HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server';
import { parseExactJson } from '../../platform/exact-json.ts';
import type { OpenCall } from '../open-call.ts';
import type { RunCompiled } from './compile-operations.ts';
import type { KnownQueries } from './known-queries.ts';

/** Runs queries compiled where that gives the same result; Apollo interprets the others. Those that ran compiled are known from then on. */
export function compiledExecution(run: RunCompiled, known: Pick<KnownQueries, 'note'>): ApolloServerPlugin<OpenCall> {
  return {
    requestDidStart: async () => ({
      async responseForOperation({ request, document, operationName, contextValue }): Promise<GraphQLResponse | null> {
        const body = await run({ document, operationName, variables: request.variables, contextValue });
        if (body === null) return null;
        known.note(request.query, document);
        return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: parseExactJson(body.toString()) as FormattedExecutionResult } };
      },
    }),
  };
}
