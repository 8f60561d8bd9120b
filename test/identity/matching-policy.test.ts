import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { uuidOf } from '../actions/queue.ts';
import { merging } from './arrange.ts';
import { arrangeMatching, type Matching, type SeenCandidate } from './matching-arrange.ts';

let program: Matching;
let accounts: ReturnType<typeof merging>;
let contacts: ReturnType<typeof merging>;
beforeAll(async () => {
  program = await arrangeMatching();
  [accounts, contacts] = [merging(program, 'Account'), merging(program, 'Contact')];
  await autoMerge(true);
});
afterAll(() => program.close());

const certain = ['SAME_REFERENCE', 'SAME_DOMAIN', 'SAME_PLACE', 'SAME_EMAIL'];
async function autoMerge(on: boolean): Promise<void> {
  const rules = certain.map((rule) => ({ rule, autoMerge: on }));
  dataOf(await program.query('mutation($input: MatchingPolicyInput!) { publishMatchingPolicy(input: $input) { __typename } }', { input: { rules } }, { role: 'admin' }));
  await program.policyApplied();
}

interface Seen {
  readonly id: string;
  readonly name: string;
  readonly isStub: boolean;
  readonly mergedFrom: readonly { readonly id: string; readonly mergeId: string }[];
}
const read = async (id: string): Promise<Seen> => (await program.see<{ account: Seen }>('query($id: ID!) { account(id: $id) { id name isStub mergedFrom { id mergeId } } }', { id })).account;
const survivorsOf = async (...ids: readonly string[]): Promise<string[]> => Promise.all(ids.map(async (id) => (await read(id)).id));
const withDomain = (id: string, domain: string): Promise<string> => program.account(id, { name: id, website: domain });
const about = async (ids: readonly string[], statuses: readonly string[] | null = null): Promise<(SeenCandidate & { readonly policyVersion?: number | null })[]> =>
  (await program.candidates(statuses)).filter(({ left, right }) => ids.includes(left?.id ?? '') || ids.includes(right?.id ?? ''));

test('a certain pair is merged as a decision of the policy, and the account that its CRM stated survives a stub', async () => {
  const [stub] = (await program.ingest([{ account: { externalRef: { system: 'domain', id: 'certain.example' } }, type: 'call', source: 'phone' }])).results.map(({ signal }) => signal?.account.id ?? '');
  const stated = await withDomain('certain', 'certain.example');
  await program.matched();
  expect(await read(stub ?? '')).toMatchObject({ id: stated, name: 'certain', isStub: false, mergedFrom: [{ id: stub }] });
  expect(await about([stated])).toMatchObject([{ status: 'MERGED', confidence: 0.9, decidedBy: { id: 'matching', kind: 'system' }, policyVersion: 1 }]);
  expect((await program.facts('match.decided')).at(-1)?.data).toMatchObject({ decision: 'CONFIRM', policyVersion: 1 });
});

test('what a person unmerged is not merged again by the policy', async () => {
  const ids = [await withDomain('again-1', 'again.example'), await withDomain('again-2', 'again.example'), await withDomain('again-3', 'again.example')];
  await program.matched();
  const merged = await read(ids[0] ?? '');
  expect(new Set(await survivorsOf(...ids)).size).toBe(1);
  expect(JSON.stringify((await about(ids)).flatMap(({ evidence }) => evidence.filter(({ rule }) => rule === 'SAME_DOMAIN'))), 'a reference that is no domain is no evidence of one').not.toContain('salesforce:');
  const [second] = merged.mergedFrom;
  await accounts.unmerge(second?.mergeId ?? '');
  await program.matched();
  await program.upsertAccounts(ids.map((_, index) => ({ externalRef: { system: 'salesforce', id: `again-${index + 1}` }, name: `Again ${index}`, website: 'https://www.again.example' })));
  await program.matched();
  expect(await survivorsOf(...ids)).toEqual(ids.map((id) => (id === second?.id ? id : merged.id)));
});

test('a rejection holds, also when a third account would join the two', async () => {
  await autoMerge(false);
  const [one, other] = [await withDomain('apart-1', 'apart.example'), await withDomain('apart-2', 'apart.example')];
  await program.matched();
  const [candidate] = await about([one, other], ['OPEN']);
  await program.decide(candidate?.id ?? '', 'REJECT');
  const link = 'mutation($input: ExternalRefChangeInput!) { linkExternalRef(input: $input) { __typename } }';
  dataOf(await program.query(link, { input: { id: other, externalRef: { system: 'domain', id: 'apart-too.example' } } }, { role: 'admin' }));
  await program.matched();
  await autoMerge(true);
  const [third] = (await program.upsertAccounts([{ externalRef: { system: 'domain', id: 'www.apart.example' }, name: 'Third', website: 'apart-too.example' }])).results;
  await program.matched();
  const [first, second, joined] = await survivorsOf(one, other, third?.id ?? '');
  expect(first).not.toBe(second);
  expect([first, second]).toContain(joined);
  expect(await about([one, other], ['REJECTED'])).toMatchObject([{ id: candidate?.id, decidedBy: { id: 'test-analyst' } }]);
  expect(await about([one, other], ['OPEN'])).toEqual([]);
});

test('a group that is full stops no matching: what is beyond it waits for a person', async () => {
  const full = await withDomain('full-1', 'full.example');
  await program.matched();
  await program.rows(`insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at) select $1, gen_random_uuid(), 'Account', $2, now() from generate_series(1, 499)`, [program.tenant, uuidOf(full)]);
  const beyond = await withDomain('full-2', 'full.example');
  await program.matched();
  expect(await survivorsOf(full, beyond)).toEqual([full, beyond]);
  expect(await about([beyond])).toMatchObject([{ status: 'OPEN', decidedBy: null, policyVersion: null }]);
});

test('contacts of one address are merged by the policy, and a merge by a person ends the candidate until it is undone', async () => {
  const account = { externalRef: { system: 'salesforce', id: 'people' } };
  const person = async (id: string) => (await program.upsert('contacts', [{ account, externalRef: { system: 'crm', id }, name: `Gil ${id}`, email: 'gil@people.example' }])).results[0]?.id ?? '';
  await program.account('people');
  const two = [await person('1'), await person('2')];
  await program.matched();
  const listed = async () => (await program.see<{ accountBy: { contacts: { totalCount: number } } }>('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { contacts { totalCount } } }', { ref: account.externalRef })).accountBy.contacts.totalCount;
  expect(await listed()).toBe(1);
  const [merged] = await about(two);
  expect(merged).toMatchObject({ kind: 'CONTACT', status: 'MERGED', policyVersion: expect.any(Number) as number });
  await autoMerge(false);
  const third = await person('3');
  await program.matched();
  const [open] = await about([third], ['OPEN']);
  const { id } = await contacts.merge(two[0] ?? '', third);
  await program.matched();
  expect((await program.candidates(['MERGED'])).map((each) => each.id)).toContain(open?.id);
  await contacts.unmerge(id);
  await program.matched();
  expect(await about([third])).toMatchObject([{ id: open?.id, status: 'REJECTED' }]);
});
