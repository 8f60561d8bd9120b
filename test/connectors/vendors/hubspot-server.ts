import { startVendorServer, type ArrivedCall, type VendorServer } from './vendor-server.ts';

/** An object of HubSpot as the server keeps it. */
export interface HubspotRecord {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly history?: Readonly<Record<string, readonly { readonly value: string; readonly timestamp: string }[]>>;
  readonly archivedAt?: string;
  /** The companies that it is associated with, the primary one first. */
  readonly companies?: readonly string[];
}

/** A HubSpot account. */
export interface HubspotAccount {
  readonly companies: Map<string, HubspotRecord>;
  readonly contacts: Map<string, HubspotRecord>;
  readonly deals: Map<string, HubspotRecord>;
  portalId: number;
}

/** A server that answers as HubSpot does. */
export interface HubspotServer extends VendorServer {
  readonly account: HubspotAccount;
  /** Tokens that are accepted. */
  readonly tokens: Set<string>;
  /** What a search is answered. */
  searchAs(call: ArrivedCall): object;
}

const collections = ['companies', 'contacts', 'deals'] as const;
type Collection = (typeof collections)[number];
const modifiedOf = (collection: Collection): string => (collection === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate');
const primaryType: Readonly<Record<string, number>> = { contacts: 1, deals: 5 };

/** What HubSpot answers when a limit is reached. */
export const limitReached = (policyName: 'DAILY' | 'TEN_SECONDLY_ROLLING' | 'SECONDLY', headers: Record<string, string> = {}) => ({
  status: 429, headers, body: { status: 'error', message: `You have reached your ${policyName.toLowerCase()} limit.`, errorType: 'RATE_LIMIT', correlationId: 'c033cdaa-2c40-4a64-ae48-b4cec88dad24', policyName, requestId: '3d3e35b7-0dae-4b9f-a6e3-9c230cbcf8dd' },
});
/** What HubSpot answers without a scope. */
export const missingScopes = { status: 403, body: { status: 'error', message: 'This app hasn\'t been granted all required scopes to make this call.', correlationId: '4afa0b1c-32a6-4b1c-9b2f-4aab1bbf9aaa', category: 'MISSING_SCOPES', errors: [{ message: 'One or more of the following scopes are required.', context: { requiredGranularScopes: ['crm.objects.deals.read'] } }] } };

/** Starts a server with an account. */
export async function startHubspotServer(): Promise<HubspotServer> {
  const account: HubspotAccount = { companies: new Map(), contacts: new Map(), deals: new Map(), portalId: 33 };
  const tokens = new Set(['pat-na1-token']);
  const guarded = (answer: (call: ArrivedCall) => unknown, status = 200) => (call: ArrivedCall) => {
    if (tokens.has(call.headers['authorization']?.replace('Bearer ', '') ?? '')) return { status, body: answer(call) };
    return { status: 401, body: { status: 'error', message: 'The OAuth token used to make this call expired 2 hour(s) ago.', correlationId: 'ce5a', category: 'EXPIRED_AUTHENTICATION' } };
  };
  const server = await startVendorServer({
    'GET /account-info/v3/details': guarded(() => ({ portalId: account.portalId, accountType: 'STANDARD', timeZone: 'Europe/Berlin', companyCurrency: 'EUR', additionalCurrencies: [], utcOffset: '+01:00', utcOffsetMilliseconds: 3_600_000, uiDomain: 'app-eu1.hubspot.com', dataHostingLocation: 'eu1' })),
    'GET /crm/v3/owners/': guarded(({ query }) => (query.get('archived') === 'true'
      ? { results: [owner('9', 'Former', 'Owner')] }
      : query.get('after') ? { results: [owner('6', 'David', 'Kim')] } : { results: [owner('5', 'Sarah', 'Chen')], paging: { next: { after: '2', link: 'https://api.hubapi.com/crm/v3/owners?after=2' } } })),
    'GET /crm/v3/pipelines/:type': guarded(() => ({
      results: [{ id: 'default', label: 'Sales Pipeline', displayOrder: 0, archived: false, createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z', stages: [stage('qualifiedtobuy', 'Qualified To Buy', 'false', '0.4'), stage('presentationscheduled', 'Demo', 'false', '0.4'), stage('contractsent', 'Contract Sent', 'false', '0.9'), stage('closedwon', 'Closed Won', 'true', '1.0'), stage('closedlost', 'Closed Lost', 'true', '0.0')] }],
    })),
    'POST /crm/v3/objects/:type/batch/read': guarded((call) => batchRead(account, call)),
    'POST /crm/v3/objects/:type/search': guarded((call) => search(account, call)),
    'GET /crm/v3/objects/:type': guarded((call) => list(account, call)),
    'POST /crm/v4/associations/:from/companies/batch/read': guarded((call) => associationsOf(account, call), 207),
    'GET /crm/v4/objects/companies/:id/associations/:to': guarded((call) => membersOf(account, call)),
  }, { status: 404, body: { status: 'error', message: 'resource not found', correlationId: 'c1', category: 'OBJECT_NOT_FOUND' } });
  return { ...server, get calls() { return server.calls; }, account, tokens, searchAs: (call) => search(account, call) };
}

const owner = (id: string, firstName: string, lastName: string) => ({ id, email: `${firstName.toLowerCase()}@vendor.example`, firstName, lastName, userId: Number(id), type: 'PERSON', archived: false, createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z', teams: [] });
const stage = (id: string, label: string, isClosed: string, probability: string) => ({ id, label, displayOrder: 0, metadata: { isClosed, probability }, archived: false, createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z' });
const collectionOf = (account: HubspotAccount, type = ''): Map<string, HubspotRecord> => account[(collections as readonly string[]).includes(type) ? (type as Collection) : 'deals'];

/** An object with the properties that were asked for, as every endpoint shows it. */
function shown({ id, properties, history = {}, archivedAt }: HubspotRecord, asked: readonly string[], past: readonly string[] = []): object {
  return {
    id, properties: Object.fromEntries([...asked.map((name) => [name, properties[name] ?? null]), ['hs_object_id', id]]),
    ...(past.length > 0 ? { propertiesWithHistory: Object.fromEntries(past.map((name) => [name, (history[name] ?? []).map(({ value, timestamp }) => ({ value, timestamp, sourceType: 'CRM_UI', sourceId: 'userId:1' })).toReversed()])) } : {}),
    createdAt: '2026-01-01T00:00:00.000Z', updatedAt: properties['hs_lastmodifieddate'] ?? properties['lastmodifieddate'], archived: archivedAt !== undefined, ...(archivedAt ? { archivedAt } : {}),
  };
}

function batchRead(account: HubspotAccount, { params, body, query }: ArrivedCall): object {
  const { inputs, properties, propertiesWithHistory } = JSON.parse(body) as { readonly inputs: readonly { readonly id: string }[]; readonly properties: readonly string[]; readonly propertiesWithHistory: readonly string[] };
  const objects = [...collectionOf(account, params['type']).values()];
  const isArchived = query.get('archived') === 'true';
  const results = inputs.flatMap(({ id }) => objects.filter((each) => (each.id === id || each.properties['hs_merged_object_ids']?.split(';').includes(id) === true) && (each.archivedAt !== undefined) === isArchived).slice(0, 1));
  return { status: 'COMPLETE', results: results.map((each) => shown(each, properties, propertiesWithHistory)), startedAt: '2026-11-21T08:00:00Z', completedAt: '2026-11-21T08:00:00Z' };
}

/** The search, with its limit of 10,000 results and its one sort. */
function search(account: HubspotAccount, { params, body }: ArrivedCall): object {
  const { limit, sorts, filterGroups, properties } = JSON.parse(body) as { readonly limit: number; readonly sorts: readonly string[]; readonly properties: readonly string[]; readonly filterGroups: readonly { readonly filters: readonly { readonly propertyName: string; readonly operator: string; readonly value: string }[] }[] };
  const modified = modifiedOf(params['type'] as Collection);
  const numberOf = (each: HubspotRecord, name: string): number => (name === 'hs_object_id' ? Number(each.id) : Date.parse(each.properties[name] ?? ''));
  const matches = (each: HubspotRecord): boolean => filterGroups.length === 0 || filterGroups.some(({ filters }) => filters.every(({ propertyName, operator, value }) => {
    const own = numberOf(each, propertyName);
    return operator === 'GTE' ? own >= Number(value) : operator === 'GT' ? own > Number(value) : own === Number(value);
  }));
  const found = [...collectionOf(account, params['type']).values()].filter((each) => each.archivedAt === undefined && matches(each)).toSorted((one, other) => numberOf(one, sorts[0] ?? modified) - numberOf(other, sorts[0] ?? modified));
  return { total: found.length, results: found.slice(0, limit).map((each) => shown(each, properties)), ...(found.length > limit ? { paging: { next: { after: String(limit) } } } : {}) };
}

function list(account: HubspotAccount, { params, query }: ArrivedCall): object {
  const isArchived = query.get('archived') === 'true';
  const all = [...collectionOf(account, params['type']).values()].filter((each) => (each.archivedAt !== undefined) === isArchived);
  const [from, limit] = [Number(query.get('after') ?? 0), Number(query.get('limit') ?? 10)];
  return { results: all.slice(from, from + limit).map((each) => shown(each, [modifiedOf(params['type'] as Collection)])), ...(all.length > from + limit ? { paging: { next: { after: String(from + limit) } } } : {}) };
}

function associationsOf(account: HubspotAccount, { params, body }: ArrivedCall): object {
  const { inputs } = JSON.parse(body) as { readonly inputs: readonly { readonly id: string }[] };
  const from = params['from'] ?? '';
  const types = (isPrimary: boolean) => [...(isPrimary ? [{ category: 'HUBSPOT_DEFINED', typeId: primaryType[from], label: 'Primary' }] : []), { category: 'HUBSPOT_DEFINED', typeId: 279, label: null }];
  const results = inputs.flatMap(({ id }) => {
    const companies = collectionOf(account, from).get(id)?.companies ?? [];
    return companies.length === 0 ? [] : [{ from: { id }, to: companies.map((each, index) => ({ toObjectId: Number(each), associationTypes: types(index === 0) })).toReversed() }];
  });
  return { status: 'COMPLETE', results, numErrors: inputs.length - results.length, errors: [], startedAt: '2026-11-21T08:00:00Z', completedAt: '2026-11-21T08:00:00Z' };
}

function membersOf(account: HubspotAccount, { params, query }: ArrivedCall): object {
  const members = [...collectionOf(account, params['to']).values()].filter(({ companies, archivedAt }) => companies?.includes(params['id'] ?? '') && archivedAt === undefined);
  const [from, limit] = [Number(query.get('after') ?? 0), Number(query.get('limit') ?? 500)];
  return { results: members.slice(from, from + limit).map(({ id }) => ({ toObjectId: Number(id), associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 280, label: null }] })), ...(members.length > from + limit ? { paging: { next: { after: String(from + limit) } } } : {}) };
}
