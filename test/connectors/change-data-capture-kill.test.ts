import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestProgram, until } from '../harness/program.ts';
import { roles } from '../../src/app/config.ts';
import { accountChange, follow, idOf, type Following } from './following.ts';

let program: Following;
beforeAll(async () => {
  program = await follow({ changeDataCapture: ['Account'] }, { roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

const stored = () => program.count(`select from account where name like 'Change %'`);

test('a process that is killed while it stores: the next one goes on behind what was stored, and stores each change once', { timeout: 90_000 }, async () => {
  const [{ id: connection }] = (await program.rows('select id from connection')) as unknown as [{ id: string }];
  const script = new URL('doomed-follower.ts', import.meta.url).pathname;
  const doomed = spawn(process.execPath, ['--import', 'tsx', script, program.testDatabase.url, program.tenant, connection, program.masterKey.toString('hex'), program.clock.now().toISOString(), program.salesforce.url, program.bus.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void doomed.kill('SIGKILL'));
  await until('it follows', () => program.bus.open() > 0, 30_000);
  const replayIds = Array.from({ length: 45 }, (_, index) => program.bus.publish(accountChange(idOf('001', index + 1), Date.parse('2026-11-21T08:00:00.000Z') + index, { Name: `Change ${index}` }, { changeType: 'CREATE' })));
  await Promise.race([once(doomed.stdout, 'data'), once(doomed, 'exit')]);
  const before = await stored();
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(45);
  const [{ place }] = (await program.rows(`select encode(replay_id, 'hex') as place from change_stream`)) as unknown as [{ place: string }];
  expect(replayIds.indexOf(place)).toBe(before - 1);
  const dead = once(doomed, 'exit');
  doomed.kill('SIGKILL');
  await dead;
  // The lease of the killed process runs out.
  program.clock.advance(31_000);
  const next = await startTestProgram({ ...program.options, roles: ['api', 'scheduler'] }, program);
  try {
    await until('all are stored', async () => (await stored()) === 45, 30_000);
    expect(program.bus.subscriptions.at(-1)).toEqual({ topic: '/data/AccountChangeEvent', preset: 'CUSTOM', replayId: place });
    expect(await program.count('select from source_statement')).toBe(45);
    expect(await program.count('select from connection_backfill')).toBe(0);
  } finally {
    await next.close();
  }
});
