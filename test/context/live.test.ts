import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import type { Arranged } from '../accounts/arrange.ts';
import { liveAs, type LiveEvent } from '../harness/live-client.ts';
import { until } from '../harness/program.ts';
import { arrangeContext, stateSample } from './arrange-context.ts';
import { contexts } from './refreshing.ts';
import { sampleStatements } from './sample.ts';

let program: Arranged;
let id: string;
beforeAll(async () => {
  program = await arrangeContext({ roles: roles.filter((role) => role !== 'scheduler') });
  id = await stateSample(program);
});
afterAll(() => program?.close());

const query = 'subscription($accountIds: [ID!], $after: String) { contextUpdated(accountIds: $accountIds, after: $after) { __typename cursor ... on ContextUpdate { initial changedSections changedValues account { id } sections { name status } occurredAt } } }';
const tickets = sampleStatements.find(([plural]) => plural === 'tickets')?.[1] ?? [];

test('the present state comes first, then one event for each change, none for what changes nothing; a cursor goes on', async () => {
  const live = await liveAs(program, 'viewer');
  const told = live.subscribe(query, { accountIds: [id] });
  expect((await told.atLeast(1))[0]).toEqual({ __typename: 'ContextUpdate', cursor: expect.any(String) as string, initial: true, changedSections: [], account: { id }, sections: ['SALESFORCE', 'JIRA', 'SLACK', 'NOTION'].map((name) => ({ name, status: 'FRESH' })), changedValues: [], occurredAt: program.clock.now().toISOString() });
  program.clock.advance(60_000);
  // Said before: nothing changes.
  await program.upsert('tickets', tickets);
  await program.account('somebody-else');
  await program.upsert('kpis', [{ account: { id }, externalRef: { system: 'test', id: 'k' }, category: 'Support', parameter: 'Open tickets', value: '3' }]);
  await program.upsert('tickets', [{ ...tickets[0], status: 'In Review' }]);
  await program.upsert('threads', [{ account: { id }, externalRef: { system: 'slack', id: 'T3' }, occurredAt: '2024-12-10T14:00:00Z', author: 'Sarah Chen', preview: 'Any news?', replyCount: 0 }]);
  const { start, work } = contexts(program);
  const { id: refresh } = await start(id);
  await work(refresh, [{ section: 'NOTION', fetch: async () => async () => undefined }]);
  // What is derived from these records follows in events of its own.
  const ofSections = (events: readonly LiveEvent[]): unknown[] => events.map((event) => event['changedSections']).filter((changed) => Array.isArray(changed) && changed.length > 0);
  const isWhole = (events: readonly LiveEvent[]): boolean => JSON.stringify(ofSections(events).at(-1)) === '["NOTION"]';
  const events = await until('the refresh is told', () => isWhole(told.events) && [...told.events]);
  expect(ofSections(events)).toEqual([['JIRA'], ['SLACK'], ['NOTION']]);
  expect(events.every((event) => event['initial'] === (event === events[0]))).toBe(true);
  told.stop();
  const again = live.subscribe(query, { accountIds: [id], after: events.find((event) => JSON.stringify(event['changedSections']) === '["JIRA"]')?.cursor });
  expect(ofSections(await until('what was missed is told', () => isWhole(again.events) && again.events))).toEqual([['SLACK'], ['NOTION']]);
  // A derived value that says something else follows the record that it is derived from.
  await program.upsert('tickets', [{ ...tickets[0], status: 'In Review', labels: [] }]);
  const changes = await until('the blocker is told to be gone', () => again.events.some((event) => String(event['changedValues']).includes('BLOCKERS')) && again.events.slice(2));
  expect(changes.find((event) => JSON.stringify(event['changedSections']) === '["JIRA"]')).toMatchObject({ changedValues: [], account: { id } });
  expect(await live.subscribe(query, {}).atLeast(1)).toMatchObject([{ __typename: 'Listening' }]);
  expect((await live.subscribe(query, { accountIds: ['nonsense'] }).refused()).extensions).toMatchObject({ code: 'NOT_FOUND' });
  const theirs = await liveAs(program, 'viewer', { tenant: program.otherTenant });
  expect((await theirs.subscribe(query, { accountIds: [id] }).refused()).extensions).toMatchObject({ code: 'NOT_FOUND' });
  await theirs.close();
  await live.close();
});
