import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../harness/program.ts';
import { startKafka } from '../services/kafka.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { inTopics } from './topics.ts';
import { plantElsewhere, plantSurname } from './elsewhere.ts';
import { hardNames, plantNames } from './plant-names.ts';
import { plantSession } from '../access/plant-session.ts';
import { markedPerson, openOffice, plant, verifyChain, type Answer, type Marked, type Office } from './arrange.ts';

const kafka = await startKafka();
const prefix = 'sweep.';
const withRedis = redisAvailable('test/erasure/sweep.test.ts');
const person = markedPerson('qzxvmarker');
const neighbour = markedPerson('wkjyneighbour');
/** Known by an address that does not say the name; the marker is the surname alone. */
const surname = 'Vqxsurname';
let redis: TestRedis | null = null;
let office: Office;
let account = '';
let elsewhere = '';
let friend = '';
let receipt: Answer;
let before: Place[];
let wrappedKeys: Buffer[];
let then = '';

beforeAll(async () => {
  redis = withRedis ? await startTestRedis() : null;
  office = await openOffice({ ...(redis ? { redisUrls: redis.urls } : {}), ...(kafka ? { kafka: { brokers: kafka.brokers, ssl: false, sasl: null, prefix, partitions: 2, replication: 1 } } : {}) });
  account = await plant(office, person);
  ({ account: elsewhere, friend } = await plantElsewhere(office, person));
  await plant(office, neighbour);
  await plantSurname(office, surname);
  await plantNames(office);
  await plantElsewhere(office, neighbour);
  await plantSession(office, `${person.name} <${person.email}> ${person.phone} asks for a tour`, 'agent_001');
  then = office.clock.now().toISOString();
  await office.settled();
  await readEverything();
  before = await places(person);
  wrappedKeys = (await office.rows('select k.wrapped_key from subject_key k where exists (select from contact_history c where c.subject_id = k.subject_id) or exists (select from contact c where c.subject_id = k.subject_id)')).map((row) => row['wrapped_key'] as unknown as Buffer);
  office.clock.advance(60_000);
  receipt = await office.erase(person.email);
  expect(await office.erase('desk-7@surname.example')).toMatchObject({ __typename: 'ErasureReceipt' });
  for (const { email, markers } of hardNames) {
    const planted = await Promise.all(markers.map(holding));
    expect(planted.every((tables) => tables.length > 0), email).toBe(true);
    expect(await office.erase(email)).toMatchObject({ __typename: 'ErasureReceipt', verified: true });
  }
});
afterAll(async () => {
  await office?.close();
  await redis?.close();
  await kafka?.stop();
});

interface Place {
  readonly table: string;
  readonly count: number;
}

/** A person's page, which fills the caches; the answer as text. */
async function readEverything(id = account, asOf: string | null = null): Promise<string> {
  const answer = await office.query(
    `query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { name website owner { name email } contacts { edges { node { name email title role } } } notes { edges { node { content author } } }
      tickets { edges { node { key summary labels url } } } signals { edges { node { payload sourceEventId } } } profile { fields { name value sourceMetadata history { edges { node { value } } } } assets { edges { node { name text } } } } } }`, { id, asOf }, { role: 'admin' });
  expect(answer.errors).toBeUndefined();
  return JSON.stringify(answer.data);
}

/** Every table with rows that name a person in the clear, in any schema. */
async function places({ marker, digits, phone }: Marked): Promise<Place[]> {
  const tables = await office.rows(`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
  const found: Place[] = [];
  for (const { name } of tables) {
    const hex = Buffer.from(marker).toString('hex');
    const count = await office.count(`select from ${String(name)} t where t::text ilike '%' || $1 || '%' or t::text like '%' || $2 || '%' or t::text like '%' || $3 || '%' or t::text like '%' || $4 || '%'`, [marker, hex, digits, phone]);
    if (count > 0) found.push({ table: String(name).replace('public.', ''), count });
  }
  return found;
}

/** Tables that hold some words. */
async function holding(words: string): Promise<string[]> {
  return (await places({ marker: words.replaceAll('%', '\\%'), digits: words.replaceAll('%', '\\%'), phone: words.replaceAll('%', '\\%'), name: words, email: '', earlier: '' })).map(({ table }) => table);
}

/** Whose key seals a table's texts, where it does not say so itself. */
const owners: Readonly<Record<string, string>> = {
  consent_decision: 'join consent c on c.id = t.consent_id join subject_key k on k.subject_id = c.subject_id',
  session_step: 'join agent_session s on s.tenant_id = t.tenant_id and s.id = t.session_id join subject_key k on k.subject_id = s.subject_id',
  session_message: 'join agent_session s on s.tenant_id = t.tenant_id and s.id = t.session_id join subject_key k on k.subject_id = s.subject_id',
  action_evidence: 'join action a on a.id = t.action_id join subject_key k on k.subject_id = a.subject_id',
};

/** Whatever can be opened with any key there is, opened. */
async function unsealed(): Promise<string[]> {
  const columns = await office.rows(`select c.table_name, c.column_name from information_schema.columns c where c.table_schema = 'public' and c.column_name like '%\\_sealed'`);
  const texts: string[] = [];
  for (const { table_name: table, column_name: column } of columns) {
    const of = owners[String(table)] ?? 'join subject_key k on k.subject_id = t.subject_id';
    const rows = await office.rows(`select t.${String(column)} as sealed, k.wrapped_key as wrapped from ${String(table)} t ${of} where k.wrapped_key is not null`);
    for (const row of rows) if (row['sealed'] !== null) texts.push(office.seal.open(row['wrapped'] as unknown as Buffer, row['sealed'] as unknown as Buffer) ?? '');
  }
  return texts;
}

/** Everything Redis holds, as text. */
async function inRedis(): Promise<string[]> {
  const client = redis?.client();
  if (!client) return [];
  const texts: string[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    const value = type === 'string' ? await client.get(key) : type === 'hash' ? JSON.stringify(await client.hgetall(key)) : type === 'list' ? (await client.lrange(key, 0, -1)).join() : type === 'zset' ? (await client.zrange(key, 0, -1)).join() : (await client.smembers(key)).join();
    texts.push(`${key} ${value ?? ''}`);
  }
  return texts;
}

test('the person stood in the clear in every place that may hold text, and could be read', () => {
  // Whichever of its partitions a snapshot is in.
  expect([...new Set(before.map(({ table }) => table.replace(/^account_snapshot_.*/, 'account_snapshot')))]).toEqual([
    'account', 'account_snapshot', 'action_evidence', 'activity', 'activity_history', 'api_key', 'contact', 'contact_history', 'dead_letter', 'external_ref', 'field_definition', 'kpi', 'kpi_history', 'manager_flag', 'manager_flag_history', 'note', 'note_history',
    'opportunity', 'opportunity_history', 'outreach_policy', 'playbook_execution', 'playbook_execution_history', 'playbook_report', 'playbook_report_history', 'playbook_trigger', 'playbook_trigger_history', 'product', 'product_history', 'scenario',
    'se_mention', 'se_mention_history', 'signal', 'source_statement', 'thread', 'thread_history', 'ticket', 'ticket_history', 'weekly_summary', 'weekly_summary_history',
  ]);
});

test('the receipt tells what was erased, and its signature holds', () => {
  expect(receipt).toMatchObject({ __typename: 'ErasureReceipt', verified: true, completedAt: office.clock.now().toISOString() });
  const items = receipt['items'] as unknown as { kind: string; count: number; kept: boolean }[];
  expect(Object.fromEntries(items.map(({ kind, count }) => [kind, count]))).toMatchObject({ SUBJECT_KEY: 2, CONTACT: 2, CONSENT: 2, PROFILE_FIELD: 4, DOCUMENT: 1, DOCUMENT_MENTION: 3, PROFILE_FIELD_MENTION: 3, NOTE_MENTION: 13, SIGNAL_MENTION: 4, DEAD_LETTER_MENTION: 2, ACTION_DRAFT_MENTION: 2, ACTION_REMARK_MENTION: 1, CONSENT_SOURCE_MENTION: 3, CONTACT_NAME_MENTION: 1, API_KEY_MENTION: 1, FIELD_DEFINITION_MENTION: 1, OUTREACH_POLICY_MENTION: 1, SCENARIO_MENTION: 2, TICKET_MENTION: 2, EXTERNAL_REF_MENTION: expect.any(Number) as number });
  expect(JSON.stringify(receipt)).not.toContain(person.marker);
});

test('nothing names the person afterwards: no table, past or present, in the clear or under any key', async () => {
  expect(await places(person)).toEqual([]);
  expect((await unsealed()).filter((text) => text.toLowerCase().includes(person.marker) || text.includes(person.phone))).toEqual([]);
});

test('who is named by the surname alone, by title, or by initial is gone near them, too; a colleague is not', async () => {
  expect(await places({ marker: surname, digits: '03071234567', phone: '030 71234567', name: surname, email: '', earlier: '' })).toEqual([]);
  expect((await unsealed()).filter((text) => text.includes(surname))).toEqual([]);
  const texts = (await office.rows(`select string_agg(content, '|') as said from note where author = 'Kim Colleague'`))[0]?.['said'];
  expect(texts).toContain('Kim Colleague agrees with [erased]');
});

test('short, East Asian and unusually written names are gone from every table and every sealed text; what stood beside them is there', async () => {
  const clear = (await unsealed()).join('\n').toLowerCase();
  for (const { markers } of hardNames) {
    for (const words of markers) {
      expect(await holding(words), words).toEqual([]);
      expect(clear, words).not.toContain(words.toLowerCase());
    }
  }
  expect(clear).toContain('minutes are kept.');
  expect(await office.count(`select from note where content ~ '^2: \\[erased\\].*, as agreed$'`)).toBeGreaterThan(10);
  expect(await office.count(`select from signal where payload::text like '%12345678901234%'`)).toBeGreaterThan(10);
  expect(await office.count(`select from signal where payload::text like '%203.0.113.77%'`)).toBe(0);
});

test('what is sealed for others stays theirs, without the person', async () => {
  const texts = (await unsealed()).join('\n');
  for (const text of ['Assistant of [erased] <[erased]>', 'told by [erased], [erased]', 'As [erased] said', 'As [erased] wrote', '[erased] ([erased]) is against it', 'Letter to [erased]', 'Budget is approved.', '[erased] <[erased]> +[erased] asks for a tour', '{"said":"[erased] <[erased]> +[erased] asks for a tour"}']) expect(texts).toContain(text);
  const page = await readEverything(elsewhere);
  expect(page.toLowerCase()).not.toContain(person.marker);
  expect(page).toContain('"Support"');
  expect(await office.run('query($email: String!) { consent(email: $email) { granted source history { source } } }', { email: friend })).toEqual({ consent: [{ granted: true, source: 'told by [erased]', history: [{ source: 'told by [erased]' }, { source: 'told by [erased], [erased]' }] }] });
  expect((await office.rows('select name from scenario where tenant_id = $1 order by name', [office.tenant])).map(({ name }) => String(name))).toContainEqual(expect.stringMatching(/^Visit of \[erased [0-9a-f]{8}\]$/));
});

test('no past instant brings the person back, and no cache', async () => {
  for (const asOf of [null, then, office.clock.now().toISOString()]) {
    const page = await readEverything(account, asOf);
    expect(page.toLowerCase()).not.toContain(person.marker);
    expect(page).toContain('[erased]');
    expect(page).toContain('Budget is approved.');
  }
});

test.runIf(withRedis)('Redis holds neither the person nor a key that opened them', async () => {
  const held = (await inRedis()).join('\n');
  expect(held).toContain('profile');
  expect(held.toLowerCase()).not.toContain(person.marker);
  for (const words of hardNames.flatMap(({ markers }) => markers)) expect(held.toLowerCase()).not.toContain(words.toLowerCase());
  const living = new Set((await office.rows('select wrapped_key from subject_key where wrapped_key is not null')).map((row) => (row['wrapped_key'] as unknown as Buffer).toString('base64')));
  for (const key of wrappedKeys.map((each) => each.toString('base64'))) if (!living.has(key)) expect(held).not.toContain(key);
});

test.skipIf(!kafka)('no topic of Kafka ever named the person', async () => {
  let held: string[] = [];
  await until('the erasure is on the bus', async () => (held = await inTopics(kafka?.brokers ?? [], prefix)).some((text) => text.includes('subject.erased')));
  for (const words of [person.marker, ...hardNames.flatMap(({ markers }) => markers)]) expect(held.join('\n').toLowerCase()).not.toContain(words.toLowerCase());
});

test('neither log nor bus nor audit named the person, and the chain still holds', async () => {
  for (const words of [person.marker, ...hardNames.flatMap(({ markers }) => markers)]) expect(JSON.stringify(office.logged).toLowerCase()).not.toContain(words.toLowerCase());
  expect((await verifyChain(office)).broken).toBeNull();
  expect((await office.facts('subject.erased')).map(({ data }) => Object.keys(data))).toEqual(Array.from({ length: 2 + hardNames.length }, () => ['items', 'subjectIds', 'erasureReceiptId']));
  expect(await office.count('select from subject_key where lookup = $1', [office.seal.lookup(office.tenant, { email: person.email })])).toBe(0);
});

test('everybody else is as they were', async () => {
  expect((await places(neighbour)).map(({ table }) => table)).toEqual(before.map(({ table }) => table));
  const page = await readEverything(await office.account(`acme-${neighbour.digits.slice(-4)}`, { name: 'again' }));
  expect(page).toContain(neighbour.name);
  expect(page).toContain(neighbour.email);
});
