import type { Fetcher, Observable } from '@graphiql/toolkit';
import { Kind, OperationTypeNode, parse, type OperationDefinitionNode } from 'graphql';
import type { ExecutionResult } from 'graphql-ws';
import { authorizationIn } from './authorization.ts';
import { subscribeLive, type LiveState, type Sink } from '../live.ts';
import { post } from './post.ts';

/** Where the API is, and who wants to know how the live connection fares. */
export interface FetcherOptions {
  /** The absolute http(s) address of the API; subscriptions use the same path by ws(s). */
  readonly url: string;
  readonly onLive: (state: LiveState) => void;
}

/**
 * How GraphiQL reaches the API: queries and mutations by POST, subscriptions over a socket. Failures arrive as a
 * result with `errors`, like the API's own, never as a stack trace.
 */
export function createFetcher({ url, onLive }: FetcherOptions): Fetcher {
  const socketUrl = url.replace(/^http/, 'ws');
  return (asked, options) => {
    const definition = definitionOf(asked.query, asked.operationName);
    const operation = definition ? { ...asked, operationName: definition.name?.value ?? null } : asked;
    if (definition?.operation !== OperationTypeNode.SUBSCRIPTION) return post(url, operation, options?.headers);
    const live = {
      url: socketUrl,
      operation,
      resumable: definition.variableDefinitions?.some(({ variable }) => variable.name.value === 'after') ?? false,
      authorization: authorizationIn(options?.headers),
      onLive,
    };
    const observable: Observable<ExecutionResult> = {
      subscribe: (sink?: Sink | Sink['next'] | null) => ({ unsubscribe: subscribeLive(live, sinkOf(sink)) }),
    };
    return observable;
  };
}

/**
 * The operation that is meant. Looked for in the text, though GraphiQL hands its own findings along: for a tenth of a
 * second after a change those are of the text before, and name an operation that is gone. What does not parse goes to
 * the server as it is, which says what is wrong with it.
 */
function definitionOf(query: string, name: string | null | undefined): OperationDefinitionNode | undefined {
  try {
    const operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return operations.find((operation) => operation.name?.value === name) ?? (operations.length === 1 ? operations[0] : undefined);
  } catch {
    return undefined;
  }
}

/** GraphiQL subscribes with an object; its type for observables also knows a bare function for the results. */
function sinkOf(sink: Sink | Sink['next'] | null | undefined): Sink {
  if (typeof sink === 'object' && sink !== null) return sink;
  return { next: (result) => sink?.(result), complete: () => undefined };
}
