import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A request that the provider received. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly company: { readonly name: string; readonly domain: string | null }; readonly people: readonly { readonly email: string }[] };
}

/** A provider of the test's own, over real HTTP. */
export interface ProviderServer {
  readonly origin: string;
  readonly seen: SeenRequest[];
  /** How the next requests are answered. */
  answer: (response: ServerResponse, request: SeenRequest) => void | Promise<void>;
  close(): Promise<void>;
}

/** Starts the provider. */
export async function startProvider(): Promise<ProviderServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const got: SeenRequest = { method: request.method, url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString('utf8')) as SeenRequest['body'] };
      seen.push(got);
      await provider.answer(response, got);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const provider: ProviderServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer: (response) => void response.writeHead(404).end(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}

/** Answers with JSON. */
export const json = (value: unknown, status = 200) => (response: ServerResponse): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(typeof value === 'string' ? value : JSON.stringify(value));
