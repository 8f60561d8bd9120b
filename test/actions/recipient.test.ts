import { afterAll, beforeAll, expect, test } from 'vitest';
import { considerAccount } from '../../src/features/actions/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { createLlm, type Llm } from '../../src/platform/llm/llm.ts';
import { dataOf } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { openQueue, uuidOf, type Customer, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program.close());

interface Person {
  readonly name: string;
  readonly email: string;
  readonly contact: string;
}
let people = 0;
/** One more contact of a customer's account, who consents; heard of earlier than those who came before. */
async function contact(customer: Customer, name: string): Promise<Person> {
  people += 1;
  const email = `${name.split(' ')[0]?.toLowerCase()}${people}@example.com`;
  const { results } = await program.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `recipient-${people}` }, name, email, title: 'CTO', role: 'User' }]);
  await program.grant(email);
  return { name, email, contact: uuidOf(results[0]?.id ?? '') };
}
const champion = (customer: Customer, { contact: id }: Person) => program.rows('update account set primary_champion_id = $2 where id = $1', [customer.accountId, id]);
/** An account whose intent is high, with Amos as its champion and Berta beside him. */
async function two(): Promise<{ customer: Customer; amos: Person; berta: Person; pointId: Id<'ScorePoint'> }> {
  const customer = await program.customer({ consents: false });
  const [amos, berta] = [await contact(customer, 'Amos First'), await contact(customer, 'Berta Second')];
  await champion(customer, amos);
  await program.ingest(['demo_request', 'stage_change'].map((type) => ({ account: { id: customer.account }, type, source: 'web', sourceEventId: `${customer.email}-${type}` })));
  await program.settled();
  const pointId = await until('the score has changed', async () => (await program.rows('select id from score_point where account_id = $1 order by occurred_at desc, id desc limit 1', [customer.accountId]))[0]?.['id'] as Id<'ScorePoint'> | undefined);
  return { customer, amos, berta, pointId };
}

const plain = () => createLlm({ model: null, database: program.database, timeoutMilliseconds: 5_000, onError: () => undefined });
/** Acts on the crossing; `meanwhile` happens while the model thinks of draft 1, 2, … Answers what came of it, and how many drafts there were. */
async function act({ customer, pointId }: { customer: Customer; pointId: Id<'ScorePoint'> }, meanwhile: (draft: number) => Promise<unknown>) {
  let drafts = 0;
  const llm: Llm = {
    model: 'test',
    async extract(asked) {
      drafts += 1;
      await meanwhile(drafts);
      return { ...(await plain().extract(asked)), answer: asked.schema.parse({ subject: `Draft ${drafts} for {{name}}`, body: 'Hello {{name}}, shall we talk?', reasoning: 'They asked.', confidence: 0.8 }), source: 'MODEL' };
    },
  };
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'orchestration' } as const, requestId: 'test' };
  const outcome = await considerAccount({ transact: (body) => program.database.transact(caller, body), llm, seal: program.seal, caller }, customer.accountId, pointId);
  return { outcome, drafts };
}
const drafts = async ({ account }: Customer): Promise<{ to: string; subject: string; body: string }[]> => {
  const query = 'query($id: ID!) { account(id: $id) { actions(first: 5) { edges { node { draft { to subject body } } } } } }';
  const { account: read } = dataOf(await program.query<{ account: { actions: { edges: { node: { draft: { to: string; subject: string; body: string } } }[] } } }, { id: string }>(query, { id: account }, { role: 'analyst' }));
  return read.actions.edges.map(({ node }) => node.draft);
};
async function erase(email: string): Promise<void> {
  const officer = async <Data>(query: string, variables: Record<string, unknown>): Promise<Data> => dataOf(await program.query<Data, Record<string, unknown>>(query, variables, { role: 'privacy_officer' }));
  const { erasurePreview } = await officer<{ erasurePreview: { digest: string } }>('query($email: String!) { erasurePreview(email: $email) { digest } }', { email });
  expect(await officer('mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email, digest: erasurePreview.digest })).toEqual({ eraseSubject: { __typename: 'ErasureReceipt' } });
}

test.each(['revocation', 'erasure', 'champion'] as const)('what was drafted for one is never addressed to another: %s while the model thinks', async (what) => {
  const it = await two();
  const { customer, amos, berta } = it;
  const ways = { revocation: () => program.revoke(amos.email), erasure: () => erase(amos.email), champion: () => champion(customer, berta) };
  expect(await act(it, async (draft) => draft === 1 && ways[what]())).toEqual({ outcome: 'PROPOSED', drafts: 2 });
  expect(await drafts(customer)).toEqual([{ to: berta.email, subject: 'Draft 2 for Berta', body: 'Hello Berta, shall we talk?' }]);
  expect(await program.count('select from action_evidence where account_id = $1', [customer.accountId]), 'nothing of the old draft is kept').toBe(1);
});

test('the name is the one that the recipient has when it is proposed', async () => {
  const it = await two();
  const [ref] = await program.rows('select external_id from external_ref where node_id = $1', [it.amos.contact]);
  const rename = () => program.upsert('contacts', [{ account: { id: it.customer.account }, externalRef: { system: 'test', id: ref?.['external_id'] }, name: 'Amadeus First', email: it.amos.email }]);
  expect(await act(it, rename)).toEqual({ outcome: 'PROPOSED', drafts: 1 });
  expect(await drafts(it.customer)).toMatchObject([{ to: it.amos.email, subject: 'Draft 1 for Amadeus' }]);
});

test('is it another after every draft, it ends with a trace that says so, and nothing is proposed', async () => {
  const it = await two();
  const { customer, amos, berta } = it;
  expect(await act(it, (draft) => champion(customer, draft % 2 === 1 ? berta : amos))).toEqual({ outcome: 'RECIPIENT_CHANGED', drafts: 3 });
  expect(await program.rows('select outcome, reason, action_id, inputs from action_decision where account_id = $1', [customer.accountId])).toMatchObject([{ outcome: 'SKIPPED', reason: 'RECIPIENT_CHANGED', action_id: null, inputs: { generatedBy: 'MODEL' } }]);
  expect(await drafts(customer)).toEqual([]);
});

test('who consents is found behind hundreds who do not', async () => {
  const customer = await program.customer();
  for (let made = 0; made < 210; made += 70) {
    await program.upsert('contacts', Array.from({ length: 70 }, (_, index) => ({ account: { id: customer.account }, externalRef: { system: 'test', id: `crowd-${made + index}` }, name: `Crowd ${made + index}`, email: `crowd${made + index}@example.com`, role: 'Economic Buyer' })));
  }
  expect(await program.count('select from contact where account_id = $1', [customer.accountId])).toBe(211);
  await program.propose(customer);
  expect(await drafts(customer)).toMatchObject([{ to: customer.email }]);
});
