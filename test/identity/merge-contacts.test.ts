import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantConsent, revokeConsent, type ConsentPurpose } from '../../src/features/consent/index.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Customer, type Queue } from '../actions/queue.ts';
import { merging } from './arrange.ts';
import { takenIn } from '../harness/facts.ts';

let queue: Queue;
let contacts: ReturnType<typeof merging>;
beforeAll(async () => {
  queue = await openQueue();
  contacts = merging(queue, 'Contact');
});
afterAll(() => queue.close());

const tick = (): string => {
  queue.clock.advance(60_000);
  return queue.clock.now().toISOString();
};
let made = 0;
/** Another contact of an account, with an address of its own. */
async function another({ account }: Customer, more: Record<string, unknown> = {}): Promise<{ id: string; email: string; ref: { system: string; id: string } }> {
  const ref = { system: 'crm', id: `another-${(made += 1)}` };
  const email = `another${made}@example.com`;
  const { results } = await queue.upsert('contacts', [{ account: { id: account }, externalRef: ref, name: `Another ${made}`, email, ...more }]);
  return { id: results[0]?.id ?? '', email, ref };
}
const standings = async (email: string): Promise<string[]> =>
  dataOf(await queue.query<{ consent: { standing: string; granted: boolean; purpose: string }[] }, Record<string, unknown>>('query($email: String!) { consent(email: $email) { standing granted purpose } }', { email }, { role: 'privacy_officer' })).consent.map(({ standing, purpose }) => `${purpose} ${standing}`);
const decide = {
  grant: (email: string, purpose: ConsentPurpose = 'OUTREACH', channel = 'EMAIL', expiresAt: string | null = null) => queue.act((work) => grantConsent(work, queue.seal, { email, purpose, channel, basis: 'CONSENT', source: 'a form', proof: 'form 1', expiresAt, path: [] })),
  withdraw: (email: string, purpose: ConsentPurpose = 'OUTREACH', channel = 'EMAIL') => queue.act((work) => revokeConsent(work, queue.seal, revocationReactions, { email, purpose, channel, path: [] })),
};
const account = async (id: string, asOf: string | null = null) =>
  (await queue.see<{ account: { contacts: { edges: { node: Record<string, unknown> }[] }; primaryChampion: Record<string, unknown> | null } }>(
    'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { primaryChampion { presentId name } contacts(first: 10) { edges { node { presentId name email title mergedFrom { id } } } } } }', { id, asOf })).account;
const people = async (id: string, asOf: string | null = null): Promise<string[]> => (await account(id, asOf)).contacts.edges.map(({ node }) => String(node['email'])).toSorted();

describe('two contacts who are one', () => {
  test('both ids resolve to the survivor, which is what the sources of both imply; unmerging gives back each one', async () => {
    const customer = await queue.customer();
    const second = await another(customer, { title: 'Chief Technology Officer' });
    const before = tick();
    tick();
    const { id } = await contacts.merge(customer.contact, second.id);
    const node = async (contact: string) => (await queue.see<{ node: Record<string, unknown> }>('query($id: ID!) { node(id: $id) { id ... on Contact { name email title mergedFrom { id mergeId } } } }', { id: contact })).node;
    const merged = await node(customer.contact);
    expect(merged).toMatchObject({ id: customer.contact, mergedFrom: [{ id: second.id, mergeId: id }] });
    expect(await node(second.id)).toEqual(merged);
    expect(await people(customer.account)).toHaveLength(1);
    expect(await people(customer.account, before)).toEqual([customer.email, second.email].toSorted());
    tick();
    await contacts.unmerge(id);
    expect(await people(customer.account)).toEqual([customer.email, second.email].toSorted());
    expect(await node(second.id)).toMatchObject({ id: second.id, email: second.email, title: 'Chief Technology Officer', mergedFrom: [] });
  });

  test('what a source says of the contact that was merged away shows in the survivor, and is its own again afterwards', async () => {
    const customer = await queue.customer();
    const second = await another(customer);
    const { id } = await contacts.merge(customer.contact, second.id);
    tick();
    await queue.upsert('contacts', [{ account: { id: customer.account }, externalRef: second.ref, title: 'Founder' }]);
    await queue.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `contact-${customer.email.replace(/\D/g, '')}` }, role: 'Champion' }]);
    expect((await account(customer.account)).contacts.edges).toHaveLength(1);
    expect((await account(customer.account)).contacts.edges[0]?.node).toMatchObject({ presentId: customer.contact, title: 'Founder' });
    await contacts.unmerge(id);
    const shown = (await account(customer.account)).contacts.edges.map(({ node }) => [node['presentId'], node['title']]);
    expect(new Map(shown as [string, string][])).toEqual(new Map([[customer.contact, 'CTO'], [second.id, 'Founder']]));
  });

  test('the primary champion of an account and the recipient of an action resolve to the survivor', async () => {
    const customer = await queue.customer();
    const second = await another(customer);
    await queue.grant(second.email);
    await queue.upsertAccounts([{ externalRef: { system: 'salesforce', id: `customer-${customer.email.replace(/\D/g, '')}` }, primaryChampionId: second.id }]);
    const action = await queue.propose(customer);
    const { id } = await contacts.merge(customer.contact, second.id);
    expect((await account(customer.account)).primaryChampion).toMatchObject({ presentId: customer.contact });
    const told = await queue.see<{ node: { contact: { id: string } } }>('query($id: ID!) { node(id: $id) { ... on Action { contact { id } } } }', { id: action });
    expect(told.node.contact.id).toBe(customer.contact);
    const proposed = await queue.propose(customer, { contactId: uuidOf(second.id) });
    expect(await queue.status(proposed)).toBe('PENDING');
    await contacts.unmerge(id);
    expect((await account(customer.account)).primaryChampion).toMatchObject({ presentId: second.id });
  });
});

describe('consent of contacts who are one', () => {
  test('an objection of one address holds for all, whether it came before the merge or after; unmerging gives back each one\'s own', async () => {
    for (const when of ['before', 'after'] as const) {
      const customer = await queue.customer();
      const second = await another(customer);
      await decide.grant(second.email);
      const action = await queue.propose(customer);
      if (when === 'before') await decide.withdraw(second.email);
      expect(await queue.status(action)).toBe('PENDING');
      const { id } = await contacts.merge(customer.contact, second.id);
      if (when === 'after') {
        expect(await standings(customer.email)).toEqual(['OUTREACH GRANTED']);
        await decide.withdraw(second.email);
      }
      for (const email of [customer.email, second.email]) expect(await standings(email), when).toEqual(['OUTREACH REVOKED']);
      expect(await queue.status(action)).toBe('CANCELLED');
      await expect(queue.propose(customer)).rejects.toMatchObject({ why: 'NO_CONSENT' });
      await contacts.unmerge(id);
      expect(await standings(customer.email)).toEqual(['OUTREACH GRANTED']);
      expect(await standings(second.email)).toEqual(['OUTREACH REVOKED']);
      await queue.propose(customer);
    }
  });

  test('what expired, or was never asked, by one address is not granted by the other', async () => {
    const customer = await queue.customer();
    const second = await another(customer);
    const { id } = await contacts.merge(customer.contact, second.id);
    expect(await standings(customer.email)).toEqual(['OUTREACH UNKNOWN']);
    await expect(queue.propose(customer)).rejects.toMatchObject({ why: 'NO_CONSENT' });
    await decide.grant(second.email, 'OUTREACH', 'EMAIL', new Date(queue.clock.now().getTime() + 1_000).toISOString());
    expect(await standings(customer.email)).toEqual(['OUTREACH GRANTED']);
    queue.clock.advance(1_000);
    expect(await standings(customer.email)).toEqual(['OUTREACH EXPIRED']);
    const list = dataOf(await queue.query<{ consents: { edges: { node: { email: string } }[] } }, Record<string, unknown>>('{ consents(first: 100, filter: { standings: [EXPIRED] }) { edges { node { email } } } }', {}, { role: 'privacy_officer' }));
    expect(list.consents.edges.map(({ node }) => node.email).toSorted()).toEqual([customer.email, second.email].toSorted());
    await contacts.unmerge(id);
    expect(await standings(customer.email)).toEqual(['OUTREACH GRANTED']);
  });

  test('a duplicate without an address takes nothing away', async () => {
    const customer = await queue.customer();
    const second = await another(customer, { email: null });
    await contacts.merge(customer.contact, second.id);
    expect(await standings(customer.email)).toEqual(['OUTREACH GRANTED']);
    await queue.propose(customer);
  });

  test('purposes and channels stay apart, and an objection to profiling stops outreach to the other address', async () => {
    const customer = await queue.customer();
    const second = await another(customer);
    await decide.grant(second.email);
    await decide.grant(customer.email, 'MARKETING');
    await decide.grant(second.email, 'MARKETING');
    await decide.withdraw(second.email, 'PROFILING', 'NONE');
    const { id } = await contacts.merge(customer.contact, second.id);
    expect(await standings(customer.email)).toEqual(['MARKETING GRANTED', 'OUTREACH GRANTED']);
    await expect(queue.propose(customer)).rejects.toMatchObject({ why: 'NO_CONSENT' });
    await contacts.unmerge(id);
    await queue.propose(customer);
  });

  test('signals that name one address stop counting when the other objects to profiling, and count again after unmerging', async () => {
    const customer = await queue.customer();
    const second = await another(customer);
    await queue.ingest([{ account: { id: customer.account }, type: 'demo_request', source: 'web', sourceEventId: `objected-${made}`, payload: { email: customer.email } }]);
    await queue.settled();
    const excluded = () => queue.count('select from signal_objection where restored_at is null and account_id = $1', [customer.accountId]);
    await decide.withdraw(second.email, 'PROFILING', 'NONE');
    const { id } = await contacts.merge(customer.contact, second.id);
    const taken = () => queue.count(`select from audit_logs a where kind in ('contact.merged', 'contact.unmerged') and not ${takenIn('context-engine')}`);
    await expect.poll(taken, { timeout: 10_000 }).toBe(0);
    expect(await excluded()).toBe(1);
    await contacts.unmerge(id);
    await expect.poll(taken, { timeout: 10_000 }).toBe(0);
    expect(await excluded()).toBe(0);
  });
});

describe('erasing a person of a merged contact', () => {
  test('takes out that person, in the past too, and leaves the other with what is theirs', async () => {
    const customer = await queue.customer();
    const second = await another(customer, { title: 'Erased title' });
    tick();
    await contacts.merge(customer.contact, second.id);
    tick();
    const found = dataOf(await queue.query<{ erasurePreview: { digest: string; items: { kind: string; count: number }[] } }, Record<string, unknown>>('query($email: String!) { erasurePreview(email: $email) { digest items { kind count } } }', { email: second.email }, { role: 'privacy_officer' })).erasurePreview;
    expect(found.items.find(({ kind }) => kind === 'CONTACT')?.count).toBeGreaterThan(0);
    const erased = await queue.query<{ eraseSubject: { __typename: string } }, Record<string, unknown>>('mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email: second.email, digest: found.digest }, { role: 'privacy_officer' });
    expect(dataOf(erased).eraseSubject.__typename).toBe('ErasureReceipt');
    const left = (await account(customer.account)).contacts.edges.map(({ node }) => node);
    expect(left).toEqual([expect.objectContaining({ presentId: customer.contact, email: customer.email, title: 'CTO' })]);
    expect(await standings(customer.email)).toEqual(['OUTREACH GRANTED']);
    const known = await queue.rows(`select fields::text as fields from source_statement where node_id = $1`, [uuidOf(second.id)]);
    expect(JSON.stringify(known)).not.toContain('Erased title');
  });
});
