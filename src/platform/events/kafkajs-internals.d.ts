/** The parts of kafkajs 2.2.4 behind its public API that fetch sessions need. */
declare module 'kafkajs/src/broker/index.js' {
  export interface FetchRequest {
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string; readonly maxBytes: number }[] }[];
  }
  interface InSession extends FetchRequest {
    readonly sessionId?: number;
    readonly sessionEpoch?: number;
    readonly forgottenTopics?: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  }
  export interface FetchResponse {
    readonly errorCode: number;
    readonly sessionId: number;
  }
  interface ProtocolRequest {
    readonly request: { readonly apiVersion: number };
  }
  export default class Broker {
    lookupRequest(apiKey: number, versions: object): (request: InSession) => ProtocolRequest;
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
