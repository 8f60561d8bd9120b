import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { getOperationAST, OperationTypeNode, type GraphQLSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { createOperationDescriptor, Environment, fetchQuery, Network, Observable, RecordSource, requestSubscription, Store, type GraphQLResponse, type Variables } from 'relay-runtime';
import { WebSocket } from 'ws';
import { relayOperation } from './relay-operation.ts';

/** A client that keeps what it read by id, as applications use it: with its defaults. */
export interface CachingClient {
  /** Asks the server, and keeps the answer. */
  read(query: string, variables: Record<string, unknown>): Promise<unknown>;
  /** What the cache says alone; null when something is missing. */
  cached(query: string, variables: Record<string, unknown>): Promise<unknown>;
  subscribe(query: string, variables: Record<string, unknown>, onEvent: () => void): () => void;
  close(): void;
}

/** Where a client finds the program. */
export interface Place {
  readonly url: string;
  readonly token: string;
  readonly schema: GraphQLSchema;
  /** Types that are not kept by their `id`. */
  readonly keyless?: readonly string[];
}

const socketOf = ({ url, token }: Place) => createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 });

/** The answer without what a client added to the selection. */
const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data, (key, value: unknown) => (key === '__typename' ? undefined : value)) ?? 'null') as unknown;

/** Apollo Client. */
export function apolloClient(place: Place): CachingClient {
  const socket = socketOf(place);
  const http = new HttpLink({ uri: place.url, headers: { authorization: `Bearer ${place.token}` } });
  const isSubscription = ({ query }: ApolloLink.Operation): boolean => getOperationAST(query)?.operation === OperationTypeNode.SUBSCRIPTION;
  const client = new ApolloClient({ cache: new InMemoryCache({ typePolicies: Object.fromEntries((place.keyless ?? []).map((type) => [type, { keyFields: false as const }])) }), link: ApolloLink.split(isSubscription, new GraphQLWsLink(socket), http) });
  return {
    read: async (query, variables) => plain((await client.query({ query: gql(query), variables, fetchPolicy: 'network-only' })).data),
    cached: async (query, variables) => plain(client.readQuery({ query: gql(query), variables })),
    subscribe(query, variables, onEvent) {
      const subscription = client.subscribe({ query: gql(query), variables }).subscribe({ next: onEvent });
      return () => subscription.unsubscribe();
    },
    close() {
      client.stop();
      void socket.dispose();
    },
  };
}

/** urql with graphcache. */
export function urqlClient(place: Place): CachingClient {
  const socket = socketOf(place);
  const client = new UrqlClient({
    url: place.url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${place.token}` } },
    exchanges: [
      cacheExchange({ keys: Object.fromEntries((place.keyless ?? []).map((type) => [type, () => null])) }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: query ?? '', variables: variables as Record<string, unknown> }, sink as never) }),
        }),
      }),
    ],
  });
  return {
    read: async (query, variables) => plain((await client.query(query, variables, { requestPolicy: 'network-only' }).toPromise()).data),
    cached: async (query, variables) => plain((await client.query(query, variables, { requestPolicy: 'cache-only' }).toPromise()).data),
    subscribe: (query, variables, onEvent) => client.subscription(query, variables).subscribe(onEvent).unsubscribe,
    close: () => void socket.dispose(),
  };
}

/** Relay's runtime, with operations as its compiler would write them. */
export function relayClient(place: Place): CachingClient {
  const socket = socketOf(place);
  const post = async (query: string | null | undefined, variables: Variables): Promise<GraphQLResponse> => {
    const response = await fetch(place.url, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${place.token}` }, body: JSON.stringify({ query, variables }) });
    return (await response.json()) as GraphQLResponse;
  };
  const keyless = new Set(place.keyless);
  const environment = new Environment({
    getDataID: (record: { readonly [key: string]: unknown }, type: string) => (keyless.has(type) ? undefined : record['id']),
    store: new Store(new RecordSource(), { gcReleaseBufferSize: 100 }),
    network: Network.create(
      ({ text }, variables) => post(text, variables),
      ({ text }, variables) => Observable.create((sink) => socket.subscribe({ query: text ?? '', variables }, sink as never)),
    ),
  });
  const look = (query: string, variables: Variables): unknown => {
    const descriptor = createOperationDescriptor(relayOperation(place.schema, query), variables);
    environment.retain(descriptor);
    const { data, isMissingData } = environment.lookup(descriptor.fragment);
    return isMissingData ? null : plain(data);
  };
  return {
    async read(query, variables) {
      await fetchQuery(environment, relayOperation(place.schema, query), variables, { fetchPolicy: 'network-only' }).toPromise();
      return look(query, variables);
    },
    cached: async (query, variables) => look(query, variables),
    subscribe: (query, variables, onEvent) => requestSubscription(environment, { subscription: relayOperation(place.schema, query), variables, onNext: onEvent }).dispose,
    close: () => void socket.dispose(),
  };
}
