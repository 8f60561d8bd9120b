import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** The ways of an attacker. */
export const attacks = ['repeated fields', 'introspection', 'expensive queries', 'huge variables', 'aliases', 'syntax errors'] as const;
export type Attack = (typeof attacks)[number];
export type Transport = 'http' | 'socket';

/** What the process of a load client is told. */
export type LoadCommand =
  | { readonly do: 'attack'; readonly attack: Attack; readonly transport: Transport; readonly connections: number }
  | { readonly do: 'rest' }
  | { readonly do: 'measure'; readonly count: number };

/** What it answers. */
export interface LoadAnswer {
  /** Milliseconds of each read, when it was told to measure. */
  readonly milliseconds?: readonly number[];
  /** What its requests were answered since it was told last: counts by status, or by error code over a socket. */
  readonly answers?: Readonly<Record<string, number>>;
}

/** A client in a process of its own, so that it takes no time of the server's event loop. */
export class LoadClient {
  readonly #child: ChildProcess;

  constructor(url: string, token: string) {
    this.#child = fork(new URL('load-process.ts', import.meta.url).pathname, [url, token], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  async ask(command: LoadCommand): Promise<LoadAnswer> {
    const answer = once(this.#child, 'message');
    this.#child.send(command);
    const [told] = (await answer) as [LoadAnswer];
    return told;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
