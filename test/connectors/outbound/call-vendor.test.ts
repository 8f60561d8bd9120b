import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createVendorCaller, type CalledConnection } from '../../../src/features/connectors/outbound/call-vendor.ts';
import type { CallPace } from '../../../src/features/connectors/outbound/call-pace.ts';
import { VendorFault } from '../../../src/features/connectors/outbound/vendor-fault.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Id } from '../../../src/platform/ids.ts';
import { metricsText } from '../../../src/platform/metrics.ts';

const now = Date.parse('2026-11-21T09:00:00.000Z');
const quick: Partial<CallPace> = { pauses: { first: 0, most: 0 }, timeout: 20, longestWait: 50 };
const read = { operation: 'read', isIdempotent: true };
const write = { operation: 'write', isIdempotent: false };
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now }));
afterEach(() => vi.useRealTimers());

/** What a body does, call by call; it counts. */
function scripted(...steps: readonly (VendorFault | Error | 'HANG' | 'DONE')[]): { readonly body: (signal: AbortSignal) => Promise<string>; readonly made: () => number } {
  let made = 0;
  return {
    made: () => made,
    body: async () => {
      const step = steps[Math.min(made, steps.length - 1)];
      made += 1;
      if (step === 'HANG') return new Promise(() => undefined);
      if (step !== 'DONE') throw step ?? new Error('no step');
      return 'answer';
    },
  };
}

let names = 0;
function open({ pace = {}, most = 4, waiting = 10 }: { readonly pace?: Partial<CallPace>; readonly most?: number; readonly waiting?: number } = {}) {
  const caller = createVendorCaller({ clock: systemClock, log: silent as never, pace: { ...quick, ...pace } });
  const closing = new AbortController();
  names += 1;
  const connection: CalledConnection = {
    tenantId: 'tenant' as Id<'Tenant'>,
    connectionId: `connection-${names}` as Id<'Connection'>,
    api: { source: 'slack', concurrency: { most, waiting }, classify: () => new VendorFault('UNAVAILABLE', 'slack is not available.') },
    signal: closing.signal,
  };
  return { caller, connection, close: () => closing.abort() };
}

const outage = new VendorFault('UNAVAILABLE', 'slack is not available.');
const limited = (milliseconds: number | null, more: object = {}) => new VendorFault('RATE_LIMITED', 'slack wants fewer calls.', { ...(milliseconds === null ? {} : { retryAt: new Date(now + milliseconds) }), ...more });

test('a call that may be repeated is tried again after an outage and a time-out, three times in all', async () => {
  const { caller, connection } = open();
  const mended = scripted(outage, 'HANG', 'DONE');
  expect(await caller.call(connection, read, mended.body)).toBe('answer');
  const broken = scripted(outage);
  await expect(caller.call(open().connection, read, broken.body)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect([mended.made(), broken.made()]).toEqual([3, 3]);
});

test('a call that may not be repeated is made once, except where a rate limit refused it', async () => {
  for (const fault of [outage, 'HANG'] as const) {
    const { caller, connection } = open();
    const failing = scripted(fault);
    await expect(caller.call(connection, write, failing.body)).rejects.toMatchObject({ code: fault === 'HANG' ? 'TIMEOUT' : 'UNAVAILABLE' });
    expect(failing.made()).toBe(1);
  }
  const { caller, connection } = open();
  const refused = scripted(limited(1), 'DONE');
  expect(await caller.call(connection, write, refused.body)).toBe('answer');
  expect(refused.made()).toBe(2);
});

test.each(['UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'REFUSED', 'UNREADABLE', 'QUOTA_USED_UP'] as const)('%s is not tried again', async (code) => {
  const { caller, connection } = open();
  const failing = scripted(new VendorFault(code, 'No.'));
  await expect(caller.call(connection, read, failing.body)).rejects.toMatchObject({ code });
  expect(failing.made()).toBe(1);
});

test('a limit that lasts longer than a call may wait stops all calls of the connection until then, and no others', async () => {
  const { caller, connection } = open();
  const failing = scripted(limited(60_000, { limitReason: 'burst' }), 'DONE');
  await expect(caller.call(connection, read, failing.body)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAt: new Date(now + 60_000) });
  await expect(caller.call(connection, write, failing.body)).rejects.toMatchObject({ code: 'RATE_LIMITED', limitReason: 'burst', limitScope: 'CONNECTION' });
  expect(failing.made()).toBe(1);
  const other = { ...connection, connectionId: 'another' as Id<'Connection'> };
  expect(await caller.call(other, read, scripted('DONE').body)).toBe('answer');
  vi.setSystemTime(now + 60_000);
  expect(await caller.call(connection, write, failing.body)).toBe('answer');
});

test('a limit of one operation does not stop others', async () => {
  const { caller, connection } = open();
  await expect(caller.call(connection, read, scripted(limited(60_000, { limitScope: 'OPERATION' })).body)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  expect(await caller.call(connection, write, scripted('DONE').body)).toBe('answer');
  await expect(caller.call(connection, read, scripted('DONE').body)).rejects.toMatchObject({ code: 'RATE_LIMITED', limitScope: 'OPERATION' });
});

test('a vendor cannot stop calls for more than a day, and a quota without a time stops them for an hour', async () => {
  const { caller, connection } = open();
  await expect(caller.call(connection, read, scripted(limited(1e12)).body)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  await expect(caller.call(connection, read, scripted('DONE').body)).rejects.toMatchObject({ retryAt: new Date(now + 86_400_000) });
  const other = open();
  await expect(other.caller.call(other.connection, read, scripted(new VendorFault('QUOTA_USED_UP', 'No more.')).body)).rejects.toMatchObject({ code: 'QUOTA_USED_UP', retryAt: new Date(now + 3_600_000) });
  await expect(other.caller.call(other.connection, read, scripted('DONE').body)).rejects.toMatchObject({ code: 'QUOTA_USED_UP', retryAt: new Date(now + 3_600_000) });
});

test('the circuit breaker opens after failed attempts in a row, lets one call try, and closes when it succeeds', async () => {
  const { caller, connection } = open();
  const openCircuits = async (): Promise<string | undefined> => /vendor_open_circuits\{vendor="slack"\} (\d+)/.exec(await metricsText())?.[1];
  const failing = scripted(outage);
  await expect(caller.call(connection, read, failing.body)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(caller.call(connection, read, failing.body)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect([failing.made(), caller.isCircuitOpen(connection), await openCircuits()]).toEqual([5, true, '1']);
  await expect(caller.call(connection, read, failing.body)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAt: new Date(now + 10_000) });
  expect(failing.made()).toBe(5);
  vi.setSystemTime(now + 10_000);
  await expect(caller.call(connection, write, failing.body)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(caller.call(connection, write, failing.body)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAt: new Date(now + 30_000) });
  vi.setSystemTime(now + 30_000);
  expect(await caller.call(connection, read, scripted('DONE').body)).toBe('answer');
  expect([caller.isCircuitOpen(connection), await openCircuits()]).toEqual([false, '0']);
});

test('refusals say nothing of the vendor being down: the circuit breaker stays closed', async () => {
  const { caller, connection } = open();
  for (let time = 0; time < 10; time += 1) await expect(caller.call(connection, read, scripted(new VendorFault('UNAUTHORIZED', 'No.')).body)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(caller.isCircuitOpen(connection)).toBe(false);
});

test('so many calls at once and no more; a few wait, and what is beyond is refused', async () => {
  const { caller, connection } = open({ most: 2, waiting: 1, pace: { timeout: 5_000 } });
  let running = 0;
  const peak: number[] = [];
  const releases: (() => void)[] = [];
  const body = async (): Promise<string> => {
    running += 1;
    peak.push(running);
    await new Promise<void>((resolve) => releases.push(resolve));
    running -= 1;
    return 'answer';
  };
  const calls = Array.from({ length: 3 }, () => caller.call(connection, read, body));
  await vi.waitFor(() => expect(releases).toHaveLength(2));
  await expect(caller.call(connection, write, body)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  releases.splice(0).forEach((release) => release());
  await vi.waitFor(() => expect(releases).toHaveLength(1));
  releases.splice(0).forEach((release) => release());
  expect(await Promise.all(calls)).toEqual(['answer', 'answer', 'answer']);
  expect(Math.max(...peak)).toBe(2);
});

test('closing ends calls under way', async () => {
  const { caller, connection, close } = open({ pace: { timeout: 5_000 } });
  const call = caller.call(connection, read, scripted('HANG').body);
  const ended = expect(call).rejects.toMatchObject({ code: 'DISCONNECTED' });
  close();
  await ended;
});

test('a fault carries nothing of what the client threw', async () => {
  const { caller, connection } = open();
  const leaking = Object.assign(new Error('GET https://slack.com Authorization: Bearer xoxb-secret'), { config: { token: 'xoxb-secret' } });
  const api = { ...connection.api, classify: (error: unknown) => new VendorFault('REFUSED', 'slack refused the call.', { cause: error }) };
  const fault: unknown = await caller.call({ ...connection, api }, read, scripted(leaking).body).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(VendorFault);
  expect((fault as Error).cause).toBeUndefined();
  expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault as object)) + String((fault as Error).stack)).not.toContain('xoxb-secret');
});
