import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

/** Structured logs: a constant message, and fields. Ids only, never personal data. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** A log on standard output: one readable line per entry on a terminal, JSON lines otherwise. */
export function createLog(level: string, { terminal = false }: { readonly terminal?: boolean } = {}): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: pino.stdSerializers.err } };
  if (!terminal) return pino(options);
  return pino(options, pretty({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', errorLikeObjectKeys: ['error', 'err'] }));
}
