import { format } from 'node:util';
import { maskAddresses } from '../platform/mask-addresses.ts';
import type { Log } from '../platform/log.ts';

const levels = { trace: 'warn', error: 'warn', warn: 'warn', log: 'info', info: 'info', debug: 'debug' } as const;
const methods = Object.keys(levels) as (keyof typeof levels)[];

/**
 * Makes log entries of what libraries write to the console, so that every line of the program can be read as an entry. What a library calls an error is a warning
 * here: where the program cannot go on, it says so itself. The text is masked, because nobody knows what a library puts into it. The last call decides on the log.
 */
export function sendConsoleToLog(log: Log, target: Console = console): void {
  for (const method of methods) {
    target[method] = (...values: unknown[]) => {
      const error = values.find((value) => value instanceof Error);
      const text = maskAddresses(format(...values.map((value) => (value instanceof Error ? `${value.name}: ${value.message}` : value))));
      log[levels[method]]({ text, ...(error ? { error } : {}) }, 'a library wrote to the console');
    };
  }
}
