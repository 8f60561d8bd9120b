import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDoorbell, type Doorbell } from '../../../src/platform/postgres/doorbell.ts';
import { openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
const doorbells: Doorbell[] = [];
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  await Promise.all(doorbells.map((doorbell) => doorbell.close()));
  await fixture.close();
});

/** Another process's doorbell; told when it has looked at the channel. */
async function newDoorbell(): Promise<{ doorbell: Doorbell; wakes: () => number }> {
  const doorbell = createDoorbell(fixture.url, () => undefined);
  doorbells.push(doorbell);
  let wakes = 0;
  doorbell.listen('outbox', () => {
    wakes += 1;
  });
  // It looks once as soon as it is connected.
  await vi.waitFor(() => expect(wakes).toBe(1));
  return { doorbell, wakes: () => wakes };
}

test('a ring reaches this process at once, every other one soon, and only its channel', async () => {
  const [here, there] = [await newDoorbell(), await newDoorbell()];
  here.doorbell.ring('bus');
  here.doorbell.ring('outbox');
  expect(here.wakes()).toBe(2);
  await vi.waitFor(() => expect(there.wakes()).toBe(2));
  expect(here.wakes()).toBe(2);
});

test('after a lost connection everybody looks again, and rings made meanwhile arrive', async () => {
  const [here, there] = [await newDoorbell(), await newDoorbell()];
  await fixture.admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'context-graph doorbell' and datname = current_database()");
  here.doorbell.ring('outbox');
  expect(here.wakes()).toBe(2);
  await vi.waitFor(() => expect(there.wakes()).toBeGreaterThanOrEqual(2), { timeout: 10_000 });
  await vi.waitFor(() => expect(here.wakes()).toBeGreaterThanOrEqual(3), { timeout: 10_000 });
  const before = there.wakes();
  here.doorbell.ring('outbox');
  await vi.waitFor(() => expect(there.wakes()).toBeGreaterThan(before));
});

test('who has stopped listening is left in peace', async () => {
  const { doorbell } = await newDoorbell();
  let wakes = 0;
  const stop = doorbell.listen('bus', () => {
    wakes += 1;
  });
  doorbell.ring('bus');
  stop();
  doorbell.ring('bus');
  expect(wakes).toBe(1);
});
