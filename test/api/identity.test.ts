import { readFileSync } from 'node:fs';
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { apolloClient, relayClient, urqlClient, type CachingClient, type Place } from './caching-clients.ts';

const schema = buildGraph();
const text = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const keyless = (/```keyless\n([\w\s]+)```/.exec(text)?.[1] ?? '').trim().split(/\s+/);

test('a type with an id is a node, or is named in docs/clients.md as one that is not to be kept by it', () => {
  const found = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && type.getFields()['id'] && !type.getInterfaces().some(({ name }) => name === 'Node'));
  // A KPI in the state of a snapshot: its id is that state's, and is the same for the same content.
  expect(found.map(({ name }) => name).filter((name) => name !== 'SnapshotKpi').toSorted()).toEqual(keyless.toSorted());
});

let program: Arranged;
let place: Place;
let id = '';
beforeAll(async () => {
  program = await arrange();
  place = { url: `${program.url}/graphql`, token: await program.token('analyst'), schema, keyless };
  id = await program.account('7');
  await program.upsert('notes', [{ account: { id }, externalRef: { system: 'notion', id: '7' }, ...samples['notes']?.[0] }]);
  await program.ingest([{ account: { externalRef: crm('7') }, type: 'demo_request', source: 'test', sourceEventId: '1' }]);
  await program.settled();
});
afterAll(() => program.close());

const page = 'query Page($id: ID!) { account(id: $id) { id name externalRefs { system id } notes(first: 1) { edges { node { id externalRefs { system id } } } } signals(first: 1) { edges { node { id type } } } } }';
const lineage = 'query Lineage($id: ID!) { derivationChain(of: $id) { id type name } }';

test.each<readonly [string, (at: Place) => CachingClient]>([['Apollo Client', apolloClient], ['urql graphcache', urqlClient], ['relay-runtime', relayClient]])('%s, configured as docs/clients.md says, merges nothing that is not one', async (_name, make) => {
  const client = make(place);
  try {
    const read = await client.read(page, { id });
    expect(read).toMatchObject({ account: { externalRefs: [{ system: 'salesforce', id: '7' }], notes: { edges: [{ node: { externalRefs: [{ system: 'notion', id: '7' }] } }] }, signals: { edges: [{ node: { type: 'demo_request' } }] } } });
    expect(await client.read(lineage, { id })).toMatchObject({ derivationChain: expect.arrayContaining([{ id, type: 'ACCOUNT_CONTEXT', name: 'Context of 7' }]) as object[] });
    expect(await client.cached(page, { id })).toEqual(read);
  } finally {
    client.close();
  }
});
