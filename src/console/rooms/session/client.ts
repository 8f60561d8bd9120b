import { createClient, fetchExchange, subscriptionExchange, type Client, type CombinedError, type ExecutionResult } from 'urql';
import { subscribeLive, type LiveState } from '../../live.ts';
import type { Bearer } from './token.ts';

/** What the client tells of the connection. */
export interface ClientEvents {
  readonly onLive: (state: LiveState) => void;
  /** The server takes the token no longer; with its own words. */
  readonly onRefused: (message: string) => void;
}

/**
 * The graph as a bearer asks it: queries and mutations by POST, subscriptions over a socket that is opened again, behind
 * the last cursor, whenever it is lost. Nothing is cached: what one decides on is asked for.
 */
export function createGraphClient({ token }: Bearer, { onLive, onRefused }: ClientEvents): Client {
  const authorization = `Bearer ${token}`;
  const socketUrl = new URL('/graphql', window.location.href.replace(/^http/, 'ws')).href;
  return createClient({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: { headers: { authorization } },
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (response.status === 401) onRefused(await refusal(response.clone()));
      return response;
    },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => {
            const unsubscribe = subscribeLive(
              {
                url: socketUrl, operation: { query, variables: { ...variables } }, resumable: true, patient: true, authorization,
                onLive,
                onUnauthorised: onRefused,
              },
              { next: (result) => sink.next(result as ExecutionResult), complete: () => sink.complete() },
            );
            return { unsubscribe };
          },
        }),
      }),
    ],
  });
}

/** A failure in words for people: what happened and what they can do. */
export function explain(error: CombinedError): string {
  if (error.networkError) return navigator.onLine ? 'The server gives no answer.' : 'There is no network.';
  return error.graphQLErrors.map(({ message }) => message).join(' ');
}

async function refusal(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const errors: unknown = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : null;
  const [first]: unknown[] = Array.isArray(errors) ? errors : [];
  return typeof first === 'object' && first !== null && 'message' in first && typeof first.message === 'string' ? first.message : 'The server does not accept this token.';
}
