import { fileURLToPath } from 'node:url';
import type { Client, ClientDuplexStream, Metadata } from '@grpc/grpc-js';
import { grpcStatus, PubSubRefusal } from './pubsub-refusal.ts';
import { requireOutbound } from '../../../../platform/outbound-http.ts';

/** Where the Pub/Sub API is reached, in every region. */
const publicUrl = 'https://api.pubsub.salesforce.com:7443';
/** A response holds at most 100 events, of at most a megabyte each, and seldom so much. */
const mostBytes = 64 * 1_024 * 1_024;

/** A stream of responses to one subscription. */
export interface Subscription {
  request(message: object): void;
  /** The responses as they come. Throws `PubSubRefusal` when the stream ends. */
  responses(): AsyncIterable<unknown>;
  cancel(): void;
}

/** The calls of the Pub/Sub API that are used; the signal, which is aborted when a call takes too long, ends it. Both throw `PubSubRefusal`. */
export interface PubSubChannel {
  call(method: 'GetTopic' | 'GetSchema', message: object, signal: AbortSignal): Promise<unknown>;
  subscribe(): Promise<Subscription>;
  close(): void;
}

/** Where a channel leads, and what each call carries: the token, the instance and the organization. */
export interface ChannelOptions {
  /** An origin; null: the public one. Of `http:` nothing is encrypted, for tests and proxies on this machine. */
  readonly url: string | null;
  headers(): Promise<Readonly<Record<string, string>>>;
}

/** Opens a channel. gRPC is loaded with the first one. */
export async function openPubSub({ url, headers }: ChannelOptions): Promise<PubSubChannel> {
  const [grpc, loader] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
  const { protocol, hostname, port } = new URL(url ?? publicUrl);
  const isEncrypted = protocol === 'https:';
  const loaded = await loader.load(fileURLToPath(new URL('./pubsub.proto', import.meta.url)), { keepCase: true, enums: String, defaults: true });
  const methods = grpc.loadPackageDefinition(loaded);
  const service = serviceOf(methods);
  const client: Client = new grpc.Client(`${hostname}:${port || (isEncrypted ? '443' : '80')}`, isEncrypted ? grpc.credentials.createSsl() : grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': mostBytes, 'grpc.keepalive_time_ms': 60_000, 'grpc.keepalive_timeout_ms': 20_000,
  });
  const metadata = async (): Promise<Metadata> => {
    const sent = new grpc.Metadata();
    for (const [name, value] of Object.entries(await headers())) sent.set(name, value);
    return sent;
  };

  return {
    async call(name, message, signal) {
      requireOutbound(url ?? publicUrl);
      const method = methodOf(service, name);
      const sent = await metadata();
      return new Promise((resolve, reject) => {
        const call = client.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, message, sent, {}, (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (error) reject(toRefusal(error));
          else resolve(answer);
        });
        const cancel = (): void => call.cancel();
        if (signal.aborted) cancel();
        else signal.addEventListener('abort', cancel, { once: true });
      });
    },
    async subscribe() {
      requireOutbound(url ?? publicUrl);
      const method = methodOf(service, 'Subscribe');
      const stream = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, await metadata(), {});
      return toSubscription(stream);
    },
    close: () => client.close(),
  };
}

function toSubscription(stream: ClientDuplexStream<object, unknown>): Subscription {
  // Told by the iteration; without a listener, one that comes later would end the process.
  stream.on('error', () => undefined);
  return {
    request: (message) => void stream.write(message),
    cancel: () => stream.cancel(),
    async *responses() {
      try {
        for await (const response of stream) yield response as unknown;
      } catch (error) {
        throw toRefusal(error);
      }
      throw new PubSubRefusal(grpcStatus.unavailable);
    },
  };
}

/** What is read of an error of gRPC: never its text, which quotes what was sent. */
function toRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') return error;
  const trailers = 'metadata' in error && error.metadata !== null && typeof error.metadata === 'object' ? (error.metadata as Partial<Metadata>) : {};
  const [errorCode] = trailers.get?.('error-code') ?? [];
  const details = 'details' in error && typeof error.details === 'string' && /replay ?id/i.test(error.details) && error.code === grpcStatus.invalidArgument ? 'replayid' : '';
  return new PubSubRefusal(error.code, errorCode === undefined ? details : String(errorCode));
}

interface Method {
  readonly path: string;
  requestSerialize(message: object): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}
type Service = Readonly<Record<string, Method>>;

function serviceOf(loaded: object): Service {
  const { eventbus } = loaded as { readonly eventbus?: { readonly v1?: { readonly PubSub?: { readonly service?: Service } } } };
  const service = eventbus?.v1?.PubSub?.service;
  if (!service) throw new Error('pubsub.proto has no service eventbus.v1.PubSub');
  return service;
}

function methodOf(service: Service, name: string): Method {
  const method = service[name];
  if (!method) throw new Error(`pubsub.proto has no method ${name}`);
  return method;
}
