/** The parts of kafkajs 2.2.4 behind its public API that fetch sessions need. */
declare module 'kafkajs/src/broker/index.js' {
  import type { FetchPartition, FetchTopic, SessionRequest } from './fetch-session.ts';

  export interface FetchRequest {
    readonly topics: readonly FetchTopic<FetchPartition>[];
  }
  export interface FetchResponse {
    readonly errorCode: number;
    readonly sessionId: number;
  }
  interface ProtocolRequest {
    readonly request: { readonly apiVersion: number };
  }
  export default class Broker {
    lookupRequest(apiKey: number, versions: object): (request: FetchRequest & Partial<SessionRequest>) => ProtocolRequest;
    readonly connectionPool: { send(request: ProtocolRequest): Promise<FetchResponse> };
    fetch(request: FetchRequest): Promise<FetchResponse>;
    disconnect(): Promise<void>;
  }
}
declare module 'kafkajs/src/protocol/requests/index.js' {
  const protocol: { readonly requests: { readonly Fetch: object } };
  export default protocol;
}
declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: { readonly Fetch: number };
  export default apiKeys;
}
