import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallPace, VendorApi, VendorSession } from '../../src/features/connectors/index.ts';
import { vendorApis } from '../../src/features/connectors/outbound/vendor-apis.ts';
import { openAlone } from './outbound/open-alone.ts';
import { noPlaces, outboundSamples, type OutboundSample } from './outbound/outbound-samples.ts';

test('every vendor that can be called has a sample', () => {
  expect(vendorApis.map(({ source }) => source).toSorted()).toEqual(Object.keys(outboundSamples).toSorted());
});

describe.each(vendorApis.map((api): [string, VendorApi] => [api.source, api]))('%s', (source, api) => {
  let sample: OutboundSample;
  const logged: unknown[] = [];
  const faults: unknown[] = [];
  beforeAll(async () => {
    sample = await (outboundSamples[source] ?? (() => Promise.reject(new Error('no sample'))))();
  });
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-21T09:00:00.000Z') }));
  afterEach(() => {
    vi.useRealTimers();
    sample.server.release();
    sample.server.forget();
  });
  afterAll(() => sample.server.stop());

  const open = (pace: Partial<CallPace> = {}): Promise<VendorSession> => openAlone(api, { url: sample.server.url, credentials: sample.credentials, settings: sample.settings, token: sample.token, pace: { timeout: 5_000, ...pace }, logged });
  /** The fault that a call ends with. */
  const fault = async (call: Promise<unknown>): Promise<unknown> => {
    const found: unknown = await call.then(() => 'no fault', (error: unknown) => error);
    faults.push(found);
    return found;
  };

  test('the credentials are checked, and an account and an object of it are read; one that is elsewhere is not', async () => {
    const session = await open();
    expect((await session.check()).account).not.toBe('');
    const reading = await session.readAccount(sample.account);
    expect((reading?.accounts.length ?? 0) + (reading?.records.length ?? 0)).toBeGreaterThan(0);
    expect(await session.readAccount(noPlaces)).toBeNull();
    const [object] = await session.readObjects([sample.object]);
    expect((object?.accounts.length ?? 0) + (object?.records.length ?? 0)).toBeGreaterThan(0);
  });

  test('what is fetched is stated as of the time of its change at the vendor', async () => {
    const reading = await (await open()).readAccount(sample.account);
    for (const { input } of [...(reading?.accounts ?? []), ...(reading?.records ?? [])]) expect(input.occurredAt).toMatch(/^20\d\d-.*Z$/);
  });

  test('the history comes page by page without a gap, from a place that is a text', async () => {
    const session = await open();
    const seen = new Set<string>();
    let [cursor, pages, items]: [string | null, number, number] = [null, 0, 0];
    do {
      const page = await session.readHistory(cursor);
      const refs = [...page.reading.accounts.map(({ input }) => input.externalRef), ...page.reading.records.map(({ input }) => input.externalRef)];
      items += refs.length;
      for (const found of refs) seen.add(`${found?.system} ${found?.id}`);
      cursor = page.next;
      pages += 1;
    } while (cursor !== null && pages < 1_000);
    expect([seen.size, pages > 1]).toEqual([sample.history, true]);
    // Parts may overlap where a vendor cannot go on behind an object exactly.
    expect(items).toBeLessThan(sample.history * 2);
  });

  test('refused credentials are UNAUTHORIZED, and not tried again', async () => {
    sample.server.trouble(sample.unauthorized);
    expect(await fault((await open()).check())).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(sample.server.count()).toBe(1);
  });

  test('a short limit is waited for; a long one ends the call and says until when', async () => {
    const session = await open();
    sample.server.trouble(sample.limited(0), { times: 1 });
    expect((await session.check()).account).not.toBe('');
    expect(sample.server.count()).toBeGreaterThanOrEqual(2);
    sample.server.forget();
    sample.server.trouble(sample.limited(120));
    expect(await fault(session.check())).toMatchObject({ code: 'RATE_LIMITED', retryAt: new Date('2026-11-21T09:02:00.000Z') });
    expect(await fault(session.check())).toMatchObject({ code: 'RATE_LIMITED' });
    expect(sample.server.count()).toBe(1);
  });

  test.each([['a 503', { status: 503, body: 'busy' }], ['a cut socket', 'CUT'], ['a cut body', 'CUT_BODY']] as const)('%s is tried again, and UNAVAILABLE if it stays', async (_what, trouble) => {
    const session = await open();
    sample.server.trouble(trouble, { times: 1 });
    expect((await session.check()).account).not.toBe('');
    sample.server.trouble(trouble);
    expect(await fault(session.check())).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a slow answer is a TIMEOUT', async () => {
    const session = await open();
    await session.check();
    sample.server.trouble('HANG');
    expect(await fault((await open({ timeout: 30, attempts: 2 })).check())).toMatchObject({ code: 'TIMEOUT' });
  });

  test('an answer of another shape is UNREADABLE, and not tried again', async () => {
    sample.server.trouble(sample.drift);
    expect(await fault((await open()).check())).toMatchObject({ code: 'UNREADABLE' });
    expect(new Set(sample.server.calls.map(({ path }) => path)).size).toBe(sample.server.count());
  });

  test('the circuit breaker opens after failures, and closes when a call succeeds', async () => {
    const session = await open({ attempts: 1, breakAfter: 2 });
    sample.server.trouble({ status: 500, body: 'broken' });
    for (const code of ['UNAVAILABLE', 'UNAVAILABLE', 'CIRCUIT_OPEN']) expect(await fault(session.check())).toMatchObject({ code });
    expect(sample.server.count()).toBe(2);
    sample.server.release();
    expect(await fault(session.check())).toMatchObject({ code: 'CIRCUIT_OPEN' });
    vi.setSystemTime(Date.parse('2026-11-21T09:00:10.000Z'));
    expect((await session.check()).account).not.toBe('');
    expect((await session.check()).account).not.toBe('');
  });

  test('a redirect is not followed', async () => {
    let followed = 0;
    sample.server.answer({ 'GET /elsewhere': () => ({ body: { followed: (followed += 1) } }) });
    sample.server.trouble({ status: 302, headers: { location: `${sample.server.url}/elsewhere` } }, { times: 1 });
    await fault((await open({ attempts: 1 })).check());
    expect(followed).toBe(0);
  });

  test('nothing secret is in the faults or the log', () => {
    expect(faults.length).toBeGreaterThan(8);
    const written = inspect([faults, logged], { depth: 10, showHidden: true });
    for (const secret of sample.secrets) expect(written).not.toContain(secret);
  });
});
