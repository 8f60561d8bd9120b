import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { account, create, type Job } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

test('a snapshot holds what is known of the account, and says where it comes from', async () => {
  const id = await account(program, 'a-1', { revenue: { amountMinor: 1_000_00, currency: 'USD' }, csm: { name: 'Carl', email: 'carl@us.example' } });
  const job = await create(program, [id]);
  expect(job).toEqual({ __typename: 'SnapshotJob', id: expect.stringMatching(/^SnapshotJob_/), status: 'DONE', progress: { done: 1, total: 1, failed: 0 }, snapshots: [{ id: expect.any(String), sequenceNumber: 1 }] });
  const found = await program.see<{ node: object }>('query($id: ID!) { node(id: $id) { ... on AccountSnapshot { sequenceNumber assignedCsm lineage { nodes { id type } } productsUsed kpiTotal recentNotes { content } } } }', { id: job.snapshots[0]?.id });
  expect(found.node).toMatchObject({ assignedCsm: 'Carl', sequenceNumber: 1 });
});
