import { Client } from 'pg';
import kafkajs from 'kafkajs';
import { expect, inject, test } from 'vitest';
import { isKafkaOutage } from '../../src/platform/events/kafka-outage.ts';
import { createOutages, type Server } from '../../src/platform/outages.ts';
import { judgeDatabaseError, translateDatabaseError } from '../../src/platform/postgres/database-errors.ts';
import { requireReachable } from '../../src/platform/postgres/reach.ts';

test('a session that the server ended for idleness is known as one (57P05)', async () => {
  const client = new Client({ connectionString: inject('templateAdminUrl').replace(/[^/]+$/, 'postgres'), options: '-c idle_session_timeout=50' });
  await client.connect();
  // The connection's end is told after its reason.
  const error = await new Promise((resolve) => client.on('error', resolve));
  expect(error).toMatchObject({ code: '57P05' });
  expect(judgeDatabaseError(error)).toBe('ended');
  expect(judgeDatabaseError(translateDatabaseError(error))).toBe('ended');
});

test('what is no outage of the database is not taken for one', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  expect(judgeDatabaseError(refused)).toBe('ended');
  expect(judgeDatabaseError(new Error('timeout exceeded when trying to connect'))).toBe('suspect');
  // A full disk is a fault to see, however well the server can be reached.
  expect(judgeDatabaseError(Object.assign(new Error('could not extend file'), { code: '53100' }))).toBeNull();
  expect(judgeDatabaseError(new TypeError('fetch failed', { cause: refused }))).toBeNull();
  expect(judgeDatabaseError(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBeNull();
  expect(judgeDatabaseError(new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED'))).toBeNull();
  expect(judgeDatabaseError(new RangeError('a bug'))).toBeNull();
});

test('answers of a Kafka that starts are retriable, others are faults', () => {
  const answer = (type: string, retriable: boolean): Error => new kafkajs.KafkaJSProtocolError({ type, code: 14, retriable, message: type, name: type } as never);
  for (const type of ['GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS', 'LEADER_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']) expect(isKafkaOutage(answer(type, true))).toBe(true);
  expect(isKafkaOutage(new kafkajs.KafkaJSNumberOfRetriesExceeded(answer('LEADER_NOT_AVAILABLE', true), { retryCount: 4, retryTime: 1 }))).toBe(true);
  expect(isKafkaOutage(answer('TOPIC_AUTHORIZATION_FAILED', false))).toBe(false);
  expect(isKafkaOutage(new RangeError('a bug'))).toBe(false);
});

test('an outage is told when the server itself is away, and only then', async () => {
  const lines: string[] = [];
  const note = (level: string) => (_fields: unknown, message: string) => void lines.push(`${level} ${message}`);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') } as never;
  let away = false;
  const checked: boolean[] = [];
  const [fault, slow] = [new Error('gone'), new Error('timed out')];
  const server: Server = { name: 'PostgreSQL', place: 'host:1', variable: 'DATABASE_URL', meanwhile: 'Wait.', judge: (error) => (error === fault ? 'ended' : error === slow ? 'suspect' : null), check: () => (checked.push(away), away ? Promise.reject(fault) : Promise.resolve()) };
  const outages = createOutages({ log, checkEvery: 5 });
  outages.watch(server);
  const told = async (line: string): Promise<void> => {
    while (!lines.includes(line)) await new Promise(setImmediate);
  };
  outages.log.error({ error: fault }, 'one connection');
  outages.log.error({ error: new RangeError('a bug') }, 'a fault of our own');
  while (checked.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(lines).toEqual(['debug one connection', 'error a fault of our own', 'info a connection was interrupted and is opened again']);
  // A timeout while the server is there is told as it is.
  outages.log.error({ error: slow }, 'too slow');
  await told('error too slow');
  away = true;
  for (let nth = 0; nth < 100; nth += 1) outages.log.error({ error: nth % 2 ? fault : slow }, 'everything fails');
  await told('warn Cannot reach PostgreSQL at host:1 (DATABASE_URL). Wait.');
  away = false;
  await told('info PostgreSQL at host:1 is reachable again.');
  expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  expect(lines).not.toContain('error everything fails');
  outages.close();
});

test.each([
  ['postgres://someone:secret@127.0.0.1:1/nothing', /^Cannot reach PostgreSQL at 127\.0\.0\.1:1 \(DATABASE_URL\): ECONNREFUSED\. Check that it runs/],
  ['wrong login', /^PostgreSQL at 127\.0\.0\.1:\d+ \(DATABASE_URL\) refuses the login nobody\. /],
  ['wrong database', /^PostgreSQL at 127\.0\.0\.1:\d+ \(DATABASE_URL\) has no database nowhere\. /],
])('a database that cannot be used is one sentence: %s', async (what, sentence) => {
  const url = new URL(what.startsWith('postgres') ? what : inject('templateAdminUrl'));
  if (what === 'wrong login') Object.assign(url, { username: 'nobody', password: 'wrong' });
  if (what === 'wrong database') url.pathname = '/nowhere';
  const error: unknown = await requireReachable({ url: url.href, variable: 'DATABASE_URL' }).catch((fault: unknown) => fault);
  expect(error).toMatchObject({ message: expect.stringMatching(sentence) as string });
  expect(String(error)).not.toContain('secret');
});

test('a server that comes and goes while it starts is one outage', async () => {
  const lines: string[] = [];
  const note = (level: string) => (_fields: unknown, message: string) => void lines.push(`${level} ${message}`);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') } as never;
  const answers = [false, true, false, true, true, true];
  const server: Server = {
    name: 'Kafka', place: 'host:2', variable: 'KAFKA_BROKERS', meanwhile: 'Wait.', judge: () => 'ended',
    check: async () => {
      // An error of the part that meets the server again: still of the same outage.
      outages.log.error({ error: new Error('gone') }, 'a part failed');
      if (!(answers.shift() ?? true)) throw new Error('away');
    },
  };
  const outages = createOutages({ log, checkEvery: 1 });
  outages.watch(server);
  outages.log.error({ error: new Error('gone') }, 'a part failed');
  while (!lines.some((line) => line.startsWith('info'))) await new Promise(setImmediate);
  outages.close();
  expect(lines.filter((line) => !line.startsWith('debug'))).toEqual(['warn Cannot reach Kafka at host:2 (KAFKA_BROKERS). Wait.', 'info Kafka at host:2 is reachable again.']);
  expect(answers).toEqual([]);
});
