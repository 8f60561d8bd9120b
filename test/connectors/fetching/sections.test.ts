import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../../src/app/config.ts';
import { createSectionFetchers, VendorFault, type AccountPlaces, type VendorSession } from '../../../src/features/connectors/index.ts';
import { joinReadings } from '../../../src/features/connectors/reading.ts';
import { contexts } from '../../context/refreshing.ts';
import { arrangeContext, contextOf } from '../../context/arrange-context.ts';
import type { Arranged } from '../../accounts/arrange.ts';
import { connect, pretendVendor, readPage } from './pretended-vendor.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrangeContext({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

const apis = [{ source: 'notion', section: 'NOTION' }, { source: 'salesforce', section: 'SALESFORCE' }, { source: 'hubspot', section: 'SALESFORCE' }] as const;

test('a refresh fetches each section from the vendors that the tenant is connected to, and says what became of it', async () => {
  const id = await program.account('sectioned', { notionPageId: '153104cd477e809d8dc4ff2d96ae3090' });
  const other = await program.account('merged away', { externalRef: { system: 'hubspot', id: '77' } });
  await program.query('mutation($input: MergeInput!) { mergeAccounts(input: $input) { __typename } }', { input: { intoId: id, fromId: other, reason: 'Same company' } });
  const sessions = new Map<string, VendorSession>();
  const asked: AccountPlaces[] = [];
  const account = { id };
  const session = (read: VendorSession['readAccount']): VendorSession => ({ ...pretendVendor().session, readAccount: (places) => (asked.push(places), read(places)) });
  const ticket = (key: string) => joinReadings([{ records: [{ plural: 'tickets', path: [], input: { account, externalRef: { system: 'pretended', id: key }, source: 'hubspot', key, summary: 'Sync fails', status: 'Open', statusCategory: 'TO_DO' } }] }]);
  const { start, work, read } = contexts(program);
  const refresh = async (): Promise<unknown> => {
    const { id: refreshId } = await start(id);
    const fetchers = createSectionFetchers({ database: program.database, apis, onError: () => undefined, openSession: async ({ connectionId }) => sessions.get(connectionId) ?? Promise.reject(new VendorFault('UNAUTHORIZED', 'No.')) });
    await work(refreshId, fetchers);
    return Object.fromEntries(((await read(refreshId))['sections'] as readonly { name: string; status: string; error: string | null }[]).map(({ name, status, error }) => [name, error ?? status]));
  };
  expect(await refresh()).toEqual({ SALESFORCE: 'NOT_CONFIGURED', JIRA: 'NOT_CONFIGURED', SLACK: 'NOT_CONFIGURED', NOTION: 'NOT_CONFIGURED' });

  const [notion, hubspot, salesforce] = [await connect(program, 'notion'), await connect(program, 'hubspot'), await connect(program, 'salesforce')];
  sessions.set(notion, session(async () => null));
  sessions.set(hubspot, session(async () => ticket('HS-1')));
  // Of two vendors of a section one answers: what it said is stored, and the fetch says that the other failed.
  expect(await refresh()).toEqual({ SALESFORCE: 'UNAUTHORIZED', JIRA: 'NOT_CONFIGURED', SLACK: 'NOT_CONFIGURED', NOTION: 'NOT_CONFIGURED' });
  expect(await program.count(`select from ticket where key = 'HS-1'`)).toBe(1);
  expect(await program.rows(`select stated_by from source_statement where fields->>'key' = 'HS-1'`)).toEqual([{ stated_by: `machine:hubspot:${hubspot}` }]);
  expect(asked.at(-1)).toEqual({ account: { id }, externalRefs: expect.arrayContaining([expect.objectContaining({ id: 'sectioned' }), { system: 'hubspot', id: '77' }]), jiraProjectKey: null, slackChannelId: null, notionPageId: '153104cd477e809d8dc4ff2d96ae3090' });

  sessions.set(salesforce, session(async () => joinReadings([ticket('SF-1'), ticket('SF-2'), { records: [{ plural: 'tickets', path: [], input: { account, externalRef: { system: 'pretended', id: 'SF-3' }, key: 'x'.repeat(10_000) } }] }])));
  sessions.set(notion, session(async () => joinReadings([readPage('of another account', { status: 'Open', changedAt: '2024-11-20T08:00:00.000Z' })])));
  program.clock.advance(60_000);
  expect(await refresh()).toEqual({ SALESFORCE: 'FETCHED', JIRA: 'NOT_CONFIGURED', SLACK: 'NOT_CONFIGURED', NOTION: 'FETCHED' });
  expect(await program.count(`select from ticket where key in ('SF-1', 'SF-2')`)).toBe(2);
  const { sections } = await contextOf(program, id);
  expect(sections.map(({ name, status, fetchedAt }) => [name, status, fetchedAt]).filter(([name]) => name === 'NOTION')).toEqual([['NOTION', 'FRESH', program.clock.now().toISOString()]]);

  // One vendor's answer that cannot be taken in keeps out no other's, and the section says so: of another shape, or refused.
  const drifted = joinReadings([{ ignored: [{ reason: 'UNREADABLE', message: 'Another shape.', path: [] }] }]);
  const refused = joinReadings([{ records: [{ plural: 'tickets', path: [], input: { account, externalRef: { system: 'pretended', id: 'HS-2' }, key: 'x'.repeat(10_000) } }] }]);
  for (const [number, [answer, said]] of ([[drifted, 'UNREADABLE'], [refused, 'NOT_STORED']] as const).entries()) {
    sessions.set(hubspot, session(async () => answer));
    sessions.set(salesforce, session(async () => ticket(`SF-${number + 4}`)));
    sessions.set(notion, session(async () => drifted));
    program.clock.advance(60_000);
    expect(await refresh()).toMatchObject({ SALESFORCE: said, NOTION: 'UNREADABLE' });
    expect(await program.count(`select from ticket where key = 'SF-${number + 4}'`)).toBe(1);
  }
});
