import { GraphQLError } from 'graphql';
import type { ExecutionResult } from 'graphql-ws';

/** A result that says, in the API's own shape, why there is none. GraphiQL prints only its message. */
export function failure(message: string): ExecutionResult {
  return { errors: [new GraphQLError(message)] };
}

/** Whether something that came over the wire is a GraphQL result. */
export function isResult(body: unknown): body is ExecutionResult {
  return typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);
}
