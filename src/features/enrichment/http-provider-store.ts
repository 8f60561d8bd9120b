import { z } from 'zod';
import { InvalidInput } from '../../platform/errors.ts';
import { wrappedTable } from '../../platform/postgres/keys/wrapped-table.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { mostMonthlyMinor } from './budget.ts';
import { enrichmentProviderSaved } from './enrichment.events.ts';

/** The table of sealed API keys, for rotations of the master key. */
export const enrichmentProviderKeys = wrappedTable({ table: 'enrichment_provider', id: 'id', column: 'wrapped_key', order: 'id' });

const pointer = z.string().regex(/^(?:\/(?:[^~/]|~[01])*)+$/, 'must be a JSON pointer (RFC 6901), such as /company/name').max(500);

/** Where an answer holds the values: JSON pointers. */
export const providerMapping = z.strictObject({
  account: z.strictObject({ industry: pointer.optional(), employeeCount: pointer.optional(), region: pointer.optional(), website: pointer.optional(), revenueUsd: pointer.optional() }),
  /** The list of people, and in each of its items their address and values; null: the answer holds no people. */
  people: z.strictObject({ items: pointer, email: pointer, title: pointer.optional(), role: pointer.optional() }).nullable(),
});
export type ProviderMapping = z.output<typeof providerMapping>;

/** The HTTP provider of a tenant, with its key still sealed. */
export interface HttpProviderRow {
  readonly uuid: string;
  readonly version: number;
  readonly url: string;
  readonly keyHeader: string;
  readonly wrappedKey: Buffer | null;
  readonly encryptedApiKey: Buffer | null;
  readonly mapping: ProviderMapping;
  readonly priceMinor: number;
  readonly chargesNoMatch: boolean;
}

const read = statement<HttpProviderRow>(
  'enrichment_provider_of_tenant',
  `select id as uuid, version, url, key_header as "keyHeader", wrapped_key as "wrappedKey", encrypted_api_key as "encryptedApiKey", mapping, price_minor as "priceMinor", charges_no_match as "chargesNoMatch"
   from enrichment_provider where tenant_id = $1`,
);
const save = statement(
  'save_enrichment_provider',
  `insert into enrichment_provider (tenant_id, id, version, url, key_header, wrapped_key, encrypted_api_key, mapping, price_minor, charges_no_match, saved_at, saved_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
   on conflict (tenant_id) do update set version = excluded.version, url = excluded.url, key_header = excluded.key_header, wrapped_key = excluded.wrapped_key, encrypted_api_key = excluded.encrypted_api_key,
     mapping = excluded.mapping, price_minor = excluded.price_minor, charges_no_match = excluded.charges_no_match, saved_at = excluded.saved_at, saved_by = excluded.saved_by`,
);
const lock = statement('lock_enrichment_provider', `select pg_advisory_xact_lock(hashtextextended('enrichment_provider ' || $1, 0))`);

/** The tenant's HTTP provider; null while none was described. */
export async function httpProviderOf(sql: Sql & { readonly tenantId: string }): Promise<HttpProviderRow | null> {
  const [row] = await sql.rows(read, [sql.tenantId]);
  return row ?? null;
}

/** What an administrator states of the provider. */
export interface HttpProviderInput {
  readonly url: string;
  readonly keyHeader: string;
  /** Absent: the stored key stays. */
  readonly apiKey?: string | null;
  readonly mapping: unknown;
  readonly priceMinor: number;
  readonly chargesNoMatch: boolean;
}

/** Saves the settings of the tenant's HTTP provider. A new URL needs the API key again, so that nobody sends a stored key elsewhere. */
export async function saveHttpProvider(work: Work, seal: Seal, input: HttpProviderInput): Promise<HttpProviderRow> {
  const url = checkUrl(input.url);
  const mapping = checkMapping(input.mapping);
  if (!/^[A-Za-z0-9-]{1,64}$/.test(input.keyHeader)) throw new InvalidInput('keyHeader must be the name of an HTTP header: letters, digits and -, at most 64 characters.', ['input', 'keyHeader']);
  if (!Number.isInteger(input.priceMinor) || input.priceMinor < 0 || input.priceMinor > mostMonthlyMinor) throw new InvalidInput(`priceMinor must be a whole number of US cents from 0 to ${mostMonthlyMinor}.`, ['input', 'priceMinor']);
  if (ownHeaders.has(input.keyHeader.toLowerCase())) throw new InvalidInput(`keyHeader must not be ${input.keyHeader}, which each request has already or which says how it is sent. Use Authorization or a header of the provider such as X-Api-Key.`, ['input', 'keyHeader']);
  await work.rows(lock, [work.tenantId]);
  const present = await httpProviderOf(work);
  const kept = present !== null && present.url === url && present.keyHeader === input.keyHeader ? present : null;
  if (!input.apiKey && !kept?.wrappedKey) throw new InvalidInput('apiKey is required for a new provider, URL or keyHeader.', ['input', 'apiKey']);
  const key = input.apiKey ? sealKey(seal, input.apiKey) : { wrappedKey: kept?.wrappedKey ?? null, encryptedApiKey: kept?.encryptedApiKey ?? null };
  const row: HttpProviderRow = { uuid: present?.uuid ?? work.newId<'EnrichmentProvider'>(), version: (present?.version ?? 0) + 1, url, keyHeader: input.keyHeader, ...key, mapping, priceMinor: input.priceMinor, chargesNoMatch: input.chargesNoMatch };
  await work.rows(save, [work.tenantId, row.uuid, row.version, url, row.keyHeader, row.wrappedKey, row.encryptedApiKey, JSON.stringify(mapping), row.priceMinor, row.chargesNoMatch, work.now, work.actor.id]);
  work.record(enrichmentProviderSaved.fact({ accountId: null, data: { version: row.version } }));
  return row;
}

function sealKey(seal: Seal, apiKey: string): Pick<HttpProviderRow, 'wrappedKey' | 'encryptedApiKey'> {
  if (!/^[\x21-\x7e]{1,2000}$/.test(apiKey)) throw new InvalidInput('apiKey must be 1 to 2000 visible ASCII characters.', ['input', 'apiKey']);
  const { key, wrapped } = seal.newKey();
  return { wrappedKey: wrapped, encryptedApiKey: seal.seal(key, apiKey) };
}

/** Headers that a request has by itself, and those that decide how it is sent. */
const ownHeaders: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'idempotency-key', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Hosts that only this machine or its network has. */
const innerHost = /^(?:localhost|.*\.(?:localhost|local|internal|intranet|lan|home|arpa))$|^\[|^\d+(?:\.\d+){0,3}$|^[^.]+$/;

function checkUrl(given: string): string {
  const path = ['input', 'url'];
  if (!URL.canParse(given) || given.length > 2_000) throw new InvalidInput('url must be an absolute URL: https://api.provider.example/v1/enrich.', path);
  const url = new URL(given);
  if (url.protocol !== 'https:') throw new InvalidInput('url must begin with https://.', path);
  if (url.username !== '' || url.password !== '' || url.hash !== '') throw new InvalidInput('url must hold no credentials and no fragment. Give the key as apiKey.', path);
  // A dot at the end says the same as none.
  if (innerHost.test(url.hostname.replace(/\.$/, ''))) throw new InvalidInput('url must name a public host: no IP address, no name of this network.', path);
  return url.href;
}

function checkMapping(given: unknown): ProviderMapping {
  const parsed = providerMapping.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidInput(`mapping.${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}.`, ['input', 'mapping', ...(issue?.path.map(String) ?? [])]);
  }
  if (Object.values(parsed.data.account).every((each) => each === undefined) && parsed.data.people === null) throw new InvalidInput('mapping must name at least one field.', ['input', 'mapping']);
  return parsed.data;
}
