import { setTimeout as wait } from 'node:timers/promises';
import { turnOf, type Bench } from './bench.ts';
import { closedLoop, type Caller } from './load.ts';
import type { Part } from './part.ts';
import type { Contestant } from './rounds.ts';

/** A server, what it is asked, and over how many connections. */
export interface Serving {
  readonly name: string;
  readonly part: Part;
  readonly caller: Caller;
  readonly connections: number;
  /** Number `turn` of its bodies is sent; they are sent again from the first. */
  readonly bodies: readonly string[];
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests before the first round. */
  readonly warmUp?: number;
}

/** A contestant that answers requests over HTTP, each connection sending its next one when it has the answer to the last. */
export function httpContestant({ plan }: Pick<Bench, 'plan'>, { name, part, caller, connections, bodies, path = '/graphql', headers = {}, warmUp = 200 }: Serving): Contestant {
  let turn = 0;
  const send = async (): Promise<number> => {
    const answer = await caller.post(path, bodies[turn++ % bodies.length] ?? '', headers);
    // A field of the data may be named errors, too; its items are texts. An error is no page, however fast it comes.
    if (answer.includes('"errors":[{')) throw new Error(`${name} answers with ${answer.slice(0, 800)}`);
    return Buffer.byteLength(answer);
  };
  const { requests, mostSeconds } = turnOf(plan);
  return {
    name, part,
    // Compiled, planned and cached before anything counts.
    async prepare(round) {
      await untilServing(caller, connections, send);
      await closedLoop({ connections, requests: round === 0 ? Math.min(warmUp, plan.requests) : 20, mostSeconds: round === 0 ? 2 : 1, send });
    },
    async turn() {
      const { times, bytes } = await closedLoop({ connections, requests, mostSeconds, send });
      return { units: times.length, times, bytes };
    },
  };
}

/** A server that stood still first finds out what became of its connections. */
async function untilServing(caller: Caller, connections: number, send: () => Promise<number>): Promise<void> {
  for (let served = 0, tries = 0; served < 2 * connections; tries += 1) {
    caller.reconnect();
    const failure = await send().then(() => null, (error: unknown) => error);
    served = failure === null ? served + 1 : 0;
    if (failure !== null && tries > 100) throw failure;
    if (failure !== null) await wait(100);
  }
}
