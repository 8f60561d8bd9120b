import { describe, expect, test } from 'vitest';
import { addressKey } from '../../src/api/limits/address-key.ts';
import { createAddressFailures } from '../../src/api/limits/address-failures.ts';
import { createCallerAdmission } from '../../src/api/limits/admit-caller.ts';
import { createCharges, type Charged } from '../../src/api/limits/charges.ts';
import type { Principal } from '../../src/features/access/index.ts';
import { LimitExceeded, Unauthenticated, Unavailable } from '../../src/platform/errors.ts';
import type { Id } from '../../src/platform/ids.ts';
import { createMemoryRateLimiter } from '../../src/platform/rate-limiter.ts';

const hour = 3_600;
const limiter = (points: number) => createMemoryRateLimiter('test', { points, seconds: hour });

describe('a rate limiter', () => {
  test('counts points by key, and tells what is left and when all are there again', async () => {
    const rate = limiter(10);
    expect(await rate.take('a', 8)).toMatchObject({ allowed: true, remaining: 2 });
    expect(rate.refusedFor('a')).toBe(0);
    const refused = await rate.take('a', 3);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.resetsIn).toBeGreaterThan(0);
    expect(refused.resetsIn).toBeLessThanOrEqual(hour * 1_000);
    expect(rate.refusedFor('a')).toBeGreaterThan(0);
    expect([rate.refusedFor('b'), await rate.take('b', 10)]).toEqual([0, expect.objectContaining({ allowed: true, remaining: 0 })]);
    expect(rate.refusedFor('b')).toBeGreaterThan(0);
  });
});

describe('charges', () => {
  const caller = (id: string, tenantId = 'acme'): Charged => ({ tenantId: tenantId as Id<'Tenant'>, actor: { kind: 'user', id } });

  test('are a caller\'s own, and its tenant\'s for all callers together', async () => {
    const { charge } = createCharges(limiter(10), limiter(15));
    await charge(caller('one'), 10);
    await expect(charge(caller('one'), 1)).rejects.toThrow(/^Rate limit exceeded\. Retry after \d+ s\.$/);
    await charge(caller('two'), 4);
    await expect(charge(caller('two'), 1)).rejects.toThrow(LimitExceeded);
    await charge(caller('two', 'other'), 10);
  });

  test('once used up are refused without asking again, with the time to wait', async () => {
    const charges = createCharges(limiter(10), limiter(1_000));
    charges.refuseUsedUp(caller('one'));
    await charges.charge(caller('one'), 11).catch(() => undefined);
    expect(() => charges.refuseUsedUp(caller('one'))).toThrow(LimitExceeded);
    try {
      charges.refuseUsedUp(caller('one'));
    } catch (error) {
      expect((error as LimitExceeded).retryAfterSeconds).toBeGreaterThan(hour - 60);
    }
    charges.refuseUsedUp(caller('two'));
  });

  test('that are owed come with the next one', async () => {
    const charges = createCharges(limiter(10), limiter(1_000));
    charges.owe(caller('one'), 6);
    charges.owe(caller('one'), 3);
    expect((await charges.charge(caller('one'), 1)).remaining).toBe(0);
  });
});

test('an address counts as itself, an IPv6 address as its network', () => {
  const keys = ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::9', '2001:DB8:1:2:ffff::', 'fe80::1%eth0', '::1', '2001:db8::7', 'unix'].map(addressKey);
  expect(keys).toEqual(['203.0.113.9', '203.0.113.9', '2001:db8:1:2::/64', '2001:db8:1:2::/64', '2001:db8:1:2::/64', 'fe80:0:0:0::/64', '0:0:0:0::/64', '2001:db8:0:0::/64', 'unix']);
});

describe('callers who are refused', () => {
  const principal: Principal = { tenantId: 'acme' as Id<'Tenant'>, actor: { kind: 'machine', id: 'm' }, roles: new Set(['agent']), expiresAt: null };
  const admission = (failure: () => Error) => {
    const asked: string[] = [];
    const admit = createCallerAdmission(async (authorization, apiKey) => {
      asked.push(apiKey ?? authorization ?? '');
      if (apiKey === 'good' || authorization === 'good') return principal;
      throw failure();
    }, createAddressFailures(limiter(3)));
    const byKey = (apiKey: string, address = '203.0.113.9') => admit({ authorization: undefined, apiKey, address });
    const byToken = (authorization: string, address = '203.0.113.9') => admit({ authorization, apiKey: undefined, address });
    return { asked, byKey, byToken };
  };

  test('are counted by address; then its keys are no longer looked up, its tokens still are', async () => {
    const { asked, byKey, byToken } = admission(() => new Unauthenticated('no'));
    for (const guess of ['1', '2', '3']) await expect(byKey(guess)).rejects.toThrow(Unauthenticated);
    await expect(byKey('good')).rejects.toThrow(LimitExceeded);
    expect(asked).toEqual(['1', '2', '3']);
    await expect(byToken('bad')).rejects.toThrow(LimitExceeded);
    expect(await byToken('good')).toBe(principal);
    expect(await byKey('good', '203.0.113.10')).toBe(principal);
  });

  test('only count when it was their fault', async () => {
    const { byKey } = admission(() => new Unavailable('later'));
    for (let i = 0; i < 10; i += 1) await expect(byKey('any')).rejects.toThrow(Unavailable);
    for (let i = 0; i < 10; i += 1) await byKey('good');
  });
});
