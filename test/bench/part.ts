import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProcessRole } from '../../src/app/config.ts';

/** What every part is told. */
export interface PartOptions {
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly masterKey: string;
  readonly secret: string;
  readonly url: string;
  /** Hand-written SQL checks each request's token and reads in a transaction of the token's tenant. */
  readonly guarded?: boolean;
  /** What the program plays; every role when absent. */
  readonly roles?: readonly ProcessRole[];
  /** Memory for finished answers; none when absent, so that every request is executed. */
  readonly answerBytes?: number;
  /** Absent: events by way of PostgreSQL, live channels in the process. */
  /** Redis without Kafka: copies and live channels; none when absent. */
  readonly redisUrls?: readonly string[];
  readonly backbone?: { readonly brokers: readonly string[]; readonly redisUrls: readonly string[] };
}

/** A process of its own that the benchmark talks to. */
export interface Part {
  /** Where it listens; empty for a part that does not. */
  readonly url: string;
  /** Asks the part for something by name; its answer. */
  ask<Answer>(name: string, input?: unknown): Promise<Answer>;
  /** User and system CPU of the process so far, in milliseconds. */
  cpu(): Promise<number>;
  /** Lets the process stand still, so that it takes nothing from others; it answers nothing meanwhile. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** What a part answers to. */
export type Answers = Readonly<Record<string, (input: never) => unknown>>;

const longestAnswer = 180_000;

/** Starts a part and waits until it is ready. */
export async function startPart(file: string, options: Partial<PartOptions>): Promise<Part> {
  const child = fork(new URL(file, import.meta.url), { env: { ...process.env, NODE_ENV: 'production', BENCH_PART: JSON.stringify(options) }, execArgv: ['--disable-warning=TimeoutNegativeWarning', '--import', 'tsx'], serialization: 'advanced' });
  const ended = once(child, 'exit');
  const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>();
  let asked = 0;
  let ready: (url: string) => void = () => undefined;
  const url = await new Promise<string>((resolve, reject) => {
    ready = resolve;
    child.once('exit', (code) => {
      const gone = new Error(`${file} ended by itself with ${code}`);
      reject(gone);
      for (const each of waiting.values()) each.reject(gone);
    });
    child.on('message', (message: { ready?: string; id?: number; answer?: never; error?: string }) => {
      if (message.ready !== undefined) return ready(message.ready);
      const one = waiting.get(message.id ?? -1);
      waiting.delete(message.id ?? -1);
      if (message.error === undefined) one?.resolve(message.answer as never);
      else one?.reject(new Error(`${file}: ${message.error}`));
    });
  });
  const ask = <Answer>(name: string, input: unknown = null): Promise<Answer> =>
    new Promise<Answer>((resolve, reject) => {
      const id = (asked += 1);
      const timer = setTimeout(() => reject(new Error(`${file} did not answer ${name} in time`)), longestAnswer);
      waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      child.send({ id, name, input });
    });
  const resume = (): void => void child.kill('SIGCONT');
  // A process that stands still would never notice that this one is gone.
  process.once('exit', resume);
  return {
    url, ask, resume, cpu: () => ask<number>('cpu'), pause: () => void child.kill('SIGSTOP'),
    async stop() {
      resume();
      await end(child, ended);
      process.off('exit', resume);
    },
  };
}

/** Several processes that do one work; asked for anything but their CPU, the first answers. */
export function together(first: Part, ...others: readonly Part[]): Part {
  const all = [first, ...others];
  return {
    ...first,
    cpu: async () => (await Promise.all(all.map((part) => part.cpu()))).reduce((sum, each) => sum + each, 0),
    pause: () => all.forEach((part) => part.pause()),
    resume: () => all.forEach((part) => part.resume()),
    stop: async () => void (await Promise.all(all.map((part) => part.stop()))),
  };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  if (child.connected) child.disconnect();
  await ended;
  clearTimeout(timer);
}

/** In a part: what it was told. */
export function readPart(): PartOptions {
  return JSON.parse(process.env['BENCH_PART'] ?? '{}') as PartOptions;
}

/** In a part: says that it is ready, answers until the benchmark lets it go, then cleans up and ends. */
export function answer(url: string, answers: Answers, stop: () => unknown): void {
  const all: Answers = {
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    memory: () => process.memoryUsage().rss,
    ...answers,
  };
  process.on('message', ({ id, name, input }: { id: number; name: string; input: never }) => {
    Promise.resolve()
      .then(() => all[name]?.(input))
      .then(
        (given) => process.send?.({ id, answer: given ?? null }),
        (error: unknown) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  // The benchmark is through, or it died: either way nobody asks any more.
  process.on('disconnect', () => void Promise.resolve(stop()).finally(() => process.exit(0)));
  process.send?.({ ready: url });
}

/** In a part: listens on a port of its own until the benchmark lets it go. */
export async function servePart(server: Server, answers: Answers = {}, stop: () => unknown = () => undefined): Promise<void> {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  await once(server, 'listening');
  answer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, answers, stop);
}
