import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { retireByReference } from '../../src/features/accounts/index.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { merging } from './arrange.ts';

let program: Arranged;
let accounts: ReturnType<typeof merging>;
beforeAll(async () => {
  program = await arrange();
  accounts = merging(program, 'Account');
});
afterAll(() => program.close());

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly industry: string | null;
  readonly mergedFrom: readonly { id: string; mergeId: string; mergedAt: string; externalRefs: { id: string }[] }[];
  readonly opportunities: { totalCount: number };
  readonly notes: { totalCount: number };
  readonly signals: { totalCount: number };
}
const fields = 'id name industry mergedFrom { id mergeId mergedAt externalRefs { id } } opportunities { totalCount } notes { totalCount } signals { totalCount }';
const see = async (id: string, asOf: string | null = null): Promise<Shown | null> => (await program.see<{ account: Shown | null }>(`query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { ${fields} } }`, { id, asOf })).account;
const tick = (): string => {
  program.clock.advance(60_000);
  return program.clock.now().toISOString();
};
let made = 0;
/** An account with a note, an opportunity and a signal of its own. */
async function customer(more: Record<string, unknown> = {}): Promise<{ id: string; ref: string }> {
  const ref = `customer-${(made += 1)}`;
  const id = await program.account(ref, more);
  const account = { externalRef: crm(ref) };
  for (const plural of ['notes', 'opportunities']) await program.upsert(plural, [{ account, externalRef: crm(`${ref}-${plural}`), ...samples[plural]?.[0] }]);
  await program.ingest([{ account, type: 'meeting', source: 'test', sourceEventId: ref }]);
  return { id, ref };
}

describe('two accounts that are one', () => {
  test('both ids and references resolve to the survivor, which has the records and signals of both; before the merge and after its undoing there are two', async () => {
    const [one, two] = [await customer({ industry: 'Software' }), await customer()];
    const before = tick();
    tick();
    const merge = await accounts.send('mergeAccounts', { intoId: one.id, fromId: two.id, reason: 'Same company' });
    expect(merge).toMatchObject({ __typename: 'AccountMerge', into: { id: one.id }, from: { id: two.id }, reason: 'Same company', mergedBy: { id: 'test-analyst', kind: 'user' }, undoneAt: null, undoneBy: null });
    const merged = await see(one.id);
    expect(merged).toMatchObject({ id: one.id, industry: 'Software', opportunities: { totalCount: 2 }, notes: { totalCount: 2 }, signals: { totalCount: 2 } });
    expect(merged?.mergedFrom).toEqual([{ id: two.id, mergeId: merge.id, mergedAt: program.clock.now().toISOString(), externalRefs: [{ id: two.ref }] }]);
    expect(await see(two.id)).toEqual(merged);
    const found = await program.see<Record<string, { id: string }>>('query($ref: ExternalRefInput!, $id: ID!) { accountBy(by: { externalRef: $ref }) { id } node(id: $id) { id } }', { ref: crm(two.ref), id: two.id });
    expect(found).toEqual({ accountBy: { id: one.id }, node: { id: one.id } });
    const during = tick();
    tick();
    expect(await accounts.unmerge(merge.id)).toMatchObject({ __typename: 'AccountMerge', id: merge.id, undoneAt: program.clock.now().toISOString() });
    for (const { id } of [one, two]) expect(await see(id)).toMatchObject({ id, mergedFrom: [], opportunities: { totalCount: 1 }, notes: { totalCount: 1 }, signals: { totalCount: 1 } });
    expect(await see(two.id, before)).toMatchObject({ mergedFrom: [], opportunities: { totalCount: 1 }, notes: { totalCount: 1 }, signals: { totalCount: 1 } });
    const then = await see(two.id, during);
    expect(then).toMatchObject({ opportunities: { totalCount: 2 }, notes: { totalCount: 2 }, signals: { totalCount: 2 }, mergedFrom: [{ id: two.id }] });
    expect(then).toEqual(await see(one.id, during));
  });
});

describe('one source that knows both', () => {
  interface Claimed {
    readonly id: string;
    readonly industry: string | null;
    readonly retirement: { at: string } | null;
    readonly contradictions: readonly { field: string; candidates: readonly { source: string; value: unknown }[] }[];
  }
  const claims = async (id: string): Promise<Claimed | null> => (await program.see<{ account: Claimed | null }>('query($id: ID!) { account(id: $id) { id industry retirement { at } contradictions { field candidates { source value } } } }', { id })).account;
  const at = (hour: number): string => `2026-11-20T${String(hour).padStart(2, '0')}:00:00.000Z`;
  const end = (ref: string, hour: number): Promise<unknown> =>
    program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'deletion' }, (work) =>
      retireByReference(work, program.seal, [{ type: 'Account', externalRef: crm(ref), source: 'salesforce', occurredAt: at(hour) }]));

  test('says two things about the merged account: the later one holds, and the contradiction is shown', async () => {
    const [one, two] = [await customer({ industry: 'Software', occurredAt: at(2) }), await customer({ industry: 'Retail', occurredAt: at(1) })];
    await accounts.merge(one.id, two.id);
    const seen = await claims(one.id);
    expect(seen).toMatchObject({ industry: 'Software' });
    expect(seen?.contradictions.find(({ field }) => field === 'industry')?.candidates).toEqual([{ source: 'salesforce', value: 'Software' }, { source: 'salesforce', value: 'Retail' }]);

    await program.upsertAccounts([{ externalRef: crm(one.ref), industry: null, occurredAt: at(3) }]);
    expect(await claims(one.id)).toMatchObject({ industry: 'Retail' });
    await program.upsertAccounts([{ externalRef: crm(two.ref), industry: 'Wholesale', occurredAt: at(4) }]);
    expect((await claims(one.id))?.contradictions.find(({ field }) => field === 'industry')).toBeUndefined();
    expect(await claims(one.id)).toMatchObject({ industry: 'Wholesale' });
  });

  test('and has not ended the merged account before it has ended both', async () => {
    const [one, two] = [await customer({ occurredAt: at(1) }), await customer({ occurredAt: at(1) })];
    await accounts.merge(one.id, two.id);
    await end(two.ref, 2);
    expect(await claims(two.id)).toMatchObject({ id: one.id, retirement: null });
    await end(one.ref, 3);
    expect(await claims(two.id)).toMatchObject({ id: one.id, retirement: { at: at(3) } });
  });
});
