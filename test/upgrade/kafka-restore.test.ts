import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { defaultScoringModelParameters, publishScoringModel } from '../../src/features/scoring/index.ts';
import { anchorChains } from '../../src/features/audit/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createKafkaBus } from '../../src/platform/events/kafka-bus.ts';
import { createDeadLetters } from '../../src/platform/events/dead-letters.ts';
import type { KafkaSettings } from '../../src/platform/events/kafka-connection.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { startKafka } from '../services/kafka.ts';
import { redisAvailable, startTestRedis } from '../services/redis.ts';
import { runCommandLine } from './commands.ts';
import { dropRestored, onServer, urlsOf } from './restored.ts';
import { takenIn } from '../harness/facts.ts';

const kafka = await startKafka();
const redis = redisAvailable('test/upgrade/kafka-restore.test.ts') ? await startTestRedis() : null;
afterAll(async () => {
  await kafka?.stop();
  await redis?.close();
});

describe.skipIf(!kafka || !redis)('a restore with the bus on Kafka and caches in Redis', () => {
  const settings: KafkaSettings = { brokers: kafka?.brokers ?? [], ssl: false, sasl: null, prefix: `restore${process.pid}.`, partitions: 4, replication: 1 };
  const masterKey = randomBytes(32);
  const name = `restored_${process.pid}_${randomBytes(4).toString('hex')}`;
  const urls = urlsOf(name);
  const env = {
    DATABASE_URL: urls.appUrl, DATABASE_ADMIN_URL: urls.adminUrl, MASTER_KEY: masterKey.toString('base64'), JWT_SECRET: randomBytes(32).toString('hex'),
    KAFKA_BROKERS: settings.brokers.join(','), KAFKA_TOPIC_PREFIX: settings.prefix, KAFKA_PARTITIONS: '4',
  };
  let program: TestProgram | null = null;
  let folder = '';
  afterAll(async () => {
    await program?.close();
    await dropRestored(name);
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  const open = async (): Promise<TestProgram> => (program = await startTestProgram({ databaseUrl: urls.appUrl, masterKey, clock: systemClock, kafka: settings, redisUrls: redis?.urls ?? null, roles: ['api', 'outbox-relay', 'context-engine', 'live-bridge'] }));
  const rows = (sql: string) => onServer(sql, name);
  const pointsOf = async (event: string): Promise<number> => Number((await rows(`select count(*) as n from audit_logs l where ${takenIn('context-engine', 'l')} and l.kind = 'signal.ingested' and l.data::text like '%' || (select id::text from signal where source_event_id = '${event}') || '%'`))[0]?.['n']);

  test('consumers take in again what the backup does not know they did, nothing of the lost future, and anchors on Kafka need an acceptance', async () => {
    folder = await mkdtemp(join(tmpdir(), 'context-graph-kafka-restore-'));
    const backup = join(folder, 'one.backup');
    await onServer(`create database ${name} template template0`);
    await runCommandLine('migrate', [], env);
    let running = await open();
    const { tenant } = running;
    const verify = async () => running.query<{ auditVerification: { intact: boolean; tampering: string | null; anchorsOnBus: number | null; acceptedRestores: unknown[] } }, never>('{ auditVerification { intact tampering anchorsOnBus acceptedRestores { lostFrom lostTo } } }', undefined, { token: await running.token('admin', { hours: 24 * 3_650 }) });
    const modelVersion = async () => (await running.query<{ scoringModel: { version: number } }, never>('{ scoringModel { version } }', undefined, { token: await running.token('admin', { hours: 24 * 3_650 }) })).data?.scoringModel.version;
    const account = await makeAccount(running, 'K');
    await signal(running, [{ account: 'K', event: 'before' }]);
    await until('the first signal is scored', async () => (await pointsOf('before')) === 1, 60_000);

    // The engine stands still while this one is stored and published: the backup has the signal, not its effect.
    await running.stop();
    running = program = await startTestProgram({ databaseUrl: urls.appUrl, masterKey, clock: systemClock, kafka: settings, roles: ['api', 'outbox-relay'] });
    await signal(running, [{ account: 'K', event: 'between' }]);
    await until('it is on the bus', async () => Number((await rows('select count(*) as n from outbox'))[0]?.['n']) === 0, 60_000);
    const made = await runCommandLine('backup', ['--to', backup], env);
    expect(made).toMatchObject({ code: 0 });
    await running.stop();
    running = await open();
    await until('it is scored after the backup', async () => (await pointsOf('between')) === 1, 60_000);
    await signal(running, [{ account: 'K', event: 'lost', type: 'demo_request' }]);
    await until('the one to be lost is scored', async () => (await pointsOf('lost')) === 1, 60_000);
    // Read once, the second model is in Redis.
    await running.database.transact({ tenantId: tenant, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, (work) => publishScoringModel(work, defaultScoringModelParameters(60)));
    await until('the second model is in force', async () => (await modelVersion()) === 2);
    const cached = redis?.client();
    await until('it is cached', async () => ((await cached?.keys('*'))?.length ?? 0) > 0);
    await running.database.transact({ tenantId: tenant, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
      for (let fact = 0; fact < 1_100; fact += 1) work.record({ kind: 'audit.exported', version: 1, accountId: null, data: { accountId: null, recordedFrom: null, recordedBefore: null } });
    });
    const { database, newId, signer, keys } = running;
    const bus = createKafkaBus({ deadLetters: createDeadLetters({ database, clock: systemClock, newId }), settings, kinds: [], kept: ['audit.anchored'], onError: () => undefined, onLog: () => undefined });
    await anchorChains({ database, bus, signer, keys, log: { error: () => undefined, warn: () => undefined } as never }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' });
    await bus.close();
    await until('everything is on the bus', async () => Number((await rows('select count(*) as n from outbox'))[0]?.['n']) === 0, 60_000);
    await running.stop();

    expect(await runCommandLine('restore', ['--from', backup, '--replace'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(await pointsOf('between')).toBe(0);
    running = await open();
    expect(await modelVersion()).toBe(1);
    await until('what was published before the backup is scored again', async () => (await pointsOf('between')) === 1, 60_000);
    await signal(running, [{ account: 'K', event: 'after' }]);
    await until('new signals are scored', async () => (await pointsOf('after')) === 1, 60_000);
    expect(await rows('select * from dead_letter')).toEqual([]);
    // Nothing of the lost future has an effect: the inbox knows facts of this history alone.
    expect(await rows(`select b.block from inbox_block b join audit_head h using (tenant_id) where b.consumer = 'context-engine' and b.block * 1024 + 1023 > h.sequence and position(B'1' in substring(b.seen from (greatest(h.sequence + 1 - b.block * 1024, 0))::int + 1)) > 0`)).toEqual([]);

    const before = await verify();
    expect(before.data?.auditVerification).toMatchObject({ intact: false, anchorsOnBus: 1 });
    const accepted = await runCommandLine('audit', ['accept-restore', '--by', 'operator-7', '--tenant', tenant], env);
    expect(accepted).toMatchObject({ code: 0, stderr: '' });
    const after = await verify();
    expect(after.data?.auditVerification).toMatchObject({ intact: true, acceptedRestores: [{ lostTo: expect.any(Number) }] });
    expect(account).toBeDefined();
    expect(await createTenant(running.database, running.newId, { slug: 'aurora', name: 'Aurora', highIntentThreshold: 75 })).toBe(tenant);
  }, 600_000);
});
