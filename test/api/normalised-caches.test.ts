import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { apolloClient, relayClient, urqlClient, type CachingClient, type Place } from './caching-clients.ts';

const page = `query Page($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) {
  id name industry asOf presentId
  intent { ... on IntentScore { id value computedAt contributions(first: 5) { points signal { id type } } } }
  health { id overallScore healthSource }
  profile { id fields { id name status version } }
  contacts(first: 2) { edges { cursor node { id title } } }
  kpis(first: 2) { edges { node { id value status } } }
  signals(first: 5) { edges { node { id type account { id name } } } }
  latestSnapshot { id accountStatus topCriticalKpis { id value } }
} }`;
const byNode = 'query Again($id: ID!) { node(id: $id) { ... on Account { id name asOf intent { ... on IntentScore { id value } } } } }';
const live = `subscription Live($ids: [ID!]) { intentScoreChanged(accountIds: $ids) { __typename ... on IntentScoreChange { current account { id name intent { ... on IntentScore { id value computedAt } } } } } }`;

interface Page {
  readonly account: { readonly id: string; readonly name: string; readonly asOf: string | null; readonly intent: { readonly id: string; readonly value: number } };
}

let program: Arranged;
let place: Place;
beforeAll(async () => {
  program = await arrange();
  place = { url: `${program.url}/graphql`, token: await program.token('analyst'), schema: buildGraph() };
});
afterAll(() => program.close());

/** An account with a past that differs in everything; and an instant of that past. */
async function accountWithPast(name: string): Promise<{ id: string; past: string }> {
  const id = await program.account(name, { name: `${name} then`, industry: 'Software' });
  const account = { id };
  const state = async (turn: number): Promise<void> => {
    await program.upsert('contacts', [{ account, externalRef: crm(`${name}-contact`), name: 'Ada', title: `Title ${turn}` }]);
    await program.upsert('kpis', [{ account, externalRef: crm(`${name}-kpi`), category: 'Product Usage', parameter: 'Product activation rate', value: `${turn} %` }]);
    await program.query('mutation($id: ID!, $value: JSON!) { updateProfileField(input: { account: { id: $id }, name: "city", value: $value }) { __typename } }', { id, value: `Ulm ${turn}` }, { role: 'analyst' });
    await program.query('mutation($ids: [ID!]) { createSnapshots(accountIds: $ids) { __typename } }', { ids: [id] }, { role: 'admin' });
    await program.ingest([{ account, type: 'demo_request', source: 'test', sourceEventId: `${name}-${turn}` }]);
    await program.settled();
    program.clock.advance(3_600_000);
  };
  await state(1);
  const then = program.clock.now().toISOString();
  program.clock.advance(1_000);
  await program.upsertAccounts([{ externalRef: crm(name), name: `${name} now`, industry: 'Retail' }]);
  await state(2);
  return { id, past: then };
}

const clients: readonly (readonly [string, (place: Place) => CachingClient])[] = [['Apollo Client', apolloClient], ['urql graphcache', urqlClient], ['relay-runtime', relayClient]];

describe.each(clients)('%s', (name, make) => {
  test('keeps the present and a past state apart, also while events update the present', async () => {
    const { id, past: then } = await accountWithPast(name);
    const client = make(place);
    try {
      const present = (await client.read(page, { id })) as Page;
      expect(present.account).toMatchObject({ id, name: `${name} now`, asOf: null });
      const past = (await client.read(page, { id, asOf: then })) as Page;
      expect(past.account).toMatchObject({ presentId: id, name: `${name} then`, asOf: then });
      expect(await client.cached(page, { id }), 'the present after the past was read').toEqual(present);
      expect(await client.cached(page, { id, asOf: then })).toEqual(past);

      const again = { node: { id: past.account.id, name: `${name} then`, asOf: then, intent: { id: past.account.intent.id, value: past.account.intent.value } } };
      expect(await client.read(byNode, { id: past.account.id })).toEqual(again);
      expect(await client.cached(page, { id })).toEqual(present);

      let events = 0;
      const stop = client.subscribe(live, { ids: [id] }, () => (events += 1));
      await until('the present state came', () => events > 0);
      await program.ingest([{ account: { id }, type: 'demo_request', source: 'test', sourceEventId: `${name}-live` }]);
      const updated = await until('the change came', async () => {
        const now = (await client.cached(page, { id })) as Page | null;
        return now !== null && now.account.intent.value > present.account.intent.value && now;
      });
      stop();
      expect(updated.account.intent.id).toBe(present.account.intent.id);
      expect(await client.cached(page, { id, asOf: then }), 'the past after an event').toEqual(past);
      expect(await client.cached(byNode, { id: past.account.id })).toEqual(again);
    } finally {
      client.close();
    }
  });
});
