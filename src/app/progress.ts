import { systemClock } from '../platform/clock.ts';

/** Tells the person who starts the program what it is doing, with the fields that a log entry has beside the message. */
export type Progress = (message: string, fields?: Readonly<Record<string, string | number>>) => void;

/** How progress is written. */
export interface ProgressOptions {
  /** Whether a person reads along. */
  readonly terminal: boolean;
  readonly level: string;
  write(line: string): void;
}

const shown = new Set(['trace', 'debug', 'info']);

/**
 * Plain lines on a terminal, and log entries otherwise, of the shape of the program's own. It needs nearly nothing, so that
 * the first line is written before the program is loaded.
 */
export function createProgress({ terminal, level, write }: ProgressOptions): Progress {
  if (terminal) return (message) => write(`${message} …\n`);
  if (!shown.has(level)) return () => undefined;
  return (message, fields = {}) => write(`${JSON.stringify({ level: 30, time: systemClock.now().toISOString(), ...fields, msg: message })}\n`);
}
