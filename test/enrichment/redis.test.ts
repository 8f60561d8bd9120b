import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { budgetKey, requestEnrichment, settleEnrichments } from '../../src/features/enrichment/index.ts';
import { isSpentByCopy } from '../../src/features/enrichment/budget-copies.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { inWork, policy, uuidOf } from './arrange.ts';

describe.runIf(redisAvailable(import.meta.filename))('copies of budgets in Redis', () => {
  let redis: TestRedis;
  let program: Arranged;
  beforeAll(async () => {
    redis = await startTestRedis();
    program = await arrange({ redisUrls: redis.urls, roles: roles.filter((role) => role !== 'scheduler') });
    await policy(program, { provider: 'MOCK_CLEARBIT' });
  });
  afterAll(async () => {
    await program?.close();
    await redis?.close();
  });

  test('what is reserved and spent is copied with every change, and says when nothing is left', async () => {
    const accountId = uuidOf<'Account'>(await program.account('copied'));
    const of = { tenantId: program.tenant, accountId, month: '2026-11-01' };
    const key = budgetKey(of);
    expect(key).toBe(`enrich:{${program.tenant}:${accountId}}:2026-11`);
    const copied = (text: string): Promise<string> => until(`the copy is ${text}`, async () => { const found = await redis.client().get(key); return found === text && found; });
    const isSpent = (limitMinor: number): Promise<boolean> => isSpentByCopy(program.copies, { ...of, limitMinor, priceMinor: 10 });
    expect(await isSpent(10)).toBe(false);
    const { id } = await inWork(program, (work) => requestEnrichment(work, { accountId, trigger: 'MANUAL', contextQuality: null }));
    await copied('1:{"reservedMinor":10,"spentMinor":0}');
    // What is reserved may be released: only what is spent says that nothing is left.
    expect(await isSpent(10)).toBe(false);
    await program.admin.query(`update enrichment set status = 'CALLING', call_id = gen_random_uuid(), called_at = requested_at where id = $1`, [id]);
    program.clock.advance(16 * 60_000);
    await settleEnrichments(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
    await copied('2:{"reservedMinor":0,"spentMinor":10}');
    expect([await isSpent(10), await isSpent(19), await isSpent(20)]).toEqual([true, true, false]);
    await redis.client().set(key, '3:not a budget');
    expect(await isSpent(10)).toBe(false);
  });
});
