import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { arrangeContext, contextOf, stateSample } from './arrange-context.ts';

describe.runIf(redisAvailable(import.meta.filename))('in Redis', () => {
  let redis: TestRedis;
  let program: Arranged;
  let id: string;
  beforeAll(async () => {
    redis = await startTestRedis();
    program = await arrangeContext({ redisUrls: redis.urls });
    id = await stateSample(program);
  });
  afterAll(async () => {
    await program?.close();
    await redis?.close();
  });

  const key = (): string => `ctx:{${program.tenant}}:${id.slice(id.indexOf('_') + 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
  const kept = (): Promise<string> => until('the context is kept', async () => {
    await contextOf(program, id);
    const text = await redis.client().get(key());
    return text?.startsWith('=') === true && text;
  });

  test('a context is kept for 300 s under the tenant and the account, and people at the account are sealed in it', async () => {
    const text = await kept();
    const ttl = await redis.client().ttl(key());
    expect(ttl).toBeGreaterThan(290);
    expect(ttl).toBeLessThanOrEqual(300);
    expect(text).toContain('ACME-456');
    expect(text).not.toMatch(/Martinez|@acme\.com/);
  });

  test('an erasure leaves nothing of the person in it', async () => {
    expect(await kept()).toContain('Jane mentioned');
    const { data } = await program.query<{ erasurePreview: { digest: string } }, Record<string, unknown>>('{ erasurePreview(email: "jane.martinez@acme.com") { digest } }', {}, { role: 'privacy_officer' });
    await program.query('mutation($digest: String!) { eraseSubject(email: "jane.martinez@acme.com", previewDigest: $digest) { __typename } }', { digest: data?.erasurePreview.digest }, { role: 'privacy_officer' });
    const all = await Promise.all((await redis.client().keys('*')).map(async (each) => (await redis.client().get(each).catch(() => '')) ?? ''));
    expect(all.join('\n')).not.toContain('Jane mentioned');
    expect(JSON.stringify((await contextOf(program, id)).document)).not.toMatch(/jane|martinez/i);
  });

  test('while Redis is away the same context comes from PostgreSQL, and the log says so', async () => {
    await kept();
    const { document } = await contextOf(program, id);
    await redis.stop();
    const { cached_at: _cachedAt, ...without } = (await contextOf(program, id)).document;
    const { cached_at: _before, ...expected } = document;
    expect(without).toEqual(expected);
    expect(program.logged.map(({ message }) => message)).toContainEqual('redis_unavailable, falling_back_to_backend');
    await redis.start();
    await kept();
  });
});
