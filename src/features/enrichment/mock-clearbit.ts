import { createHash } from 'node:crypto';
import type { EnrichmentProvider, EnrichmentQuestion, ProviderAnswer } from './provider.ts';

const industries = ['Software', 'Manufacturing', 'Financial Services', 'Healthcare', 'Retail', 'Logistics', 'Media', 'Energy'];
const regions = ['EMEA', 'AMER', 'APAC'];
const employees = [12, 48, 150, 420, 900, 2_400, 7_500, 21_000];
const positions = [
  { title: 'Chief Technology Officer', role: 'Technical Evaluator' },
  { title: 'VP of Operations', role: 'Economic Buyer' },
  { title: 'Head of Procurement', role: 'Budget Owner' },
  { title: 'Engineering Manager', role: 'User' },
];

/** US cents of one mock call, so that a month's budget pays for five. */
export const mockPriceMinor = 10;

/**
 * The mock of Clearbit that the source document names: it calls nobody, and says the same about the same domain (or name,
 * where no domain is known) on every machine. A domain below `unknown.example` is one that it does not know.
 */
export const mockClearbit: EnrichmentProvider = {
  name: 'MOCK_CLEARBIT',
  priceMinor: mockPriceMinor,
  chargesNoMatch: false,
  ask: (question) => Promise.resolve(answer(question)),
};

function answer({ companyName, domain, people }: EnrichmentQuestion): ProviderAnswer | null {
  const known = domain?.toLowerCase() ?? null;
  if (known !== null && /(?:^|\.)unknown\.example$/.test(known)) return null;
  const pick = picker(known ?? companyName.normalize('NFKC').toLowerCase());
  const size = pick(employees, 1);
  return {
    company: {
      industry: pick(industries, 0),
      employeeCount: size,
      region: pick(regions, 2),
      website: `https://${known ?? `${slugOf(companyName)}.example`}`,
      // 180,000 USD for each employee.
      revenue: { amountMinor: size * 18_000_000, currency: 'USD' },
    },
    people: new Map(people.map(({ contactId, email }) => [contactId, { ...picker(email.toLowerCase())(positions, 0) }])),
  };
}

/** Picks from lists by the bytes of a hash of a key. */
function picker(key: string): <Item>(items: readonly Item[], place: number) => Item {
  const bytes = createHash('sha256').update(`mock clearbit ${key}`).digest();
  return <Item>(items: readonly Item[], place: number): Item => {
    const item = items[(bytes[place] ?? 0) % items.length];
    if (item === undefined) throw new Error('a list of the mock is empty');
    return item;
  };
}

function slugOf(name: string): string {
  return name.normalize('NFKD').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 60) || 'company';
}
