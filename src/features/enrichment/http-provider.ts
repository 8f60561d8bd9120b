import { outboundFetch, OutboundRefused, publicFetch, type PublicRequest } from '../../platform/outbound-http.ts';
import { InnerAddress } from '../../platform/public-address.ts';
import { transportFailure } from '../connectors/index.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { ProviderFault, type EnrichmentProvider, type EnrichmentQuestion, type ProviderAnswer } from './provider.ts';
import type { HttpProviderRow, ProviderMapping } from './http-provider-store.ts';

/** The largest answer that is read, in bytes. */
const mostBytes = 256 * 1_024;
/** The most people of an answer that are looked at. */
const mostPeople = 200;

/** Calls the HTTP provider of a tenant. `origin`: where the operator has it reached instead of its own address; that may be on the own network, the tenant's address may not. */
export function createHttpProvider(row: HttpProviderRow, seal: Seal, origin: string | null): EnrichmentProvider {
  const { pathname, search } = new URL(row.url);
  const url = origin === null ? row.url : `${origin}${pathname}${search}`;
  return {
    name: 'HTTP',
    priceMinor: row.priceMinor,
    chargesNoMatch: row.chargesNoMatch,
    async ask(question, signal) {
      const apiKey = seal.open(row.wrappedKey, row.encryptedApiKey);
      if (apiKey === null) throw new ProviderFault('UNAUTHORIZED');
      const { callId, companyName, domain, people } = question;
      const headers = { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': callId, [row.keyHeader]: /^authorization$/i.test(row.keyHeader) ? `Bearer ${apiKey}` : apiKey };
      const body = JSON.stringify({ company: { name: companyName, domain }, people: people.map(({ email }) => ({ email })) });
      const call: PublicRequest = { method: 'POST', headers, body, signal };
      const text = await send(signal, () => (origin === null ? publicFetch(url, call) : outboundFetch(url, { ...call, redirect: 'manual' })));
      return text === null ? null : readMapped(text, row.mapping, question);
    },
  };
}

/** Sends a request. Null: the provider does not know the account (HTTP 404). */
async function send(signal: AbortSignal, call: () => Promise<Response>): Promise<string | null> {
  try {
    const response = await call();
    if (!response.ok) await response.body?.cancel();
    if (response.status === 404) return null;
    if (!response.ok) throw new ProviderFault(codeOfStatus(response.status));
    return await readText(response);
  } catch (error) {
    if (error instanceof ProviderFault) throw error;
    if (error instanceof OutboundRefused) throw new ProviderFault('OUTBOUND_REFUSED');
    if (error instanceof InnerAddress) throw new ProviderFault('INNER_ADDRESS');
    if (signal.aborted) throw new ProviderFault('TIMED_OUT');
    throw new ProviderFault(transportFailure(error) === 'UNSENT' ? 'UNREACHABLE' : 'INTERRUPTED');
  }
}

function codeOfStatus(status: number): 'UNAUTHORIZED' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'REFUSED' {
  if (status === 401 || status === 403) return 'UNAUTHORIZED';
  if (status === 429) return 'RATE_LIMITED';
  return status >= 500 ? 'UNAVAILABLE' : 'REFUSED';
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > mostBytes) throw new ProviderFault('UNREADABLE');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Reads an answer by the mapping; throws `ProviderFault` where it is not JSON or holds nothing that the mapping names. */
export function readMapped(text: string, mapping: ProviderMapping, { people }: Pick<EnrichmentQuestion, 'people'>): ProviderAnswer {
  const json = parse(text);
  const { revenueUsd, ...plain } = mapping.account;
  const company: Record<string, unknown> = {};
  for (const [field, pointer] of Object.entries(plain)) {
    const value = pointer === undefined ? undefined : valueAt(json, pointer);
    if (value !== undefined && value !== null) company[field] = value;
  }
  const dollars = revenueUsd === undefined ? undefined : valueAt(json, revenueUsd);
  if (dollars !== undefined && dollars !== null) company['revenue'] = typeof dollars === 'number' ? { amountMinor: Math.round(dollars * 100), currency: 'USD' } : dollars;
  const found = new Map<string, Record<string, unknown>>();
  if (mapping.people && people.length > 0) {
    const items = valueAt(json, mapping.people.items);
    const byEmail = new Map(people.map(({ contactId, email }) => [email.toLowerCase(), contactId]));
    for (const item of Array.isArray(items) ? items.slice(0, mostPeople) : []) {
      const email: unknown = valueAt(item, mapping.people.email);
      // People who were not asked about are nobody's to keep.
      const contactId = typeof email === 'string' ? byEmail.get(email.trim().toLowerCase()) : undefined;
      if (contactId === undefined) continue;
      const values = { title: mapping.people.title && valueAt(item, mapping.people.title), role: mapping.people.role && valueAt(item, mapping.people.role) };
      found.set(contactId, Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)));
    }
  }
  if (Object.keys(company).length === 0 && found.size === 0) throw new ProviderFault('UNREADABLE');
  return { company, people: found };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderFault('UNREADABLE');
  }
}

/** The value at a JSON pointer (RFC 6901); undefined where there is none. */
export function valueAt(json: unknown, pointer: string): unknown {
  return pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).reduce<unknown>((at, name) => {
    if (Array.isArray(at)) return /^(?:0|[1-9]\d{0,8})$/.test(name) ? (at as unknown[])[Number(name)] : undefined;
    return typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined;
  }, json);
}
