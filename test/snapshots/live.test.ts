import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import type { Task } from '../../src/platform/jobs/task.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { liveAs } from '../harness/live-client.ts';
import { create } from './arrange.ts';

let program: Arranged;
let tasks: Record<string, Task>;
let ids: string[] = [];
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  tasks = jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined, error: () => undefined } as never });
  ids = (await program.upsertAccounts(Array.from({ length: 250 }, (_, index) => ({ externalRef: crm(`a-${index}`), name: `a-${index}` })))).results.map(({ id }) => id ?? '');
});
afterAll(() => program?.close());

const created = 'subscription($accountId: ID, $after: String) { snapshotCreated(accountId: $accountId, after: $after) { __typename cursor ... on SnapshotCreated { initial snapshot { id sequenceNumber } } } }';
const changed = 'subscription($id: ID!, $after: String) { snapshotJobChanged(id: $id, after: $after) { __typename cursor ... on SnapshotJobChange { initial job { status progress { done total failed } } } } }';

test('snapshots are told as they are taken, the latest first; a cursor goes on without gap or duplicate', async () => {
  const [id = '', other = ''] = ids;
  const live = await liveAs(program, 'viewer');
  const own = live.subscribe(created, { accountId: id });
  expect(await own.atLeast(1)).toMatchObject([{ __typename: 'Listening' }]);
  await create(program, [other]);
  for (let count = 0; count < 3; count += 1) await create(program, [id]);
  const seen = await own.atLeast(4);
  expect(seen.slice(1).map((event) => event['snapshot'])).toMatchObject([{ sequenceNumber: 1 }, { sequenceNumber: 2 }, { sequenceNumber: 3 }]);
  own.stop();
  await create(program, [id]);
  const again = live.subscribe(created, { accountId: id, after: seen[2]?.cursor });
  expect((await again.atLeast(2)).map((event) => event['snapshot'])).toMatchObject([{ sequenceNumber: 3 }, { sequenceNumber: 4 }]);
  const present = live.subscribe(created, { accountId: id });
  expect(await present.atLeast(1)).toMatchObject([{ initial: true, snapshot: { sequenceNumber: 4 } }]);
  const refused = await live.subscribe(created, { accountId: 'nonsense' }).refused();
  expect(refused.extensions).toMatchObject({ code: 'NOT_FOUND' });
  await live.close();
});

test('a job tells how far it is, batch by batch, to its end', async () => {
  const job = await create(program, null);
  const live = await liveAs(program, 'viewer');
  const told = live.subscribe(changed, { id: job.id });
  expect(await told.atLeast(1)).toMatchObject([{ initial: true, job: { status: 'RUNNING', progress: { done: 0, total: 250, failed: 0 } } }]);
  const jobId = job.id.slice(job.id.indexOf('_') + 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  await tasks['take-snapshots']?.run({ tenantId: program.tenant, jobId, requestId: 'test' }, {} as never);
  const events = await told.atLeast(3);
  expect(events.at(-1)).toMatchObject({ initial: false, job: { status: 'DONE', progress: { done: 250, total: 250, failed: 0 } } });
  const theirs = await liveAs(program, 'viewer', { tenant: program.otherTenant });
  expect((await theirs.subscribe(changed, { id: job.id }).refused()).extensions).toMatchObject({ code: 'NOT_FOUND' });
  await theirs.close();
  await live.close();
});
