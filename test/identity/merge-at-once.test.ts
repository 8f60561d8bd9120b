import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockAccounts } from '../../src/features/accounts/index.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { uuidOf } from '../actions/queue.ts';
import { merging } from './arrange.ts';
import type { Id } from '../../src/platform/ids.ts';

let program: Arranged;
let accounts: ReturnType<typeof merging>;
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
  accounts = merging(program, 'Account');
});
afterAll(() => program.close());

/** Whether the merges that hold are a forest, and every account counts for its root. */
async function isForest(): Promise<boolean> {
  const edges = new Map((await program.rows('select child_id as child, into_id as parent from node_merge where undone_at is null')).map(({ child, parent }) => [String(child), String(parent)]));
  const rows = await program.rows('select id, survivor_id as survivor from node_identity where tenant_id = $1', [program.tenant]);
  return rows.every(({ id, survivor }) => {
    let root = String(id);
    for (let steps = 0; edges.has(root); steps += 1) {
      if (steps > edges.size) return false;
      root = edges.get(root) ?? root;
    }
    return root === String(survivor);
  });
}

test('of merges at once of groups that overlap one wins or all apply, and never a circle', async () => {
  for (let round = 0; round < 6; round += 1) {
    const ids = await Promise.all([0, 1, 2, 3].map((number) => program.account(`round-${round}-${number}`)));
    const [a = '', b = '', c = '', d = ''] = ids;
    const pairs = [[a, b], [b, a], [b, c], [c, d], [d, a]] as const;
    const answers = await Promise.all(pairs.map(([into, from]) => accounts.merge(into, from)));
    for (const answer of answers) expect(['AccountMerge', 'ConflictError']).toContain(answer.__typename);
    expect(answers.filter(({ __typename }) => __typename === 'AccountMerge')).toHaveLength(3);
    expect(await isForest()).toBe(true);
    expect(await program.count('select distinct survivor_id from node_identity where id = any($1)', [ids.map(uuidOf)])).toBe(1);
    const undone = await Promise.all(answers.flatMap(({ __typename, id }) => (__typename === 'AccountMerge' ? [id, id] : [])).map((id) => accounts.unmerge(id)));
    expect(undone.filter(({ __typename }) => __typename === 'AccountMerge')).toHaveLength(3);
    expect(await program.count('select from node_identity where id = any($1) and survivor_id <> id', [ids.map(uuidOf)])).toBe(0);
    expect(await program.count('select from account where id = any($1)', [ids.map(uuidOf)])).toBe(4);
  }
});

test('deliveries while accounts are merged and unmerged count for the account that they name', async () => {
  const [one, two] = [await program.account('busy-one'), await program.account('busy-two')];
  const deliver = (number: number) => program.ingest([{ account: { externalRef: crm('busy-two') }, type: 'meeting', source: 'test', sourceEventId: `busy-${number}` }]);
  const turns = Array.from({ length: 10 }, (_, number) => number);
  const decide = async () => {
    for (let turn = 0; turn < 3; turn += 1) await accounts.unmerge((await accounts.merge(one, two)).id);
  };
  await Promise.all([decide(), ...turns.map(deliver)]);
  expect(await program.count('select from signal where account_id = $1', [uuidOf(two)])).toBe(10);
  expect(await program.count('select from signal where account_id = $1', [uuidOf(one)])).toBe(0);
});

test('whoever merges waits for who works with one of the accounts, and holds up nobody else', async () => {
  const [one, two, other] = [await program.account('held-one'), await program.account('held-two'), await program.account('held-other')];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = new Promise<void>((locked) => {
    void program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => {
      await lockAccounts(work, [uuidOf(two) as Id<'Account'>]);
      locked();
      await released;
    });
  });
  await begun;
  const merge = accounts.merge(one, two);
  await program.ingest([{ account: { id: other }, type: 'meeting', source: 'test', sourceEventId: 'held' }]);
  expect(await program.count('select from node_merge where undone_at is null and into_id = $1', [uuidOf(one)])).toBe(0);
  release();
  expect(await merge).toMatchObject({ __typename: 'AccountMerge' });
});
