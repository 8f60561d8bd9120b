import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Keeps its connections; one agent per server and measurement. */
export class Caller {
  #agent: Agent;
  readonly #connections: number;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, connections: number, headers: Readonly<Record<string, string>> = {}) {
    this.#connections = connections;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#url = url;
    this.#headers = headers;
  }

  /** Posts JSON; answers the body, and throws for any status of 300 or more. */
  async post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}${path}`, { method: 'POST', agent: this.#agent, timeout: 60_000, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...this.#headers, ...headers } }, (response) => {
        text(response).then((answer) => ((response.statusCode ?? 500) < 300 ? resolve(answer) : reject(new Error(`${path} answered ${response.statusCode}: ${answer.slice(0, 500)}`))), reject);
      });
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error(`${path} did not answer in a minute`)));
      sent.end(body);
    });
  }

  /** Sends an operation; answers its data, and throws for any error. */
  async query<Data>(query: string, variables: object = {}): Promise<Data> {
    const answer = JSON.parse(await this.post('/graphql', JSON.stringify({ query, variables }))) as { data: Data; errors?: unknown };
    if (answer.errors) throw new Error(`an operation failed: ${JSON.stringify(answer.errors).slice(0, 800)}`);
    return answer.data;
  }

  /** Opens new connections from now on: a server that stood still has given up those it had. */
  reconnect(): void {
    this.close();
    this.#agent = new Agent({ keepAlive: true, maxSockets: this.#connections });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** How a load is to be made. */
export interface Loop {
  readonly connections: number;
  readonly requests: number;
  /** The loop ends after this even when requests are left. */
  readonly mostSeconds: number;
  /** Sends request number `turn`; answers how long its answer was, in bytes. */
  send(turn: number): Promise<number>;
}

/** A loop whose server's CPU is measured, after a warm-up. */
export interface LoadPlan extends Loop {
  readonly warmUp: number;
  cpu(): Promise<number>;
}

/** What a load measured. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly bytes: number;
  readonly requests: number;
}

/** A warm-up, then the load. */
export async function measureLoad(plan: LoadPlan): Promise<Measured> {
  await closedLoop({ ...plan, requests: plan.warmUp, mostSeconds: 5 });
  const cpuBefore = await plan.cpu();
  const from = performance.now();
  const { times, bytes } = await closedLoop(plan);
  const seconds = (performance.now() - from) / 1_000;
  const cpu = (await plan.cpu()) - cpuBefore;
  const requests = times.length;
  return { perSecond: requests / seconds, p50: percentile(times, 0.5), p99: percentile(times, 0.99), cpu: cpu / requests, bytes: Math.round(bytes / requests), requests };
}

/** Each connection sends its next request when it has the answer to the last. Answers how long each took, and the bytes of all answers. */
export async function closedLoop({ connections, requests, mostSeconds, send }: Loop): Promise<{ times: number[]; bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  let turn = 0;
  const end = performance.now() + mostSeconds * 1_000;
  const connection = async (): Promise<void> => {
    while (turn < requests && performance.now() < end) {
      const from = performance.now();
      const length = await send(turn++);
      times.push(performance.now() - from);
      bytes += length;
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return { times, bytes };
}

/** The value below which so great a share lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
