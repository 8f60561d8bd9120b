import Broker, { type FetchRequest, type FetchResponse } from 'kafkajs/src/broker/index.js';
import protocol from 'kafkajs/src/protocol/requests/index.js';
import apiKeys from 'kafkajs/src/protocol/requests/apiKeys.js';
import { FetchSession } from './fetch-session.ts';

/** From this version on a fetch request has a session. */
const firstWithSessions = 7;

/** A consumer has a broker object of its own for each node, and fetches from it one request at a time. */
const sessions = new WeakMap<Broker, { readonly session: FetchSession; fetching: boolean }>();

/**
 * Lets kafkajs (2.2.4) fetch in incremental sessions. By itself it names every partition in every request and parses every
 * partition in every response: with a topic per kind of event that is hundreds, several times per event, in each consumer
 * group, and most of the CPU between a webhook and its subscriber.
 *
 * The broker shuffles a session's partitions by itself, so that each gets its turn.
 */
export function useFetchSessions(): void {
  const { fetch } = Broker.prototype;
  if (fetch === fetchInSession) return;
  plainFetch = fetch;
  Broker.prototype.fetch = fetchInSession;
}

let plainFetch: Broker['fetch'];

async function fetchInSession(this: Broker, request: FetchRequest): Promise<FetchResponse> {
  const build = this.lookupRequest(apiKeys.Fetch, protocol.requests.Fetch);
  const state = sessions.get(this) ?? { session: new FetchSession(), fetching: false };
  sessions.set(this, state);
  if (state.fetching || build(request).request.apiVersion < firstWithSessions) return plainFetch.call(this, request);
  const { session } = state;
  state.fetching = true;
  try {
    const response = await this.connectionPool.send(build({ ...request, ...session.request(request.topics) }));
    if (response.errorCode === 0) session.accept(response.sessionId);
    // The broker no longer knows the session, or is at another request of it. It returned nothing.
    else session.reset();
    return response;
  } catch (error) {
    session.reset();
    if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await this.disconnect();
    throw error;
  } finally {
    state.fetching = false;
  }
}
