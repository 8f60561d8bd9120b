import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { sendConsoleToLog } from '../../src/app/console-to-log.ts';
import type { Log } from '../../src/platform/log.ts';

function listen() {
  const entries: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const note = (level: string) => (fields: Record<string, unknown>, message: string) => void entries.push({ level, fields, message });
  return { entries, log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') } as unknown as Log };
}

test('what a library writes to the console becomes one masked entry of the log, and nothing reaches the streams', () => {
  const { entries, log } = listen();
  const [out, err] = [new PassThrough(), new PassThrough()];
  const target = new Console(out, err);
  sendConsoleToLog(log, target);
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  target.trace(refused);
  target.error('attempt %d of %d for jane.doe@example.com failed', 1, 3);
  target.log('hello');

  expect(entries).toEqual([
    { level: 'warn', fields: { text: 'Error: connect ECONNREFUSED 127.0.0.1:5432', error: refused }, message: 'a library wrote to the console' },
    { level: 'warn', fields: { text: 'attempt 1 of 3 for [email hidden] failed' }, message: 'a library wrote to the console' },
    { level: 'info', fields: { text: 'hello' }, message: 'a library wrote to the console' },
  ]);
  expect([out.read(), err.read()]).toEqual([null, null]);
});
