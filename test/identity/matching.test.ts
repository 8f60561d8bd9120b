import { afterAll, beforeAll, expect, test } from 'vitest';
import { crm } from '../accounts/arrange.ts';
import { arrangeMatching, candidateFields, type Matching, type SeenCandidate } from './matching-arrange.ts';

let program: Matching;
beforeAll(async () => {
  program = await arrangeMatching();
});
afterAll(() => program.close());

const ofPair = (candidates: readonly SeenCandidate[], ids: readonly (string | undefined)[]) => candidates.find(({ left, right }) => ids.includes(left?.id) && ids.includes(right?.id));
const hub = (id: string) => ({ system: 'hubspot', id });
const contact = async (account: string, ref: object, more: object): Promise<string> => {
  const { results: [made] } = await program.upsert('contacts', [{ account: { externalRef: crm(account) }, externalRef: ref, ...more }]);
  return String(made?.id);
};

test('two accounts of one corporate domain are proposed with their evidence; free-mail domains and shared sites match nothing', async () => {
  const one = await program.account('acme', { name: 'Acme Inc', website: 'https://www.acme.co.uk/about' });
  const { results: [other] } = await program.upsertAccounts([{ externalRef: hub('77'), name: 'ACME', website: 'shop.acme.co.uk' }]);
  await program.account('gmail-1', { name: 'Ann', website: 'gmail.com' });
  await program.account('gmail-2', { name: 'Bob', website: 'gmail.com' });
  await program.account('uk-1', { name: 'UK', website: 'co.uk' });
  await program.account('uk-2', { name: 'Kingdom', website: 'co.uk' });
  await program.account('pages-1', { name: 'Page', website: 'https://one.github.io' });
  await program.account('pages-2', { name: 'Other page', website: 'https://two.github.io' });
  await program.account('in-1', { name: 'Link', website: 'https://www.linkedin.com/company/one' });
  await program.account('in-2', { name: 'Other link', website: 'https://www.linkedin.com/company/two' });
  await program.matched();
  const candidates = await program.candidates();
  expect(candidates).toHaveLength(1);
  const candidate = ofPair(candidates, [one, other?.id]);
  expect(candidate).toMatchObject({ kind: 'ACCOUNT', status: 'OPEN', confidence: 0.93 });
  expect(candidate?.evidence.map(({ rule }) => rule)).toEqual(['SAME_DOMAIN', 'SAME_NAME']);
  expect(candidate?.evidence.flatMap(({ left, right }) => [left, right]).toSorted()).toEqual(['ACME', 'Acme Inc', 'https://www.acme.co.uk/about', 'shop.acme.co.uk'].toSorted());
});

test('a name alone proposes nothing', async () => {
  await program.account('name-1', { name: 'Same Name Ltd' });
  await program.account('name-2', { name: 'same name' });
  await program.matched();
  expect((await program.candidates()).filter(({ evidence }) => evidence.every(({ rule }) => rule === 'SAME_NAME'))).toEqual([]);
});

test('contacts of one address are proposed, within an account more surely; addresses are masked for who does not see them', async () => {
  await program.account('mail-a');
  await program.account('mail-b');
  const one = await contact('mail-a', crm('c1'), { name: 'Ada Byron', email: 'Ada@Mail.example' });
  const two = await contact('mail-a', hub('c2'), { name: 'Byron, Ada', email: 'ada@mail.example' });
  const three = await contact('mail-b', hub('c3'), { name: 'A. Byron', email: 'ada@mail.example' });
  await program.matched();
  const candidates = (await program.candidates()).filter(({ kind }) => kind === 'CONTACT');
  // The third is paired with the first of the two, or each of them with it, by the order that the installation's key gives.
  expect([2, 3]).toContain(candidates.length);
  expect(ofPair(candidates, [one, two])).toMatchObject({ confidence: 0.993, evidence: [{ rule: 'SAME_EMAIL' }, { rule: 'SAME_NAME' }] });
  const across = candidates.find((each) => [each.left?.id, each.right?.id].includes(three));
  expect(across).toMatchObject({ confidence: 0.8, evidence: [{ rule: 'SAME_EMAIL_ELSEWHERE' }] });
  expect(across?.evidence[0]?.left?.toLowerCase()).toBe('ada@mail.example');
  const viewed = JSON.stringify(await program.candidates(['OPEN'], { token: await program.token('viewer') }));
  expect(viewed).not.toMatch(/@mail/i);
  expect(viewed).toContain('[email hidden]');
  const rows = JSON.stringify([await program.rows('select * from match_key'), await program.rows('select * from match_candidate')]);
  expect(rows).not.toMatch(/mail\.example|acme/i);
});

test('one reference in two systems\' spellings is certain', async () => {
  const one = await program.account('001C0000006Vm9u', { name: 'Ref one' });
  const { results: [other] } = await program.upsertAccounts([{ externalRef: { system: 'chatwoot', id: 'salesforce:001C0000006Vm9uIAC' }, name: 'Ref two' }]);
  await program.matched();
  const candidate = ofPair(await program.candidates(), [one, other?.id]);
  expect(candidate).toMatchObject({ confidence: 1, evidence: [{ rule: 'SAME_REFERENCE' }] });
});

test('a rejected pair is not proposed again, and each node is compared with the next, until all are', async () => {
  const ids: string[] = [];
  for (const n of [1, 2, 3]) ids.push(await program.account(`reject-${n}`, { name: `Reject ${n}`, website: 'reject.example' }));
  await program.matched();
  const waiting = async () => (await program.candidates()).filter(({ left }) => ids.includes(left?.id ?? ''));
  expect(await waiting()).toHaveLength(2);
  const [first] = await waiting();
  expect(await program.decide(first?.id ?? '', 'REJECT')).toMatchObject({ __typename: 'MatchCandidate', status: 'REJECTED', decidedBy: { id: 'test-analyst', kind: 'user' }, policyVersion: null });
  expect(await program.decide(first?.id ?? '', 'REJECT'), 'again').toMatchObject({ __typename: 'MatchCandidate', status: 'REJECTED' });
  let rejected = 1;
  for (let [next] = await waiting(); next; [next] = await waiting(), rejected += 1) await program.decide(next.id, 'REJECT');
  expect(rejected).toBe(3);
  await program.upsertAccounts([1, 2, 3].map((n) => ({ externalRef: crm(`reject-${n}`), name: `Reject again ${n}`, website: 'https://reject.example' })));
  await program.matched();
  expect(await waiting()).toEqual([]);
  expect(await program.facts('match.decided')).toMatchObject([1, 2, 3].map(() => ({ data: { decision: 'REJECT', policyVersion: null } })));
});

test('a candidate whose evidence is gone is withdrawn, and opens again with it', async () => {
  const [one, other] = [await program.account('gone-1', { name: 'Gone 1', website: 'gone.example' }), await program.account('gone-2', { name: 'Gone 2', website: 'gone.example' })];
  await program.matched();
  const candidate = ofPair(await program.candidates(), [one, other]);
  await program.account('gone-2', { name: 'Gone 2', website: 'elsewhere.example' });
  await program.matched();
  expect(ofPair(await program.candidates(), [one, other])).toBeUndefined();
  expect(ofPair(await program.candidates(['WITHDRAWN']), [one, other])).toMatchObject({ id: candidate?.id });
  expect(await program.decide(candidate?.id ?? '', 'CONFIRM')).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT' });
  await program.account('gone-2', { name: 'Gone 2', website: 'gone.example' });
  await program.matched();
  expect(ofPair(await program.candidates(), [one, other])).toMatchObject({ id: candidate?.id, status: 'OPEN' });
});

test('a thousand accounts of one domain make a hundred candidates, not half a million', async () => {
  await program.upsertAccounts(Array.from({ length: 1_000 }, (_, n) => ({ externalRef: { system: 'bulk', id: String(n) }, name: `Bulk ${n}`, website: 'bulk.example' })));
  await program.matched();
  expect(await program.count(`select from match_candidate c join account a on a.id = c.left_id where a.website = 'bulk.example' and c.status = 'OPEN'`)).toBe(100);
  const statements = await program.see<{ matchCandidates: { totalCount: number } }>('query { matchCandidates(first: 1, filter: { statuses: [OPEN], kinds: [ACCOUNT], rules: [SAME_DOMAIN] }) { totalCount } }');
  expect(statements.matchCandidates.totalCount).toBeGreaterThanOrEqual(100);
});

test('pages of candidates go on without gap or repetition', async () => {
  const seen: string[] = [];
  type Listed = { matchCandidates: { edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string }; totalCount: number } };
  for (let after: string | null = null, more = true; more; ) {
    const { matchCandidates }: Listed = await program.see<Listed>(
      `query($after: String) { matchCandidates(first: 30, after: $after, filter: { statuses: [OPEN] }, orderBy: { field: CONFIDENCE, direction: DESC }) { totalCount edges { node { ${candidateFields} } } pageInfo { hasNextPage endCursor } } }`, { after });
    seen.push(...matchCandidates.edges.map(({ node }) => node.id));
    [after, more] = [matchCandidates.pageInfo.endCursor, matchCandidates.pageInfo.hasNextPage];
    if (!more) expect(new Set(seen).size).toBe(matchCandidates.totalCount);
  }
  expect(new Set(seen).size).toBe(seen.length);
});
