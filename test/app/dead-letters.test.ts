import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresBus } from '../../src/platform/events/postgres-bus.ts';
import { fresh, makeEvent, openBackbone, relayOf, eventually, type Backbone, type Process } from '../platform/events/backbone.ts';

const run = promisify(execFile);
let backbone: Backbone;
let program: Process;
beforeAll(async () => {
  backbone = await openBackbone();
  program = await backbone.open();
});
afterAll(() => backbone?.close());

const command = (...parameters: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(process.execPath, ['--import', 'tsx', 'src/app/dead-letters.ts', ...parameters], {
    env: { ...process.env, DATABASE_URL: backbone.url, JWT_SECRET: randomBytes(32).toString('hex'), MASTER_KEY: randomBytes(32).toString('base64') },
  });

test('letters that wait are listed, and handed to their group again once each', async () => {
  const kind = fresh('thing.happened');
  const group = fresh('mended');
  const { database, deadLetters, errors } = program;
  const bus = createPostgresBus({ database, deadLetters, lookEvery: 50, attempts: 1, onError: (error) => errors.push(error) });
  const relay = relayOf(program, bus);
  relay.start();
  const seen: string[] = [];
  let poisonous = true;
  const consumer = await bus.consume({
    group,
    topics: [kind],
    batchSize: 10,
    async handle(batch) {
      if (poisonous) throw new RangeError('not yet mended');
      seen.push(...batch.map(({ id }) => id));
    },
  });
  const events = [1, 2].map(() => makeEvent(program.newId, { kind, tenantId: backbone.callers[0].tenantId }));
  await bus.publish(events);
  await eventually(async () => expect(await deadLetters.list(group)).toHaveLength(2));

  const { stdout } = await command('list', '--group', group);
  const listed = stdout.trim().split('\n').map((text) => JSON.parse(text) as { id: string; error: string; event: { id: string } });
  expect(listed.map(({ event }) => event.id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  expect(listed[0]).toMatchObject({ error: 'RangeError: not yet mended', attempts: 1, topic: kind });

  poisonous = false;
  expect((await command('replay', '--group', group, '--id', listed[0]?.id ?? '')).stdout).toBe(`1 handed to ${group} again\n`);
  await eventually(() => expect(seen).toEqual([listed[0]?.event.id]));
  expect((await command('replay', '--group', group)).stdout).toBe(`1 handed to ${group} again\n`);
  await eventually(() => expect(seen).toHaveLength(2));
  expect((await command('list', '--group', group)).stdout).toBe('');
  await consumer.stop();
  await relay.stop();
}, 120_000);

test('a wrong request is refused with the reason', async () => {
  const refusals: [string[], string][] = [
    [['replay'], '--group is needed: the consumer group that gets the events again. More with --help.\n'],
    [['burn', '--group', 'x'], 'Say what to do: list or replay; "burn" is not known. More with --help.\n'],
    [['replay', '--group', 'x', '--id', 'nonsense'], '--id must be the id of a letter, as list prints it; "nonsense" is none.\n'],
  ];
  for (const [parameters, stderr] of refusals) await expect(command(...parameters)).rejects.toMatchObject({ code: 1, stderr });
}, 120_000);
