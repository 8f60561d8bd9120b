import { AsyncLocalStorage } from 'node:async_hooks';

const open = new AsyncLocalStorage<true>();

/** Runs the body of a Work, so that what must not be done while one is open can refuse. */
export function runInsideWork<Result>(body: () => Promise<Result>): Promise<Result> {
  return open.run(true, body);
}

/** Whether whoever asks is called from inside an open Work. */
export function insideWork(): boolean {
  return open.getStore() === true;
}
