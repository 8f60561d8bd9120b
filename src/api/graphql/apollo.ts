import { ApolloServer, HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { OperationTypeNode, type GraphQLSchema } from 'graphql';
import { InvalidInput } from '../../platform/errors.ts';
import { histogram } from '../../platform/metrics.ts';
import { pointsOf, type Gatekeeper } from '../limits/gatekeeper.ts';
import { answersPlugin } from '../answers/answers-plugin.ts';
import { TrackedCall } from '../answers/tracked-call.ts';
import type { OpenCall } from '../open-call.ts';
import { currentRequestId } from '../current-request-id.ts';
import { apolloErrors, type ApolloErrors } from './apollo-errors.ts';
import { createRunCompiled } from './compile-operations.ts';
import { compiledExecution } from './compiled-execution.ts';
import type { FormatError } from './format-error.ts';
import type { IntrospectionAnswers } from './introspection-answers.ts';
import { createKnownQueries, type KnownQueries } from './known-queries.ts';
import { noSuchOperation } from '../limits/admit-operation.ts';
import { limitsPlugin } from './limits-plugin.ts';

/** What the GraphQL server takes. */
export interface GraphServerOptions {
  readonly schema: GraphQLSchema;
  readonly format: FormatError;
  readonly keeper: Gatekeeper;
  readonly introspection: IntrospectionAnswers;
}

/** The GraphQL server and its way of telling errors. */
export interface GraphServer {
  readonly apollo: ApolloServer<OpenCall>;
  readonly errors: ApolloErrors<OpenCall>;
  /** Queries that are answered without Apollo. */
  readonly known: KnownQueries;
  /** Begins to measure a query that is served without Apollo; call what it returns when that is done. */
  startQuery(): () => void;
}

const seconds = histogram('graphql_operation_seconds', 'Seconds to serve one GraphQL operation over HTTP. A rise means slow statements or larger answers.', ['type', 'status']);

/** Makes the GraphQL server; every operation is limited, measured and closed. */
export function createGraphServer({ schema, format, keeper, introspection }: GraphServerOptions): GraphServer {
  const { policy } = keeper;
  const errors = apolloErrors<OpenCall>(format, (call) => call?.requestId ?? currentRequestId.getStore() ?? 'none');
  const run = createRunCompiled(schema);
  const known = createKnownQueries({ schema, keeper, run });
  const apollo = new ApolloServer<OpenCall>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // A page elsewhere cannot send these without a preflight, which CORS then refuses; credentials travel in no other way.
    csrfPrevention: { requestHeaders: ['authorization', 'x-api-key'] },
    parseOptions: { maxTokens: policy.tokens },
    // The limits plugin validates, after the limits and in bounded time.
    dangerouslyDisableValidation: true,
    formatError: errors.formatError,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      namedOperation,
      noSubscriptions,
      limitsPlugin<OpenCall>({
        policy,
        introspection: () => true,
        charge: (call, points) => call.chargeOnce(() => keeper.charge(call.principal, points)),
        measured(call, milliseconds, cost) {
          if (call instanceof TrackedCall) call.depends.cost = cost;
          call.turn?.measured(milliseconds);
          call.turn?.weigh(cost);
        },
      }),
      keptIntrospection(introspection, keeper),
      answersPlugin,
      compiledExecution(run, known),
      measure,
      errors.plugin,
      closeCall,
    ],
  });
  return {
    apollo,
    errors,
    known,
    startQuery() {
      const stop = seconds.startTimer();
      return () => stop({ type: 'query', status: 'ok' });
    },
  };
}

const keptIntrospection = (answers: IntrospectionAnswers, keeper: Gatekeeper): ApolloServerPlugin<OpenCall> => ({
  requestDidStart: async () => ({
    async responseForOperation({ document, request: { operationName, variables }, contextValue: { principal, turn } }) {
      const answer = answers.answer({ document, operationName, variables });
      if (!answer || answer.result.errors) return null;
      turn?.measured(answer.milliseconds);
      keeper.owe(principal, pointsOf(answer.milliseconds));
      return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: { data: answer.result.data ?? null } } };
    },
  }),
});
/** An empty operation name is no name, as on the socket; a name that no operation has is refused. */
const namedOperation: ApolloServerPlugin<OpenCall> = {
  async requestDidStart({ request }) {
    if (request.operationName === '') delete request.operationName;
    return {
      // Compiled execution would run the only operation there is.
      async didResolveOperation({ operation }) {
        if (!operation) throw noSuchOperation(request.operationName);
      },
    };
  },
};

/** Apollo would run a subscription that comes by POST as if it were a query. */
const noSubscriptions: ApolloServerPlugin<OpenCall> = {
  requestDidStart: async () => ({
    async didResolveOperation({ operation }) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw new InvalidInput('Subscriptions run over a socket: connect to this path with graphql-transport-ws.');
    },
  }),
};

const measure: ApolloServerPlugin<OpenCall> = {
  async requestDidStart() {
    const stop = seconds.startTimer();
    return {
      async willSendResponse({ operation, errors }) {
        stop({ type: operation?.operation ?? 'none', status: errors && errors.length > 0 ? 'error' : 'ok' });
      },
    };
  },
};

const closeCall: ApolloServerPlugin<OpenCall> = {
  requestDidStart: async () => ({
    // Not awaited: the answer does not wait for the end of its snapshot.
    willSendResponse: async ({ contextValue }) => void contextValue.close(),
  }),
};
