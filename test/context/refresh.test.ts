import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { contexts } from './refreshing.ts';
import { FetchFailed, type SectionFetcher } from '../../src/features/context/index.ts';
import { upsertRecords } from '../../src/features/accounts/index.ts';
import { tickets } from '../../src/features/accounts/index.ts';
import { InvalidInput } from '../../src/platform/errors.ts';
import type { Arranged } from '../accounts/arrange.ts';
import { arrangeContext, contextOf, stateSample } from './arrange-context.ts';

let program: Arranged;
let id: string;
beforeAll(async () => {
  // The jobs are run by hand, with fetchers of the test's own.
  program = await arrangeContext({ roles: roles.filter((role) => role !== 'scheduler') });
  id = await stateSample(program);
});
afterAll(() => program?.close());

const jira: SectionFetcher = {
  section: 'JIRA',
  fetch: async () => ({ transact, seal }) => transact(async (work) => {
    const [result] = await upsertRecords(work, seal, tickets, [{ account: { id }, externalRef: { system: 'jira', id: 'ACME-456' }, status: 'In Review' }]);
    if (result instanceof Error) throw result;
  }),
};
const failing = (code: string): SectionFetcher => ({ section: 'SLACK', fetch: async () => Promise.reject(new FetchFailed(code)) });

test('without fetchers every section keeps its values and says NOT_CONFIGURED', async () => {
  const { start, work, read } = contexts(program);
  const before = await contextOf(program, id);
  const started = await start(id);
  expect(started).toMatchObject({ __typename: 'ContextRefresh', status: 'RUNNING', progress: { done: 0, total: 4, failed: 0 }, sections: ['SALESFORCE', 'JIRA', 'SLACK', 'NOTION'].map((name) => ({ name, status: 'WAITING', error: null })) });
  // A second request is answered by the one that runs.
  expect((await start(id)).id).toBe(started.id);
  await work(started.id, []);
  expect(await read(started.id)).toMatchObject({ status: 'DONE', progress: { done: 4, total: 4, failed: 0 }, account: { id }, sections: ['SALESFORCE', 'JIRA', 'SLACK', 'NOTION'].map((name) => ({ name, status: 'NOT_CONFIGURED', error: null })) });
  const after = await contextOf(program, id);
  expect({ ...after, cachedAt: '', expiresAt: '' }).toEqual({ ...before, cachedAt: '', expiresAt: '' });
  expect((await start(id)).id).not.toBe(started.id);
});

test('a source that fails leaves the last good values and is named until it answers; the others are fetched', async () => {
  const { start, work, read } = contexts(program);
  const before = await contextOf(program, id);
  program.clock.advance(60_000);
  const { id: refresh } = await start(id);
  await work(refresh, [jira, failing('RATE_LIMITED')]);
  expect(await read(refresh)).toMatchObject({ status: 'DONE', progress: { done: 4, failed: 1 }, sections: [{ status: 'NOT_CONFIGURED' }, { status: 'FETCHED' }, { status: 'FAILED', error: 'RATE_LIMITED' }, { status: 'NOT_CONFIGURED' }] });
  const now = program.clock.now().toISOString();
  const { document, sections } = await contextOf(program, id);
  expect(sections.map(({ name, status, fetchedAt, error }) => [name, status, fetchedAt, error])).toEqual([
    ['SALESFORCE', 'FRESH', before.sections[0]?.fetchedAt, null], ['JIRA', 'FRESH', now, null], ['SLACK', 'FRESH', before.sections[2]?.fetchedAt, 'RATE_LIMITED'], ['NOTION', 'FRESH', before.sections[3]?.fetchedAt, null],
  ]);
  expect(document['jira']).toMatchObject({ open_tickets: [{ key: 'ACME-456', status: 'In Review' }, { key: 'ACME-423' }] });
  expect(document['slack']).toEqual(before.document['slack']);

  program.clock.advance(2 * 86_400_000);
  const { id: again } = await start(id);
  await work(again, [{ section: 'SLACK', fetch: () => new Promise(() => undefined) }], 5);
  expect(await read(again)).toMatchObject({ sections: [{}, {}, { status: 'FAILED', error: 'TIMEOUT' }, {}] });
  // The fetch that succeeded two days ago is good, and old.
  expect((await contextOf(program, id)).sections.map(({ status, error }) => [status, error])).toEqual([['STALE', null], ['STALE', null], ['STALE', 'TIMEOUT'], ['FRESH', null]]);
  const { id: third } = await start(id);
  await work(third, [{ section: 'SLACK', fetch: async () => async () => undefined }]);
  expect((await contextOf(program, id)).sections[2]).toEqual({ name: 'SLACK', status: 'FRESH', fetchedAt: program.clock.now().toISOString(), error: null });
});

test('an answer that cannot be taken in is a failed fetch, and the refresh ends', async () => {
  const { start, work, read } = contexts(program);
  const before = await contextOf(program, id);
  const { id: refresh } = await start(id);
  await work(refresh, [jira, { section: 'SLACK', fetch: async () => async () => { throw new InvalidInput('A thread must have an author.'); } }]);
  expect(await read(refresh)).toMatchObject({ status: 'DONE', progress: { done: 4, failed: 1 }, sections: [{}, { status: 'FETCHED' }, { status: 'FAILED', error: 'FAULT' }, {}] });
  expect((await contextOf(program, id)).document['slack']).toEqual(before.document['slack']);
});

test('sections are what they were at an instant, and at another one by what is known now', async () => {
  const unheard = await program.account('unheard-of', { source: 'import' });
  expect((await contextOf(program, unheard)).sections.map(({ status, fetchedAt }) => [status, fetchedAt])).toEqual(Array.from({ length: 4 }, () => ['UNAVAILABLE', null]));
  const { sections, document, cachedAt } = await contextOf(program, id, { asOf: '2024-12-10T14:32:15.000Z' });
  expect(cachedAt).toBe('2024-12-10T14:32:15.000Z');
  expect(sections.map(({ status, error }) => [status, error])).toEqual(Array.from({ length: 4 }, () => ['FRESH', null]));
  expect(document['jira']).toMatchObject({ open_tickets: [{ key: 'ACME-456', status: 'In Progress' }, { key: 'ACME-423' }] });
  const twoTimes = await contextOf(program, id, { asOf: program.clock.now().toISOString(), validAt: '2024-12-10T14:32:15.000Z' });
  expect(twoTimes.document['salesforce']).toMatchObject({ account_name: 'Acme Corp', opportunity: { amount: 150000, days_in_stage: 12 } });
  expect((await contextOf(program, id, { asOf: '2024-12-10T14:00:00.000Z' }).catch(String))).toContain('null');
});

test('only roles that may write refresh, and only accounts of the tenant', async () => {
  const { refused } = contexts(program);
  expect(await refused(id, 'viewer')).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
  expect(await refused('nonsense')).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'accountId'] });
});
