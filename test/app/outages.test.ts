import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { createTestDatabase } from '../harness/database.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** Warnings and errors as they were logged, with the error's own words where there is one. */
const severe = (program: TestProgram): string[] =>
  program.logged.filter(({ level }) => level === 'warn' || level === 'error').map(({ message, fields: { error } }) => (error instanceof Error ? `${message}: ${error.message} ${String(error.cause)}` : message));

/** A way to a server that can be closed and opened again, as a network that fails. */
async function passage(to: URL): Promise<{ url: string; port: number; close(): Promise<void>; open(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const serve = (): Server =>
    createServer((near) => {
      const far = connect(Number(to.port), to.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket.on('error', () => undefined));
        socket.once('close', () => (near.destroy(), far.destroy(), sockets.delete(socket)));
      }
      near.pipe(far).pipe(near);
    });
  let server = serve().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: Object.assign(new URL(to), { port: String(port) }).href,
    port,
    close,
    async open() {
      server = serve().listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}

test('a database that goes away is one line when it goes and one when it is back', async () => {
  const database = await createTestDatabase();
  cleanUps.push(() => database.drop());
  const way = await passage(new URL(database.url));
  cleanUps.push(() => way.close());
  const program = await startTestProgram({ databaseUrl: way.url });
  cleanUps.push(() => program.close());
  await way.close();
  const told = `Cannot reach PostgreSQL at 127.0.0.1:${way.port} (DATABASE_URL). Requests fail with UNAVAILABLE until it is back.`;
  await until('the outage is told', () => severe(program).includes(told), 20_000);
  // Every part fails meanwhile: relay, consumers, jobs, doorbell, requests.
  for (let nth = 0; nth < 5; nth += 1) expect((await program.query('{ accounts(first: 1) { totalCount } }')).errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
  await until('the parts have failed', () => program.logged.filter(({ level, fields }) => level === 'debug' && 'error' in fields).length > 10, 20_000);
  await way.open();
  await until('its return is told', () => program.logged.some(({ level, message }) => level === 'info' && message === `PostgreSQL at 127.0.0.1:${way.port} is reachable again.`), 20_000);
  await until('requests are served', async () => (await program.query('{ accounts(first: 1) { totalCount } }')).errors === undefined, 20_000);
  expect(severe(program)).toEqual([told]);
}, 120_000);

test('connections that the server ends are replaced without a warning', async () => {
  const program = await startTestProgram();
  cleanUps.push(() => program.close());
  const admin = new Client({ connectionString: program.testDatabase.adminUrl });
  await admin.connect();
  cleanUps.push(() => admin.end());
  const ours = async (): Promise<string[]> => (await admin.query<{ pid: string; application_name: string }>(`select pid::text, application_name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)).rows.map(({ pid, application_name: name }) => `${name} ${pid}`);
  await until('the jobs have their heartbeat', async () => (await ours()).filter((name) => name.startsWith('context-graph jobs')).length > 1);
  const before = new Set(await ours());
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
  for (const name of ['context-graph jobs', 'context-graph relay', 'context-graph doorbell', 'context-graph consumers']) {
    await until(`${name} is replaced`, async () => (await ours()).some((each) => each.startsWith(name) && !before.has(each)), 20_000);
  }
  expect(severe(program)).toEqual([]);
}, 120_000);

test('Kafka and Redis that are not there are one line each, which names place and variable', async () => {
  const kafka = { brokers: ['127.0.0.1:1'], ssl: false, sasl: null, prefix: 'away.', partitions: 1, replication: 1 };
  const program = await startTestProgram({ kafka, redisUrls: ['redis://127.0.0.1:2'], roles: ['api', 'outbox-relay', 'context-engine', 'live-bridge'] });
  cleanUps.push(() => program.close());
  const wanted = ['Cannot reach Kafka at 127.0.0.1:1 (KAFKA_BROKERS). Events wait in the database until it is back.', 'Cannot reach Redis at 127.0.0.1:2 (REDIS_URL). Reads go to the database until it is back.'];
  await until('both are told', () => wanted.every((line) => severe(program).includes(line)), 60_000);
  await until('Kafka was tried again', () => program.logged.filter(({ level, fields }) => level === 'debug' && 'error' in fields).length > 3, 60_000);
  expect(severe(program).filter((line) => line !== 'redis_unavailable, falling_back_to_backend').toSorted()).toEqual(wanted);
}, 180_000);
