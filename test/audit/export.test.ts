import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginExport, verifyExport } from '../../src/features/audit/index.ts';
import { until } from '../harness/program.ts';
import { crm } from '../accounts/arrange.ts';
import { openChains, type Chains } from './chains.ts';

let chains: Chains;
let account = '';
beforeAll(async () => {
  chains = await openChains(['long']);
  account = await chains.account('acme');
  await chains.account('other');
  for (const name of ['Acme 1', 'Acme 2', 'Acme 3']) {
    await chains.upsertAccounts([{ externalRef: crm('acme'), name }]);
    await chains.upsertAccounts([{ externalRef: crm('other'), name }]);
  }
}, 60_000);
afterAll(() => chains?.close());

const linesIn = (text: string): string[] => text.trimEnd().split('\n');
async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
const check = (lines: readonly string[]) => verifyExport(each(lines), { publicKeys: [chains.signer.publicKey] });
const accountUuid = async (): Promise<string> => String((await chains.rows(`select node_id from external_ref where external_id = 'acme'`))[0]?.['node_id']);

test('an export begins with its header, has each event as it is hashed, and ends with a signed manifest', async () => {
  const lines = linesIn(await chains.export(chains.tenantOf('long'))).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({ type: 'header', version: 1, tenantId: chains.tenantOf('long'), after: 0, upTo: 34, head: { sequence: 34 }, publicKey: chains.signer.publicKey });
  expect(lines.filter(({ type }) => type === 'event').map(({ sequence }) => sequence)).toEqual(Array.from({ length: 34 }, (_, index) => index + 1));
  expect(lines.filter(({ type }) => type === 'anchor').map(({ sequence }) => sequence)).toEqual([10, 20, 30]);
  expect(lines.at(-1)).toMatchObject({ type: 'manifest', count: 34, first: 1, last: 34, anchors: 3, head: { sequence: 34 } });
});

test('an export is recorded, with who and what', async () => {
  await chains.export(chains.tenant, `?accountId=${account}&from=2026-11-01T00:00:00Z`);
  const [last] = (await chains.facts('audit.exported')).toReversed();
  expect(last).toMatchObject({ account_id: null, data: { accountId: await accountUuid(), recordedFrom: '2026-11-01T00:00:00.000Z', recordedBefore: null } });
});

test('a part of the time is verified from its first event on', async () => {
  const lines = linesIn(await chains.export(chains.tenantOf('long'), '?from=2026-12-01T00:00:00Z&to=2027-01-01T00:00:00Z'));
  expect(await check(lines)).toMatchObject({ fault: null, checked: 10, anchors: 1, lastSequence: 21 });
  const without = lines.filter((line) => !line.includes('"sequence":15,'));
  expect(await check(without)).toMatchObject({ fault: { tampering: 'DELETED', sequence: 15 } });
});

test('a part that begins behind an anchor is held against it, and an empty part is whole', async () => {
  const lines = linesIn(await chains.export(chains.tenantOf('long'), '?from=2026-11-21T09:01:00Z'));
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ type: 'anchor', sequence: 10 });
  expect(await check(lines)).toMatchObject({ fault: null, anchors: 3 });
  expect((await check(lines.filter((line) => !line.includes('"type":"event"')))).fault).toMatchObject({ tampering: 'TAIL_CUT', sequence: 11 });
  const none = linesIn(await chains.export(chains.tenantOf('long'), '?from=2030-01-01T00:00:00Z'));
  expect(await check(none)).toMatchObject({ fault: null, checked: 0 });
  expect(await check(linesIn(await chains.export(chains.tenantOf('long'), '?to=2020-01-01T00:00:00Z')))).toMatchObject({ fault: null, checked: 0 });
});

test('an account’s events are whole each, and none is missing', async () => {
  const lines = linesIn(await chains.export(chains.tenant, `?accountId=${account}`));
  expect(await check(lines)).toMatchObject({ fault: null, checked: 4 });
  const at = (index: number): string => lines[index] ?? '';
  const sequence = (index: number): number => (JSON.parse(at(index)) as { sequence: number }).sequence;
  const faultOf = async (changed: readonly string[]) => (await check(changed)).fault;
  expect(await faultOf([at(0), at(1), at(3), at(4), at(5)])).toMatchObject({ tampering: 'DELETED', sequence: sequence(1) + 1 });
  expect(await faultOf([at(0), at(2), at(1), at(3), at(4), at(5)])).toMatchObject({ tampering: 'REORDERED', sequence: sequence(1) });
  expect(await faultOf([at(0), at(1), at(2), at(2), at(3), at(4), at(5)])).toMatchObject({ tampering: 'INSERTED', sequence: sequence(2) });
  expect(await faultOf([at(0), at(1), at(2), at(3), at(5)])).toMatchObject({ tampering: 'TAIL_CUT', sequence: sequence(3) + 1 });
  expect(await faultOf(lines.with(2, at(2).replace('"kind":"account.changed"', '"kind":"account.seen"')))).toMatchObject({ tampering: 'EDITED', sequence: sequence(2) });
});

test('a file that was altered after the export is told from the chain', async () => {
  const lines = linesIn(await chains.export(chains.tenantOf('long')));
  const faultOf = async (changed: readonly string[]) => (await check(changed)).fault;
  expect(await faultOf(lines.slice(0, -1))).toMatchObject({ tampering: 'TAIL_CUT', sequence: (JSON.parse(lines[0] ?? '') as { upTo: number }).upTo + 1 });
  expect(await faultOf(lines.slice(0, 20))).toMatchObject({ tampering: 'TAIL_CUT' });
  expect(await faultOf(lines.with(0, (lines[0] ?? '').replace('"exportedAt":"2027', '"exportedAt":"2028')))).toMatchObject({ tampering: 'EXPORT_ALTERED' });
  expect(await faultOf([...lines, lines[3] ?? ''])).toMatchObject({ tampering: 'EXPORT_ALTERED' });
  expect(await faultOf(lines.filter((line) => !line.includes('"type":"anchor"')))).toMatchObject({ tampering: 'EXPORT_ALTERED' });
  expect(await faultOf(lines.with(5, '{"type":"event"}'))).not.toBeNull();
});

test('only administrators and privacy officers export, and a wrong range is refused before anything is sent', async () => {
  const status = async (role: 'viewer' | 'analyst' | 'approver' | 'agent' | 'privacy_officer' | 'admin', query = '') =>
    (await fetch(`${chains.url}/api/audit/export${query}`, { headers: { authorization: `Bearer ${await chains.token(role)}` } })).status;
  expect([await status('admin'), await status('privacy_officer'), await status('analyst'), await status('viewer'), await status('approver'), await status('agent')]).toEqual([200, 200, 403, 403, 403, 403]);
  expect((await fetch(`${chains.url}/api/audit/export`)).status).toBe(401);
  for (const query of ['?from=yesterday', '?accountId=Contact_1', '?page=2', '?to=1&to=2']) expect(await status('admin', query)).toBe(400);
});

test('a caller who stops reading stops the reading of the chain, and no transaction stays open', async () => {
  const tenantId = chains.tenantOf('long');
  const before = Number((await chains.rows('select sequence::int as n from audit_head where tenant_id = $1', [tenantId]))[0]?.['n']);
  await chains.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => {
    for (let fact = 0; fact < 5_000; fact += 1) work.record({ kind: 'thing.made', version: 1, accountId: null, data: { fact } });
  });
  let reads = 0;
  const { database, signer } = chains;
  const counted = { ...database, read: (tenant: typeof tenantId) => ((reads += 1), database.read(tenant)) };
  const lines = await beginExport({ database: counted, signer, keys: chains.keys }, { tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, { accountId: null, recordedFrom: null, recordedBefore: null });
  await lines.next();
  await lines.next();
  expect(reads).toBe(2);
  await until('no transaction is open', async () => (await chains.count(`select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`)) === 0);
  // Writers go on meanwhile, and what they write is not of this export.
  await chains.database.transact({ tenantId, actor: { kind: 'user', id: 'ann' }, requestId: 'r' }, async (work) => work.record({ kind: 'thing.made', version: 1, accountId: null, data: {} }));
  let text = '';
  for await (const piece of lines) text += piece;
  expect(reads).toBeGreaterThanOrEqual(7);
  expect(JSON.parse(linesIn(text).at(-1) ?? '')).toMatchObject({ last: before + 5_000, count: before + 5_000 });
});
