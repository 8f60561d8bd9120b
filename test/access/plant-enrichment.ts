import { json, startProvider, type ProviderServer } from '../enrichment/provider-server.ts';
import { until } from '../harness/program.ts';
import type { Office } from '../erasure/arrange.ts';
import type { Role } from '../../src/features/access/index.ts';

/** A provider whose answers hold a text; what of it is refused and what is taken. */
export async function pretendProvider(text: () => { readonly email: string; readonly phone: string }): Promise<ProviderServer> {
  const provider = await startProvider();
  provider.answer = (response) => json({ industry: `Software of ${text().email}`, region: `Call ${text().phone}` })(response);
  return provider;
}

/** Saves a provider and enriches an account by it. */
export async function plantEnrichment(office: Office, { account, of }: { readonly account: string; readonly of: (query: string, variables: Record<string, unknown>, role: Role, expected: string) => Promise<string> }): Promise<void> {
  const refused = '... on UserError { message }';
  const provider = { url: 'https://api.provider.example/', apiKey: 'key', priceMinor: 1, account: { industry: '/industry', region: '/region' } };
  await of(`mutation($input: EnrichmentProviderInput!) { saveEnrichmentProvider(input: $input) { __typename ${refused} } }`, { input: provider }, 'admin', 'EnrichmentProvider');
  await of(`mutation($input: EnrichmentPolicyInput!) { publishEnrichmentPolicy(input: $input) { __typename ${refused} } }`, { input: { provider: 'HTTP' } }, 'admin', 'EnrichmentPolicy');
  const id = await of(`mutation($input: EnrichAccountInput!) { enrichAccount(input: $input) { __typename ... on Enrichment { id } ${refused} } }`, { input: { accountId: account } }, 'admin', 'Enrichment');
  await until('the account is enriched', async () => JSON.stringify(await office.run('query($id: ID!) { node(id: $id) { ... on Enrichment { status } } }', { id }, 'admin')).includes('COMPLETED'));
}
