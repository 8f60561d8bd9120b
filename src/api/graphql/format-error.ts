import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { InvalidInput, ProductError, type ErrorCode } from '../../platform/errors.ts';
import { tokenLimitOf } from '../limits/parse-document.ts';
import type { Disclose } from '../public-error.ts';

/** Turns whatever was thrown while an operation was served into the error that its caller is shown. */
export type FormatError = (error: unknown, requestId: string) => GraphQLError;

/** The errors made here: handed back as they are, however often and by whichever part they come round again. */
const made = new WeakSet<GraphQLError>();

/** Whether an error is already what its caller is shown. */
export function isFormatted(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && made.has(error);
}

/**
 * The translator of the GraphQL doors. `extensions` holds a code of the closed list, the request id, `inputPath` when
 * the fault is in one place of the input, and `retryAfterSeconds` when waiting helps: nothing else, no stack trace, and
 * no original error.
 */
export function createErrorFormatter(disclose: Disclose): FormatError {
  return (error, requestId) => {
    if (isFormatted(error)) return error;
    const outer = error instanceof GraphQLError ? error : null;
    const { code, message, path, retryAfterSeconds } = disclose(causeOf(error), requestId);
    const formatted = new GraphQLError(message, {
      nodes: outer?.nodes ?? null,
      source: outer?.source ?? null,
      positions: outer?.positions ?? null,
      path: outer?.path ?? null,
      extensions: {
        code,
        requestId,
        ...(path.length > 0 ? { inputPath: path } : {}),
        ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
      },
    });
    // Compiled execution knows locations only, not the nodes that they come from.
    if (outer?.locations && !formatted.locations) Object.assign(formatted, { locations: outer.locations });
    made.add(formatted);
    return formatted;
  };
}

/** What stands behind an error of a GraphQL library: the error that a resolver threw, or what it says in our own terms. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  const layers: GraphQLError[] = [error];
  let inner: unknown = error.originalError;
  while (inner instanceof GraphQLError && !layers.includes(inner)) {
    layers.push(inner);
    inner = inner.originalError;
  }
  if (inner instanceof ProductError) return inner;
  const code = codeOf(error, layers, inner);
  if (code === undefined) return inner ?? error;
  return layers.map(tokenLimitOf).find(Boolean) ?? invalidArgument(layers) ?? new ProductError(code, plainMessageOf(error.message));
}

/** The code of a fault of the caller's; undefined when the fault is ours. */
function codeOf(error: GraphQLError, layers: readonly GraphQLError[], inner: unknown): ErrorCode | undefined {
  // What a resolver threw may carry a code of somebody else's; only errors of GraphQL libraries are taken at their word.
  if (error.path && inner !== undefined) return undefined;
  const code: unknown = layers.map((layer) => extensionsOf(layer)['code']).find((each) => typeof each === 'string');
  if (typeof code === 'string') return codeOfLibrary.get(code);
  if (error.path) return argumentFault.test(error.message) ? 'BAD_USER_INPUT' : undefined;
  // The inner error, if any, is that of the scalar which refused the value.
  if (variableFault.test(error.message)) return 'BAD_USER_INPUT';
  if (inner !== undefined) return undefined;
  if (error.message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  return error.nodes && error.nodes.length > 0 ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT';
}

/** Errors of compiled execution have none where the others have an empty object. */
const extensionsOf = ({ extensions }: { readonly extensions?: Readonly<Record<string, unknown>> }) => extensions ?? {};

/** What graphql-js says of the caller's values: it gives no codes. */
const variableFault = /^Variable "\$\w+" (got invalid value|of required type|of non-null type) /;
const argumentFault = /^Argument "\w+" (of required type|of non-null type|has invalid value) /;

/** Apollo's own messages about HTTP, where ours says better what to do. */
const plainMessages: readonly (readonly [RegExp, string])[] = [
  [/^An 'accept' header was provided/, 'Responses are application/json or application/graphql-response+json: accept one of them. text/event-stream is not offered; subscriptions run over graphql-transport-ws at this address.'],
  [/^POST body missing, invalid Content-Type/, 'Send a JSON body with "query", and with "Content-Type: application/json".'],
  [/^Operation batching disabled/, 'Send one operation per request; a list of operations is not accepted.'],
  [/^This operation has been blocked as a potential Cross-Site Request Forgery/, 'Send the header Authorization or X-API-Key, or "Content-Type: application/json".'],
];

const plainMessageOf = (message: string): string => plainMessages.find(([pattern]) => pattern.test(message))?.[1] ?? message;

/** The codes of Apollo Server and of type-graphql in ours. A code that is not here is a fault of ours. */
const codeOfLibrary: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_PARSE_FAILED'],
  ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'],
  ['BAD_USER_INPUT', 'BAD_USER_INPUT'],
  ['BAD_REQUEST', 'BAD_USER_INPUT'],
  ['OPERATION_RESOLUTION_FAILURE', 'BAD_USER_INPUT'],
  ['PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_USER_INPUT'],
  ['PERSISTED_QUERY_NOT_FOUND', 'NOT_FOUND'],
  ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
  ['UNAUTHORIZED', 'FORBIDDEN'],
]);

/** What class-validator found, which type-graphql keeps in the extensions of an error that says nothing itself. */
const validationErrors = z.tuple([z.unknown()], z.unknown());
const validationError = z.object({
  property: z.string(),
  constraints: z.record(z.string(), z.string()).optional(),
  children: z.array(z.unknown()).optional(),
});

function invalidArgument(layers: readonly GraphQLError[]): InvalidInput | null {
  const path: string[] = [];
  const found = layers.map((layer) => validationErrors.safeParse(extensionsOf(layer)['validationErrors'])).find(({ success }) => success);
  if (!found) return null;
  for (let next: unknown = found.data?.[0]; ; ) {
    const fault = validationError.safeParse(next).data;
    if (!fault) return new InvalidInput('The input is not of the declared form.', path);
    path.push(fault.property);
    const [message] = Object.values(fault.constraints ?? {});
    if (message !== undefined) return new InvalidInput(`${message}.`, path);
    next = fault.children?.[0];
  }
}
