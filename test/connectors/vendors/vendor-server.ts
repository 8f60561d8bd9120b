import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that arrived. */
export interface ArrivedCall {
  readonly method: string;
  /** The path without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** What the `:name` parts of the route's pattern matched, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** A response. An object is sent as JSON, a text as it is. */
export interface VendorAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Answers the requests of a route. */
export type VendorRoute = (call: ArrivedCall) => VendorAnswer | Promise<VendorAnswer>;

/** What happens to a request instead of its answer: CUT closes the socket, CUT_BODY closes it within the body, HANG answers when `release` is called. */
export type VendorTrouble = VendorAnswer | VendorRoute | 'CUT' | 'CUT_BODY' | 'HANG';

/** A local HTTP server that answers as a vendor does. */
export interface VendorServer {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  readonly url: string;
  /** Every request that arrived, the oldest first. */
  readonly calls: readonly ArrivedCall[];
  /** How many requests arrived, of all routes or of one: `GET /v1/pages/:id`. */
  count(route?: string): number;
  /** Adds routes, or replaces them. */
  answer(routes: Readonly<Record<string, VendorRoute>>): void;
  /** Makes the next `times` requests (all, when left out), of all routes or of one, meet with trouble. Troubles are met in the order in which they were given. */
  trouble(trouble: VendorTrouble, options?: { readonly times?: number; readonly route?: string }): void;
  /** Ends every trouble, and answers what hangs. */
  release(): void;
  /** Forgets the requests that arrived. */
  forget(): void;
  stop(): Promise<void>;
}

interface Pattern {
  readonly method: string;
  readonly parts: readonly string[];
}

/** Starts a server. `routes`: by method and path, `GET /rest/api/3/issue/:key`; the first that matches answers. What matches none gets 404, in the shape of `notFound`. */
export async function startVendorServer(routes: Readonly<Record<string, VendorRoute>>, notFound: VendorAnswer = { status: 404, body: { message: 'Not found' } }): Promise<VendorServer> {
  const table = new Map(Object.entries(routes));
  const calls: ArrivedCall[] = [];
  const troubles: { readonly trouble: VendorTrouble; readonly route: string | undefined; left: number }[] = [];
  const held = new Set<() => void>();

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived = await readCall(request);
    const route = [...table].find(([pattern]) => matchOf(pattern, arrived) !== null);
    const call = { ...arrived, params: route ? (matchOf(route[0], arrived) ?? {}) : {} };
    calls.push(call);
    const met = troubles.find(({ route: of, left }) => left > 0 && (of === undefined || matchOf(of, call) !== null));
    if (met) met.left -= 1;
    const trouble = met?.trouble;
    if (trouble === 'CUT') return void request.socket.destroy();
    if (trouble === 'HANG') await new Promise<void>((resolve) => held.add(resolve));
    const answer = trouble === undefined || typeof trouble === 'string' ? await (route?.[1] ?? (() => notFound))(call) : await (typeof trouble === 'function' ? trouble(call) : trouble);
    const { body, type } = bodyOf(answer.body);
    response.writeHead(answer.status ?? 200, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...answer.headers });
    if (trouble !== 'CUT_BODY') return void response.end(body);
    response.write(body.slice(0, Math.ceil(body.length / 2)), () => request.socket.destroy());
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.writeHead(599).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const release = (): void => {
    troubles.length = 0;
    for (const go of held) go();
    held.clear();
  };

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    count: (route) => (route === undefined ? calls.length : calls.filter((call) => matchOf(route, call) !== null).length),
    answer: (more) => {
      for (const [pattern, route] of Object.entries(more)) table.set(pattern, route);
    },
    trouble: (trouble, { times = Infinity, route } = {}) => void troubles.push({ trouble, route, left: times }),
    release,
    forget: () => void (calls.length = 0),
    stop: async () => {
      release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readCall(request: IncomingMessage): Promise<ArrivedCall> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://vendor');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
  return { method: request.method ?? 'GET', path: pathname, query: searchParams, headers, body: await text(request), params: {} };
}

const patternOf = (route: string): Pattern => {
  const [method = '', path = ''] = route.split(' ');
  return { method, parts: path.split('/') };
};

/** What the pattern's `:name` parts are in the path; null where it does not match. A last part `*` matches all the rest. */
function matchOf(route: string, { method, path }: Pick<ArrivedCall, 'method' | 'path'>): Record<string, string> | null {
  const pattern = patternOf(route);
  const given = path.split('/');
  const isOpen = pattern.parts.at(-1) === '*';
  if (pattern.method !== method || (isOpen ? given.length < pattern.parts.length : given.length !== pattern.parts.length)) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.parts.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(given[index] ?? '');
    else if (!(isOpen && index === pattern.parts.length - 1) && part !== given[index]) return null;
  }
  return params;
}

function bodyOf(body: unknown): { readonly body: string; readonly type: string } {
  if (body === undefined) return { body: '', type: 'text/plain' };
  return typeof body === 'string' ? { body, type: 'text/plain' } : { body: JSON.stringify(body), type: 'application/json' };
}
