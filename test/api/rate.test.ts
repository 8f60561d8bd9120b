import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCallerAdmission } from '../../src/api/limits/admit-caller.ts';
import { addressKey, createRateLimiter, takeOrRefuse } from '../../src/api/limits/rate.ts';
import type { Principal } from '../../src/features/access/index.ts';
import { LimitExceeded, Unauthenticated, Unavailable } from '../../src/platform/errors.ts';
import type { Id } from '../../src/platform/ids.ts';
import { FrozenClock } from '../../src/platform/clock.ts';

const limiter = (burst = 10, perSecond = 2) => {
  const clock = new FrozenClock('2026-11-21T12:00:00Z');
  return { clock, rate: createRateLimiter({ burst, perSecond }, clock) };
};

describe('a bucket', () => {
  test('gives what it holds, says how long the rest takes, and then has it', async () => {
    const { clock, rate } = limiter();
    expect(await rate.take('a', 8)).toBeNull();
    expect(await rate.take('a', 8)).toBe(3);
    clock.advance(2_999);
    expect(await rate.take('a', 8)).toBe(1);
    clock.advance(1);
    expect(await rate.take('a', 8)).toBeNull();
    expect(await rate.take('b', 8)).toBeNull();
  });

  test('never holds more than its burst, and gives at most that for what is dearer', async () => {
    const { clock, rate } = limiter();
    clock.advance(3_600_000);
    expect(await rate.take('a', 1_000)).toBeNull();
    expect(await rate.take('a', 1)).toBe(1);
    expect(await rate.take('a', 1_000)).toBe(5);
  });

  test('asked for nothing it says whether anything is left, and takes nothing', async () => {
    const { rate } = limiter(1);
    for (const cost of [0, -3, 0]) expect(await rate.take('a', cost)).toBeNull();
    expect(await rate.take('a', 1)).toBeNull();
    expect(await rate.take('a', 0)).toBe(1);
  });

  test('does not fill or empty when the clock goes back', async () => {
    const { clock, rate } = limiter();
    await rate.take('a', 10);
    clock.advance(-60_000);
    expect(await rate.take('a', 2)).toBe(1);
    clock.advance(1_000);
    expect(await rate.take('a', 2)).toBeNull();
  });

  test('over any time gives no more than burst and refill', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ wait: fc.nat(5_000), cost: fc.nat(15) }), { maxLength: 60 }), async (steps) => {
        const { clock, rate } = limiter();
        let given = 0;
        let passed = 0;
        for (const { wait, cost } of steps) {
          clock.advance(wait);
          passed += wait;
          const refused = await rate.take('a', cost);
          if (refused === null) given += Math.min(cost, 10);
          else expect(refused).toBeGreaterThanOrEqual(1);
        }
        expect(given).toBeLessThanOrEqual(10 + (passed / 1_000) * 2 + 1e-6);
      }),
    );
  });

  test('is forgotten when 50,000 others were used since', async () => {
    const { rate } = limiter();
    await rate.take('first', 10);
    for (let i = 0; i < 49_999; i += 1) await rate.take(`other ${i}`, 1);
    expect(await rate.take('first', 1)).toBe(1);
    for (let i = 0; i < 50_000; i += 1) await rate.take(`another ${i}`, 1);
    expect(await rate.take('first', 1)).toBeNull();
  });

  test('a refusal says when to come again', async () => {
    const { rate } = limiter();
    await takeOrRefuse(rate, 'a', 10);
    const refused: unknown = await takeOrRefuse(rate, 'a', 10).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LimitExceeded);
    expect(refused).toMatchObject({ message: 'Too much was asked in a short time. Try again in 5 s.', retryAfterSeconds: 5 });
  });
});

test('an address counts as itself, an IPv6 address as its network', () => {
  const keys = ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::9', '2001:DB8:1:2:ffff::', 'fe80::1%eth0', '::1', '2001:db8::7', 'unix'].map(addressKey);
  expect(keys).toEqual(['203.0.113.9', '203.0.113.9', '2001:db8:1:2::/64', '2001:db8:1:2::/64', '2001:db8:1:2::/64', 'fe80:0:0:0::/64', '0:0:0:0::/64', '2001:db8:0:0::/64', 'unix']);
});

describe('callers who are refused', () => {
  const principal: Principal = { tenantId: 'acme' as Id<'Tenant'>, actor: { kind: 'machine', id: 'm' }, roles: new Set(['agent']), expiresAt: null };
  const admission = (failure: () => Error) => {
    const { clock, rate } = limiter(3, 1);
    const asked: string[] = [];
    const admit = createCallerAdmission(async (authorization, apiKey) => {
      asked.push(apiKey ?? authorization ?? '');
      if (apiKey === 'good' || authorization === 'good') return principal;
      throw failure();
    }, rate);
    const byKey = (apiKey: string, address = '203.0.113.9') => admit({ authorization: undefined, apiKey, address });
    const byToken = (authorization: string, address = '203.0.113.9') => admit({ authorization, apiKey: undefined, address });
    return { clock, asked, byKey, byToken };
  };

  test('are counted by address; then its keys are no longer looked up, its tokens still are', async () => {
    const { clock, asked, byKey, byToken } = admission(() => new Unauthenticated('no'));
    for (const guess of ['1', '2', '3']) await expect(byKey(guess)).rejects.toThrow(Unauthenticated);
    await expect(byKey('good')).rejects.toThrow(LimitExceeded);
    expect(asked).toEqual(['1', '2', '3']);
    await expect(byToken('bad')).rejects.toThrow(LimitExceeded);
    expect(await byToken('good')).toBe(principal);
    expect(await byKey('good', '203.0.113.10')).toBe(principal);
    clock.advance(1_000);
    expect(await byKey('good')).toBe(principal);
  });

  test('only count when it was their fault', async () => {
    const { byKey } = admission(() => new Unavailable('later'));
    for (let i = 0; i < 10; i += 1) await expect(byKey('any')).rejects.toThrow(Unavailable);
    for (let i = 0; i < 10; i += 1) await byKey('good');
  });
});
