import { momentOf } from '../../src/platform/moment.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toGlobalId } from '../../src/platform/ids.ts';
import { crm } from '../accounts/arrange.ts';
import { arrangeMatching, type Matching } from './matching-arrange.ts';

let program: Matching;
let candidate = '';
beforeAll(async () => {
  program = await arrangeMatching();
  await program.account('one', { name: 'One', website: 'doors.example' });
  await program.account('two', { name: 'Two', website: 'doors.example' });
  await program.matched();
  candidate = (await program.candidates())[0]?.id ?? '';
});
afterAll(() => program.close());

const run = async (query: string, variables: Record<string, unknown>, options: { role?: 'viewer' | 'analyst' | 'admin' | 'agent'; token?: string } = { role: 'admin' }) => program.query<Record<string, Record<string, unknown>>, Record<string, unknown>>(query, variables, options);
const publish = async (input: object, options?: { role?: 'viewer' | 'analyst' | 'admin' }) =>
  (await run('mutation($input: MatchingPolicyInput!) { r: publishMatchingPolicy(input: $input) { __typename ... on MatchingPolicy { version proposeFrom publishedBy rules { rule enabled confidence autoMerge } } ... on UserError { message code path } } }', { input }, options)).data?.['r'];

describe('candidates', () => {
  test('are nodes of their tenant alone', async () => {
    const token = await program.token('admin', { tenant: program.otherTenant });
    expect((await run('query($id: ID!) { node(id: $id) { id __typename } }', { id: candidate })).data).toEqual({ node: { id: candidate, __typename: 'MatchCandidate' } });
    expect((await run('query($id: ID!) { node(id: $id) { id } matchCandidates { totalCount } }', { id: candidate }, { token })).data).toEqual({ node: null, matchCandidates: { totalCount: 0 } });
    expect(await program.decide(candidate, 'REJECT', { token })).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'id'] });
  });

  test('are decided by people of the right role, by an id of theirs', async () => {
    for (const role of ['viewer', 'agent'] as const) expect(await program.decide(candidate, 'REJECT', { role }), role).toMatchObject({ __typename: 'ForbiddenError' });
    for (const id of ['', 'x', 'MatchCandidate_1', candidate.replace('MatchCandidate', 'Account'), toGlobalId('MatchCandidate', '01a1fd8c-6900-70ee-b0c2-badc54e13795')]) {
      expect(await program.decide(id, 'CONFIRM'), id).toEqual({ __typename: 'NotFoundError', code: 'NOT_FOUND', message: 'There is no match candidate with this id. Check the id.', path: ['input', 'id'] });
    }
    expect(await program.decide(toGlobalId('MatchCandidate', '01a1fd8c-6900-70ee-b0c2-badc54e13795', momentOf('2026-11-21T09:00:00.000Z')), 'CONFIRM')).toMatchObject({ __typename: 'InvalidInputError' });
    expect(await program.facts('match.decided')).toEqual([]);
  });

  test.each([
    ['{ matchCandidates(first: 0) { totalCount } }', ['first']],
    ['{ matchCandidates(first: 101) { totalCount } }', ['first']],
    ['{ matchCandidates(after: "x") { edges { cursor } } }', ['after']],
    ['{ matchCandidates(filter: { statuses: [] }) { totalCount } }', ['filter', 'statuses']],
    ['{ matchCandidates(filter: { minConfidence: 2 }) { totalCount } }', ['filter', 'minConfidence']],
  ])('%s is refused', async (query, inputPath) => {
    expect((await run(query, {})).errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', inputPath } });
  });

  test('a cursor belongs to its order and tenant', async () => {
    const { data } = await run('{ matchCandidates(first: 1) { edges { cursor } } }', {});
    const after = (data?.['matchCandidates']?.['edges'] as { cursor: string }[] | undefined)?.[0]?.cursor;
    const token = await program.token('admin', { tenant: program.otherTenant });
    expect((await run('query($after: String) { matchCandidates(after: $after, orderBy: { field: CONFIDENCE, direction: DESC }) { edges { cursor } } }', { after })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
    expect((await run('query($after: String) { matchCandidates(after: $after) { edges { cursor } } }', { after }, { token })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
  });

  test('are filtered by node, kind and rule', async () => {
    const count = async (filter: object) => (await run('query($filter: MatchCandidateFilter) { matchCandidates(filter: $filter) { totalCount } }', { filter })).data?.['matchCandidates']?.['totalCount'];
    const one = await program.account('one', { name: 'One', website: 'doors.example' });
    expect(await Promise.all([{ nodeId: one }, { nodeId: 'x' }, { kinds: ['CONTACT'] }, { rules: ['SAME_DOMAIN'] }, { rules: ['SAME_NAME'] }, { minConfidence: 0.95 }].map(count))).toEqual([1, 0, 0, 1, 0, 0]);
  });
});

describe('the policy', () => {
  test('has defaults without any merge by itself', async () => {
    const { data } = await run('{ matchingPolicy { version proposeFrom publishedAt rules { rule enabled autoMerge } } }', {}, { role: 'viewer' });
    expect(data?.['matchingPolicy']).toMatchObject({ version: 0, proposeFrom: 0.5, publishedAt: null });
    expect((data?.['matchingPolicy']?.['rules'] as { autoMerge: boolean }[] | undefined)?.filter(({ autoMerge }) => autoMerge)).toEqual([]);
  });

  test('refuses other roles, shares out of range, and merges by what is not certain; nothing is stored', async () => {
    expect(await publish({ proposeFrom: 0.2 }, { role: 'analyst' })).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await publish({ proposeFrom: 1.5 })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'proposeFrom'] });
    expect(await publish({ rules: [{ rule: 'SAME_DOMAIN', confidence: -1 }] })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'rules', '0', 'confidence'] });
    expect(await publish({ rules: [{ rule: 'SAME_DOMAIN' }, { rule: 'SAME_DOMAIN' }] })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'rules', '1', 'rule'] });
    expect(await publish({ rules: [{ rule: 'SAME_NAME', autoMerge: true }] })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'rules', '0', 'autoMerge'] });
    expect(await program.count('select from matching_policy')).toBe(0);
  });

  test('a new version matches everything again: names may propose, a rule may be switched off', async () => {
    await program.account('name-1', { name: 'Same Name' });
    await program.account('name-2', { name: 'Same Name Ltd' });
    await program.matched();
    expect(await program.candidates()).toHaveLength(1);
    expect(await publish({ rules: [{ rule: 'SAME_NAME', confidence: 0.6 }, { rule: 'SAME_DOMAIN', enabled: false }] })).toMatchObject({ __typename: 'MatchingPolicy', version: 1, publishedBy: 'test-admin' });
    await program.policyApplied();
    expect((await program.candidates()).map(({ evidence }) => evidence.map(({ rule }) => rule))).toEqual([['SAME_NAME']]);
    expect((await program.candidates(['WITHDRAWN'])).map(({ id }) => id)).toEqual([candidate]);
    expect(await publish({ rules: [{ rule: 'SAME_NAME', confidence: 0.3 }, { rule: 'SAME_DOMAIN', enabled: true }] })).toMatchObject({ version: 2 });
    await program.policyApplied();
    expect((await program.candidates()).map(({ id }) => id)).toEqual([candidate]);
    expect(crm('one').system).toBe('salesforce');
  });
});

test('a candidate of an erased contact is withdrawn, and what it showed is gone', async () => {
  await program.account('people');
  const account = { externalRef: crm('people') };
  for (const system of ['salesforce', 'hubspot']) await program.upsert('contacts', [{ account, externalRef: { system, id: 'gil' }, name: 'Gil Erased', email: 'gil@people.example' }]);
  await program.matched();
  const open = (await program.candidates()).find(({ kind }) => kind === 'CONTACT');
  expect(open?.evidence[0]).toMatchObject({ rule: 'SAME_EMAIL', left: 'gil@people.example', right: 'gil@people.example' });
  const digest = ((await run('{ erasurePreview(email: "gil@people.example") { digest } }', {})).data?.['erasurePreview'] ?? {})['digest'];
  await run('mutation($digest: String!) { eraseSubject(email: "gil@people.example", previewDigest: $digest) { __typename } }', { digest });
  await program.matched();
  expect((await program.candidates()).filter(({ kind }) => kind === 'CONTACT')).toEqual([]);
  const gone = (await program.candidates(['WITHDRAWN'])).find(({ kind }) => kind === 'CONTACT');
  expect(gone).toMatchObject({ id: open?.id, left: null, right: null, evidence: [{ left: null, right: null }, { left: null, right: null }] });
});
