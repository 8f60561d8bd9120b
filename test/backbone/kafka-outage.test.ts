import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAccount } from '../harness/accounts.ts';
import { acceptance, liveAs } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { startKafka } from '../services/kafka.ts';

const kafka = await startKafka({ mustBeOurs: true });

describe.skipIf(!kafka)('when Kafka dies and comes back', () => {
  let program: TestProgram;
  beforeAll(async () => {
    program = await startTestProgram({ kafka: { brokers: kafka?.brokers ?? [], ssl: false, sasl: null, prefix: 'outage.', partitions: 4, replication: 1 } });
  });
  afterAll(async () => {
    await program?.close();
    await kafka?.stop();
  });

  const post = async (account: string, event: string): Promise<number> => {
    const response = await fetch(`${program.url}/api/signals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` },
      body: JSON.stringify({ account: { id: account }, type: 'email_open', source: 'calendar', sourceEventId: event }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const health = async (door: string): Promise<{ status: number; body: { status: string; dependencies?: Record<string, { status: string; kind: string }> } }> => {
    const response = await fetch(`${program.healthUrl}${door}`);
    return { status: response.status, body: (await response.json()) as never };
  };

  test('ingest and reads go on, facts wait in the outbox, and the scores catch up in order', async () => {
    const account = await makeAccount(program, 'kafka-outage');
    const client = await liveAs(program, 'viewer');
    const feed = client.subscribe(acceptance('signals', 'Feed'), { accountId: account });
    const scores = client.subscribe(acceptance('signals', 'IntentLive'), { accountIds: [account] });
    await Promise.all([feed.atLeast(1), scores.atLeast(1)]);
    expect(await post(account, 'before')).toBe(202);
    await Promise.all([feed.atLeast(2), scores.atLeast(2)]);
    expect(await health('/health/detailed')).toMatchObject({ status: 200, body: { status: 'ok', dependencies: { bus: { status: 'up', kind: 'kafka' } } } });

    await kafka?.kill?.();
    for (let index = 0; index < 10; index += 1) expect(await post(account, `while-away-${index}`)).toBe(202);
    // What is stored can be read and followed; only the score waits.
    const { data, errors } = await program.query('query ($id: ID!) { account(id: $id) { signals(first: 1) { totalCount } } }', { id: account });
    expect([errors, data]).toEqual([undefined, { account: { signals: { totalCount: 11 } } }]);
    await feed.atLeast(12);
    expect(await health('/health/ready')).toMatchObject({ status: 200 });
    expect(await health('/health/detailed')).toMatchObject({ status: 200, body: { status: 'degraded', dependencies: { bus: { status: 'down' } } } });
    expect((await fetch(`${program.healthUrl}/metrics`)).status).toBe(200);

    await kafka?.restart?.();
    const raised = (): number[] => scores.events.slice(1).map((event) => Number(event['current']));
    const scored = 'query ($id: ID!) { account(id: $id) { intent { ... on IntentScore { value contributions(first: 50) { points } } } } }';
    await until('the score holds every signal', async () => {
      const answer = await program.query<{ account: { intent: { value: number; contributions: { points: number }[] } } }, { id: string }>(scored, { id: account });
      const intent = answer.data?.account.intent;
      return intent && intent.contributions.length === 11 && raised().some((score) => Math.abs(score - intent.value) < 1e-6);
    }, 60_000);
    expect(raised()).toEqual(raised().toSorted((a, b) => a - b));
    await client.close();
    // One line when it goes and one when it is back; what a starting Kafka answers (coordinators that load, partitions
    // without leaders) is no error.
    const place = kafka?.brokers.join(', ') ?? '';
    const told = (level: string): string[] => program.logged.filter((line) => line.level === level).map(({ message }) => message);
    await until('its return is told', () => told('info').includes(`Kafka at ${place} is reachable again.`), 20_000);
    const faults = program.logged.filter(({ level }) => level === 'error').map(({ fields, message }) => `${message}: ${String(fields['error'])}`);
    expect(faults).toEqual([]);
    expect(told('warn')).toEqual([`Cannot reach Kafka at ${place} (KAFKA_BROKERS). Events wait in the database until it is back.`]);
  }, 120_000);
});
