import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { startTestProgram, until } from '../harness/program.ts';
import { accountChange, accountOf, follow, idOf, keep, type Following } from './following.ts';

// The program follows a bus that answers as Salesforce does, by gRPC and Avro.
let program: Following;
let number = 0;
let id: string;
beforeAll(async () => {
  program = await follow();
});
afterAll(() => program?.close());
beforeEach(() => {
  number += 1;
  id = idOf('001', number);
});

const base = Date.parse('2026-11-21T08:00:00.000Z');
const at = (minute: number, milliseconds = 0): number => base + minute * 60_000 + milliseconds;
const named = (name: string) => until(`the account is ${name}`, async () => (await accountOf(program, id))?.['name'] === name);
const places = () => program.rows('select stream, encode(replay_id, \'hex\') as place, occurred_at, received_at from change_stream where tenant_id = $1', [program.tenant]);
const statements = (external: string) => program.count('select from source_statement s join external_ref r on r.tenant_id = s.tenant_id and r.node_id = s.node_id where r.external_id like $1', [`${external}%`]);
const backfills = () => program.rows('select status, started_by_id, failure_message from connection_backfill order by started_at', []);

test('an account is created, changed, cleared and deleted as its change events say, without a call for it', async () => {
  const calls = program.salesforce.count();
  program.bus.publish(accountChange(id, at(1), { Name: 'Acme', Industry: 'Software', Website: 'https://acme.example', NumberOfEmployees: 70 }, { changeType: 'CREATE' }));
  await named('Acme');
  program.bus.publish(accountChange(id, at(2), { Name: 'Acme Corp' }));
  await named('Acme Corp');
  // What the event does not bring is not cleared.
  expect(await accountOf(program, id)).toEqual({ name: 'Acme Corp', industry: 'Software', website: 'https://acme.example', employee_count: 70 });
  const last = program.bus.publish(accountChange(id, at(3), {}, { nulled: ['Industry'] }));
  await until('the industry is cleared', async () => (await accountOf(program, id))?.['industry'] === null);
  expect(await accountOf(program, id)).toMatchObject({ website: 'https://acme.example' });
  expect(await places()).toEqual([{ stream: '00D000000000001 /data/ChangeEvents', place: last, occurred_at: new Date(at(3)), received_at: program.clock.now() }]);
  const shown = dataOf(await program.query<{ connections: { source: string; status: string; lastEventAt: string; lagMs: number }[] }, Record<string, never>>('{ connections { source status lastEventAt lagMs } }')).connections.find(({ source }) => source === 'SALESFORCE');
  expect(shown).toEqual({ source: 'SALESFORCE', status: 'ACTIVE', lastEventAt: program.clock.now().toISOString(), lagMs: program.clock.now().getTime() - at(3) });
  program.bus.publish({ entity: 'Account', ids: [id], changeType: 'DELETE', at: at(4) });
  await until('the account is retired', async () => (await accountOf(program, id)) === undefined);
  expect(program.salesforce.count()).toBe(calls);
});

test('several records of one event change alike', async () => {
  const other = idOf('001', 400);
  program.bus.publish(accountChange(id, at(1), { Name: 'One' }, { ids: [id, other], changeType: 'CREATE' }));
  await named('One');
  expect(await accountOf(program, other)).toMatchObject({ name: 'One' });
});

test('an update of a deal or a contact, which does not bring its account, has the record read again', async () => {
  const [deal, contact] = [idOf('006', number), idOf('003', number)];
  keep(program, 'Account', { Id: id, Name: 'Acme' }, at(1));
  program.bus.publish(accountChange(id, at(1), { Name: 'Acme' }, { changeType: 'CREATE' }));
  program.bus.publish({ entity: 'Opportunity', ids: [deal], changeType: 'CREATE', at: at(2), fields: { AccountId: id, Name: 'Renewal', StageName: 'Prospecting', IsClosed: false, IsWon: false, CloseDate: 20_850, LastStageChangeDate: at(2) } });
  program.bus.publish({ entity: 'Contact', ids: [contact], changeType: 'CREATE', at: at(2), fields: { AccountId: id, FirstName: 'Ada', LastName: 'Byron', Email: 'ada@acme.example', CreatedDate: at(2) } });
  const dealOf = async () => (await program.rows('select o.name, o.stage, o.close_date::text as close from external_ref r join opportunity o on o.id = r.node_id where r.external_id like $1', [`${deal}%`]))[0] as unknown as Record<string, unknown> | undefined;
  const titleOf = async () => ((await program.rows('select c.title from external_ref r join contact c on c.id = r.node_id where r.external_id like $1', [`${contact}%`]))[0] as unknown as { title: string | null } | undefined)?.title;
  await until('both are stored', async () => (await dealOf()) && (await titleOf()) === null);
  expect(await dealOf()).toEqual({ name: 'Renewal', stage: 'Prospecting', close: '2027-02-01' });
  // Within the second of the creation: SystemModstamp has whole seconds, and the commit counts.
  keep(program, 'Opportunity', { Id: deal, AccountId: id, Name: 'Renewal', StageName: 'Negotiation', IsClosed: false, IsWon: false }, at(2, 300));
  keep(program, 'Contact', { Id: contact, AccountId: id, Name: 'Ada Byron', Title: 'CTO' }, at(3));
  program.bus.publish({ entity: 'Opportunity', ids: [deal], at: at(2, 300), fields: { StageName: 'Negotiation' } });
  program.bus.publish({ entity: 'Contact', ids: [contact], at: at(3), fields: { Title: 'CTO' } });
  await until('both are read again', async () => (await dealOf())?.['stage'] === 'Negotiation' && (await titleOf()) === 'CTO');
  expect((await program.rows('select type from signal s join external_ref r on r.node_id = s.account_id where r.external_id like $1 order by type', [`${id}%`])).map(({ type }) => type)).toEqual(['contact_created', 'opportunity_created', 'stage_change']);
});

test('a change of what is not read asks for nothing, and a change that is sent as a difference is read again', async () => {
  const contact = idOf('003', number);
  program.bus.publish({ entity: 'Account', ids: [id], at: at(1), fields: { Description: 'long' } });
  program.bus.publish({ entity: 'Contact', ids: [contact], at: at(1), fields: { LastModifiedDate: at(1) } });
  keep(program, 'Account', { Id: id, Name: 'Whole name' }, at(2));
  program.bus.publish(accountChange(id, at(2), { Name: '--- the difference' }, { differences: ['Name'] }));
  await named('Whole name');
  expect(await program.count('select from source_fetch where external_id = $1', [contact])).toBe(0);
});

test('a task that this program created is no activity; one that somebody else created is read', async () => {
  const [task, other] = [idOf('00T', number), idOf('00T', 500)];
  program.bus.publish({ entity: 'Task', ids: [task], changeType: 'CREATE', at: at(1), origin: 'com/salesforce/api/rest/62.0;client=context-graph', fields: { Status: 'Completed', Subject: 'Ours' } });
  program.bus.publish({ entity: 'Task', ids: [other], changeType: 'CREATE', at: at(1), fields: { Status: 'Completed', Subject: 'Theirs' } });
  await until('the other task is asked for', () => program.count('select from source_fetch where external_id = $1', [other]));
  expect(await program.count('select from source_fetch where external_id = $1', [task])).toBe(0);
});

test('a repeated event changes nothing', async () => {
  const change = accountChange(id, at(1), { Name: 'Once' }, { changeType: 'CREATE' });
  program.bus.publish(change);
  await named('Once');
  const facts = await program.count("select from audit_logs where kind like 'account.%' or kind like 'connection_backfill.%'");
  const before = await statements(id);
  program.bus.publish(change);
  const last = program.bus.publish(change);
  await until('they are taken in', async () => (await places())[0]?.['place'] === last);
  expect(await program.count("select from audit_logs where kind like 'account.%' or kind like 'connection_backfill.%'")).toBe(facts);
  expect(await statements(id)).toBe(before);
});

test('gap events have their records read again, and deleted ones retired', async () => {
  const [changed, gone] = [id, idOf('001', 600 + number)];
  keep(program, 'Account', { Id: changed, Name: 'Before' }, at(1));
  program.bus.publish(accountChange(changed, at(1), { Name: 'Before' }, { changeType: 'CREATE' }));
  program.bus.publish(accountChange(gone, at(1), { Name: 'Gone' }, { changeType: 'CREATE' }));
  await until('both are there', async () => (await accountOf(program, changed)) && (await accountOf(program, gone)));
  keep(program, 'Account', { Id: changed, Name: 'By the database' }, at(2));
  program.bus.publish({ entity: 'Account', ids: [changed], changeType: 'GAP_UPDATE', at: at(2) });
  program.bus.publish({ entity: 'Account', ids: [gone], changeType: 'GAP_DELETE', at: at(2) });
  await named('By the database');
  await until('the other is retired', async () => (await accountOf(program, gone)) === undefined);
});

test.each([['an overflow', { changeType: 'GAP_OVERFLOW', ids: ['000000000000000AAA'] }], ['an id that stands for many', { ids: ['001*'] }]])('%s has everything read that changed since shortly before', async (_, more) => {
  const runs = (await backfills()).length;
  const old = idOf('001', 700 + number);
  keep(program, 'Account', { Id: id, Name: `Unnamed ${number}` }, Date.parse('2026-11-21T08:59:00.000Z'));
  keep(program, 'Account', { Id: old, Name: 'Long ago' }, Date.parse('2026-11-20T00:00:00.000Z'));
  program.bus.publish({ entity: 'Account', fields: { Name: 'x' }, at: Date.parse('2026-11-21T08:59:30.000Z'), ...more });
  await named(`Unnamed ${number}`);
  await until('the back-fill is done', async () => (await backfills()).every(({ status }) => status === 'DONE'));
  expect((await backfills()).slice(runs)).toMatchObject([{ started_by_id: `salesforce:${(await program.rows('select id from connection'))[0]?.['id']}` }]);
  expect(await accountOf(program, old)).toBeUndefined();
});

test('an event that cannot be decoded is a gap; what follows it is stored', async () => {
  keep(program, 'Account', { Id: id, Name: 'Damaged on its way' }, Date.parse('2026-11-21T08:58:00.000Z'));
  program.bus.publishDamaged('Account');
  const after = idOf('001', 800);
  program.bus.publish(accountChange(after, at(5), { Name: 'After it' }, { changeType: 'CREATE' }));
  await named('Damaged on its way');
  expect(await accountOf(program, after)).toMatchObject({ name: 'After it' });
});

test('a schema is asked for once, and again when it changes: fields are known by the schema that the event was written with', async () => {
  program.bus.publish(accountChange(id, at(1), { Name: 'Old schema', Industry: 'Software' }, { changeType: 'CREATE' }));
  await named('Old schema');
  const asked = program.bus.schemasAsked.filter((schema) => schema.startsWith('Account')).length;
  program.bus.changeSchema('Account');
  program.bus.publish(accountChange(id, at(2), { Name: 'New schema' }));
  await named('New schema');
  expect(await accountOf(program, id)).toMatchObject({ industry: 'Software' });
  expect(asked).toBe(1);
  expect(program.bus.schemasAsked.filter((schema) => schema.startsWith('Account'))).toHaveLength(2);
});

test('a stream that is cut is opened again behind the last event that was stored', async () => {
  const last = program.bus.publish(accountChange(id, at(1), { Name: 'Before the cut' }, { changeType: 'CREATE' }));
  await named('Before the cut');
  program.bus.cut();
  program.bus.publish(accountChange(id, at(2), { Name: 'During the cut' }));
  await named('During the cut');
  expect(program.bus.subscriptions.at(-1)).toEqual({ topic: '/data/ChangeEvents', preset: 'CUSTOM', replayId: last });
});

test('a token that ends during the stream is renewed; credentials that are refused make the connection fail, until others are given', async () => {
  program.bus.token = program.salesforce.token = 'the second session';
  program.bus.cut();
  program.bus.publish(accountChange(id, at(1), { Name: 'With a new token' }, { changeType: 'CREATE' }));
  await named('With a new token');
  program.bus.token = 'a session that nobody gets';
  program.bus.cut();
  const status = async () => dataOf(await program.query<{ connections: { source: string; status: string; lastError: { code: string } | null }[] }, Record<string, never>>('{ connections { source status lastError { code } } }')).connections.find(({ source }) => source === 'SALESFORCE');
  await until('the connection fails', async () => (await status())?.status === 'FAILING');
  expect((await status())?.lastError).toEqual({ code: 'UNAUTHORIZED' });
  program.bus.token = program.salesforce.token;
  program.bus.publish(accountChange(id, at(2), { Name: 'Accepted again' }));
  await until('the run has ended', () => program.count('select from change_follower where holder is null'));
  program.clock.advance(3_600_000);
  await named('Accepted again');
  expect((await status())?.status).toBe('ACTIVE');
});

test('a paused connection is not followed; what was missed is taken in when it is resumed', async () => {
  const set = (mutation: string) => program.query(`mutation($id: ID!) { ${mutation}(id: $id) { __typename } }`, { id: program.connection });
  await set('pauseConnection');
  await until('the stream is closed', () => program.bus.open() === 0, 15_000);
  program.bus.publish(accountChange(id, at(1), { Name: 'While it was paused' }, { changeType: 'CREATE' }));
  await set('resumeConnection');
  await named('While it was paused');
}, 30_000);

test('no more events are under way than were asked for, however many wait', async () => {
  program.bus.flow.most = 0;
  program.bus.cut();
  const ids = Array.from({ length: 450 }, (_, index) => idOf('001', 10_000 + index));
  const [last = ''] = ids.map((each, index) => program.bus.publish(accountChange(each, at(6, index), { Name: `Flow ${index}` }, { changeType: 'CREATE' }))).slice(-1);
  await until('all are stored', async () => (await places())[0]?.['place'] === last, 30_000);
  expect(program.bus.flow.most).toBeLessThanOrEqual(100);
  expect(await program.count(`select from account where name like 'Flow %'`)).toBe(450);
}, 60_000);

test('a replay id that Salesforce no longer keeps: changes are followed from now on, and what was missed is read', async () => {
  program.bus.publish(accountChange(id, at(1), { Name: 'Kept' }, { changeType: 'CREATE' }));
  await named('Kept');
  program.bus.expiredUpTo = Number.MAX_SAFE_INTEGER;
  keep(program, 'Account', { Id: id, Name: 'Changed while nobody listened' }, program.clock.now().getTime());
  program.bus.cut();
  await until('it follows from now on', () => program.bus.subscriptions.at(-1)?.preset === 'LATEST');
  await until('the stream is open', () => program.bus.open() > 0);
  program.bus.keepAlive();
  await named('Changed while nobody listened');
  program.bus.expiredUpTo = 0;
  await until('the place is known again', async () => (await places())[0]?.['place']);
});

test('of two processes one follows; when it stops, the other goes on where it was', async () => {
  const first = await startTestProgram({ ...program.options, roles: ['api', 'scheduler'] }, program);
  program.bus.publish(accountChange(id, at(1), { Name: 'Of one' }, { changeType: 'CREATE' }));
  await named('Of one');
  expect(program.bus.open()).toBe(1);
  expect(await program.count('select from change_follower')).toBe(1);
  const [{ holder }] = (await program.rows('select holder from change_follower')) as unknown as [{ holder: string }];
  // A lease that ran out is taken over; the run that held it stores nothing more.
  program.clock.advance(31_000);
  await until('the lease is renewed or taken', () => program.count('select from change_follower where leased_until > $1', [program.clock.now()]));
  program.bus.publish(accountChange(id, at(2), { Name: 'Of whoever follows' }));
  await named('Of whoever follows');
  await first.close();
  program.bus.publish(accountChange(id, at(3), { Name: 'Of the other' }));
  await named('Of the other');
  expect(holder).toBeTruthy();
}, 30_000);
