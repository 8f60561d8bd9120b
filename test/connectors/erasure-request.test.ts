import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { hubspotEvent } from './payloads/hubspot.ts';
import { deliverAs, publicUrl, vendorSecret } from './vendor-requests.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ publicUrl });
});
afterAll(() => program.close());

interface Requests {
  readonly erasureRequests: readonly { readonly contactId: string; readonly source: string; readonly requestedAt: string }[];
}
const requests = async (role: 'privacy_officer' | 'analyst' = 'privacy_officer') => program.query<Requests, never>('{ erasureRequests { contactId source requestedAt recordedAt } }', undefined, { role });

test('a privacy deletion at HubSpot retires the contact and is a request until the person is erased', async () => {
  await program.account('acme');
  await program.upsert('contacts', [{ account: { externalRef: { system: 'crm', id: 'acme' } }, externalRef: { system: 'hubspot', id: '55' }, name: 'Ada Lovelace', email: 'ada@example.com', occurredAt: '2026-11-20T08:00:00Z' }]);
  const webhook = await vendorSecret(program, 'hubspot');
  program.clock.advance(1_000);
  const event = hubspotEvent('contact.privacyDeletion', 55, '2026-11-21T08:00:00.000Z');
  expect((await deliverAs(program, { vendor: 'hubspot', webhook }, [event])).status).toBe(202);
  expect((await deliverAs(program, { vendor: 'hubspot', webhook }, [event])).status).toBe(200);
  // Of somebody of whom nothing was ever held there is nothing to erase.
  expect((await deliverAs(program, { vendor: 'hubspot', webhook }, [hubspotEvent('contact.privacyDeletion', 56, '2026-11-21T08:00:00.000Z')])).status).toBe(202);
  expect(await program.count('select from contact')).toBe(0);
  const { data } = await requests();
  expect(data?.erasureRequests).toMatchObject([{ source: 'hubspot', requestedAt: '2026-11-21T08:00:00.000Z' }]);
  expect((await requests('analyst')).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  expect(await program.facts('erasure.requested')).toHaveLength(2);
  const contactId = data?.erasureRequests[0]?.contactId ?? '';
  const preview = await program.query<{ erasurePreview: { digest: string } }, { id: string }>('query ($id: ID!) { erasurePreview(contactId: $id) { digest } }', { id: contactId }, { role: 'privacy_officer' });
  expect(preview.errors).toBeUndefined();
  const erased = await program.query<{ eraseSubject: { __typename: string } }, { id: string; digest: string }>('mutation ($id: ID!, $digest: String!) { eraseSubject(contactId: $id, previewDigest: $digest) { __typename ... on UserError { message } } }', { id: contactId, digest: preview.data?.erasurePreview.digest ?? '' }, { role: 'privacy_officer' });
  expect(erased.data?.eraseSubject).toEqual({ __typename: 'ErasureReceipt' });
  expect((await requests()).data?.erasureRequests).toEqual([]);
});
