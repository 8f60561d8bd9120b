import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { errorCodes } from '../../platform/errors.ts';
import { createDisclosure, statusOf } from '../public-error.ts';
import { OperationRefused } from '../limits/admit-operation.ts';
import { createErrorFormatter, isFormatted, type FormatError } from './format-error.ts';

/** What Apollo Server is given so that every error leaves by the one translator. */
export interface ApolloErrors<Context extends BaseContext> {
  /** Sees the errors of an operation last, whoever answered it, and sets the HTTP status where there is no data. */
  readonly plugin: ApolloServerPlugin<Context>;
  /** The option of that name: for what fails before there is an operation. It does not log; the plugin does. */
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
  /** Throws an error from the `context` function with its HTTP status. */
  readonly refuse: (error: unknown, requestId: string) => never;
  /** The response to a request that does not reach Apollo. */
  readonly respond: (error: unknown, requestId: string) => { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: object };
}

/** The Apollo side of `FormatError`. `requestIdOf` is asked without a context for what fails before there is one. */
export function apolloErrors<Context extends BaseContext>(
  format: FormatError,
  requestIdOf: (context: Context | undefined) => string,
): ApolloErrors<Context> {
  const formatQuietly = createErrorFormatter(createDisclosure(() => undefined));
  return {
    plugin: {
      requestDidStart: async () => ({
        async willSendResponse({ contextValue, errors, response }) {
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          const thrown = (errors ?? singleResult.errors ?? []).flatMap(refusalsOf);
          if (thrown.length === 0) return;
          const shown = thrown.map((error) => format(error, requestIdOf(contextValue)));
          singleResult.errors = shown.map((error) => error.toJSON());
          if (singleResult.data !== undefined || !shown[0]) return;
          const { status, headers } = httpOf(shown[0]);
          // Apollo's own refusals have a status already; 500 is what it gives to errors that it does not know.
          if (response.http.status === undefined || response.http.status === 500) response.http.status = status;
          for (const [name, value] of headers) response.http.headers.set(name, value);
        },
      }),
      contextCreationDidFail: async ({ error }) => void format(error, requestIdOf(undefined)),
    },
    formatError: (_, error) => withoutHttp(isFormatted(error) ? error : formatQuietly(error, requestIdOf(undefined))),
    refuse(error, requestId) {
      const shown = format(error, requestId);
      shown.extensions['http'] = httpOf(shown);
      throw shown;
    },
    respond(error, requestId) {
      const shown = format(error, requestId);
      const { status, headers } = httpOf(shown);
      return { status, headers: Object.fromEntries(headers), body: { errors: [shown.toJSON()] } };
    },
  };
}

/** Everything that is wrong with an operation; Apollo's hook may throw one error only. */
function refusalsOf(error: GraphQLError | GraphQLFormattedError): readonly unknown[] {
  return error instanceof OperationRefused ? error.refusals : [error];
}

/** What `refuse` adds is for Apollo alone. */
function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { http: _, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions };
}

function httpOf({ extensions }: GraphQLError): { status: number; headers: HeaderMap } {
  const retryAfterSeconds = typeof extensions['retryAfterSeconds'] === 'number' ? extensions['retryAfterSeconds'] : null;
  const code = errorCodes.find((each) => each === extensions['code']) ?? 'INTERNAL_SERVER_ERROR';
  const status = statusOf({ code, retryAfterSeconds });
  const headers = new HeaderMap();
  if (status === 401) headers.set('www-authenticate', 'Bearer');
  if (retryAfterSeconds !== null) headers.set('retry-after', String(retryAfterSeconds));
  return { status, headers };
}
