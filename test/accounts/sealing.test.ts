import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { normaliseEmail } from '../../src/platform/postgres/seal.ts';
import { arrange, crm, type Arranged } from './arrange.ts';
import { factsOfRequests } from '../harness/facts.ts';

let program: Arranged;
let acme: string;
beforeAll(async () => {
  program = await arrange();
  acme = await program.account('acme');
});
afterAll(() => program.close());

const uuidOf = (globalId: string | undefined): string => parseGlobalId(globalId ?? '')?.id ?? '';
const contact = async (ref: string, fields: Record<string, unknown>, account = acme) => {
  const { results } = await program.upsert('contacts', [{ account: { id: account }, externalRef: crm(ref), ...fields }]);
  if (!results[0]?.id) throw new Error(JSON.stringify(results[0]));
  return { id: results[0].id, change: results[0].change };
};
const person = async (id: string, asOf?: string) => {
  if (asOf === undefined) return (await program.see<{ node: { name: string; email: string } }>('query($id: ID!) { node(id: $id) { ... on Contact { name email } } }', { id })).node;
  const { account } = await program.see<{ account: { contacts: { edges: { node: { id: string; name: string; email: string } }[] } } }>(
    'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { contacts(first: 100) { edges { node { id: presentId name email } } } } }', { id: acme, asOf });
  const found = account.contacts.edges.find(({ node }) => node.id === id)?.node;
  return found && { name: found.name, email: found.email };
};
const subjectOf = async (id: string): Promise<string> => String((await program.rows('select subject_id from contact where id = $1', [uuidOf(id)]))[0]?.['subject_id']);

/** Every text of every row of every table, as the owner reads it; bytes as text too. */
async function everything(): Promise<string> {
  const tables = await program.rows(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`);
  const texts: string[] = [];
  for (const { name } of tables) {
    for (const row of await program.rows(`select * from ${String(name)}`)) {
      texts.push(JSON.stringify(row), ...Object.values(row as Record<string, unknown>).filter(Buffer.isBuffer).map((bytes) => bytes.toString('latin1')));
    }
  }
  return texts.join('\n').toLowerCase();
}

test('names and addresses of people are nowhere in clear, nor are their addresses\' plain hashes', async () => {
  const { id } = await contact('secretive', { name: 'Zebulon Quasimodo', email: 'zebulon.quasimodo@example.com', title: 'Head of Dumpsters' });
  await contact('secretive', { name: 'Zebulon Quasimodo II', email: 'Zebulon.Quasimodo@Example.com', title: 'Head of Dumpsters' });
  await program.settled();
  const dump = await everything();
  expect(dump).toContain('head of dumpsters');
  expect(dump).not.toContain('zebulon');
  expect(dump).not.toContain('quasimodo');
  expect(dump).not.toContain(Buffer.from('zebulon').toString('hex'));
  expect(dump).not.toContain(Buffer.from('zebulon').toString('base64').slice(0, 8).toLowerCase());
  expect(JSON.stringify(program.logged).toLowerCase()).not.toContain('zebulon');
  expect(await person(id)).toEqual({ name: 'Zebulon Quasimodo II', email: 'Zebulon.Quasimodo@Example.com' });
});

test('an unchanged contact writes nothing; a change of case alone is a change', async () => {
  const told = { name: 'mina harker', email: 'mina@example.com' };
  const { id } = await contact('mina', told);
  const look = async () => [await program.count('select from contact_history'), await program.count(`select from ${factsOfRequests}`), await program.count('select from subject_key'), await program.rows('select xmin::text, * from contact where id = $1', [uuidOf(id)])];
  const before = await look();
  program.clock.advance(1_000);
  expect((await contact('mina', told)).change).toBe('UNCHANGED');
  expect(await look()).toEqual(before);
  expect((await contact('mina', { ...told, name: 'Mina Harker' })).change).toBe('UPDATED');
  expect(await person(id)).toEqual({ name: 'Mina Harker', email: 'mina@example.com' });
  expect((await contact('mina', { ...told, name: 'Mina Harker', email: null })).change).toBe('UPDATED');
  expect(await person(id)).toEqual({ name: 'Mina Harker', email: null });
});

test('one person at two accounts is one subject; who has no address is known by the source\'s name alone', async () => {
  const other = await program.account('other');
  const [here, there] = [await contact('jon-1', { name: 'Jon', email: 'jon@example.com' }), await contact('jon-2', { name: 'Jon', email: ' JON@example.com ' }, other)];
  expect(await subjectOf(there.id)).toBe(await subjectOf(here.id));
  const nameless = await Promise.all(['003AbC', '003aBc'].map((ref) => contact(ref, { name: ref })));
  expect(new Set([...(await Promise.all(nameless.map(({ id }) => subjectOf(id)))), await subjectOf(here.id)]).size).toBe(3);
  const token = await program.token('agent', { tenant: program.otherTenant });
  await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Theirs' }], { token });
  const [theirs] = (await program.upsert('contacts', [{ account: { externalRef: crm('acme') }, externalRef: crm('jon-1'), name: 'Jon', email: 'jon@example.com' }], { token })).results;
  expect(await subjectOf(theirs?.id ?? '')).not.toBe(await subjectOf(here.id));
  expect(normaliseEmail(' ＪＯＮ@Example.com')).toBe('jon@example.com');
});

test('destroying the key erases the person everywhere, in the past too, and nobody else', async () => {
  const { id } = await contact('lucy', { name: 'Lucy', email: 'lucy@example.com' });
  const neighbour = await contact('arthur', { name: 'Arthur', email: 'arthur@example.com' });
  const then = program.clock.now().toISOString();
  program.clock.advance(60_000);
  await contact('lucy', { name: 'Lucy Westenra', email: 'lucy@example.com' });
  expect(await person(id, then)).toEqual({ name: 'Lucy', email: 'lucy@example.com' });
  expect(await person(id)).toEqual({ name: 'Lucy Westenra', email: 'lucy@example.com' });
  const subject = await subjectOf(id);
  await program.admin.query('update subject_key set wrapped_key = null, destroyed_at = now() where subject_id = $1', [subject]);
  expect(await person(id)).toEqual({ name: null, email: null });
  expect(await person(id, then)).toEqual({ name: null, email: null });
  expect(await person(neighbour.id)).toEqual({ name: 'Arthur', email: 'arthur@example.com' });
  // Told of again, the person is a new subject; what was erased stays erased.
  program.clock.advance(60_000);
  expect((await contact('lucy', { name: 'Lucy again', email: 'lucy@example.com' })).change).toBe('UPDATED');
  expect(await subjectOf(id)).not.toBe(subject);
  expect(await person(id)).toEqual({ name: 'Lucy again', email: 'lucy@example.com' });
  expect(await person(id, then)).toEqual({ name: null, email: null });
});
