import { z } from 'zod';
import type { VendorAccess, VendorCall } from '../outbound/vendor-api.ts';
import type { HubspotRefusal } from './classify.ts';
import type { HubspotCredentials } from './credentials.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

const publicAddress = 'https://api.hubapi.com';

/** The parts of HubSpot's client that are used. Each is a package of its own; the whole client holds all of them. */
async function loadParts() {
  const [objects, associations, owners, pipelines] = await Promise.all([
    import('@hubspot/api-client/lib/codegen/crm/objects/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/owners/index.js'),
    import('@hubspot/api-client/lib/codegen/crm/pipelines/index.js'),
  ]);
  return { objects, associations, owners, pipelines };
}

/** A request as each part of the client makes it. */
interface Sent {
  getUrl(): string;
  getHttpMethod(): string;
  getHeaders(): Record<string, string>;
  getBody(): unknown;
}

/** Sends a request as the client would, but so that it can be stopped, and does not go to another address with the token. Throws a `HubspotRefusal`, whatever the type of its body. */
type Send = (request: Sent) => Promise<{ readonly status: number; readonly text: string }>;

const sender = (signal: AbortSignal, token: string): Send => async (request) => {
  const body = request.getBody();
  const response = await outboundFetch(request.getUrl(), { method: request.getHttpMethod(), headers: { ...request.getHeaders(), authorization: `Bearer ${token}` }, ...(typeof body === 'string' ? { body } : {}), redirect: 'manual', signal });
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error('HubSpot refused the call'), { code: response.status, body: text, headers: Object.fromEntries(response.headers) } satisfies HubspotRefusal);
  return { status: response.status, text };
};

const list = z.looseObject({ results: z.array(z.unknown()), total: z.number().nullish(), errors: z.array(z.unknown()).nullish(), paging: z.looseObject({ next: z.looseObject({ after: z.string() }).nullish() }).nullish() });
/** A list as HubSpot returned it: what reads its items checks them one by one. */
export type HubspotList = z.output<typeof list>;

/** Makes a call, with what HubSpot returned read here and not by the client: that refuses a whole list for one item of another shape. */
async function askJson(send: Send, ask: (send: Send) => Promise<unknown>): Promise<unknown> {
  let text = '';
  await ask(async (request) => {
    const answer = await send(request);
    ({ text } = answer);
    return answer;
  });
  return JSON.parse(text);
}

const askList = async (send: Send, ask: (send: Send) => Promise<unknown>): Promise<HubspotList> => list.parse(await askJson(send, ask));

const record = z.looseObject({ id: z.string(), properties: z.record(z.string(), z.string().nullish()) });
/** An object as HubSpot returned it, with the properties that were asked for. */
export type HubspotRecord = z.output<typeof record>;
/** Reads an object of a list; null where it has another shape. */
export const readRecord = (item: unknown): HubspotRecord | null => record.safeParse(item).data ?? null;

const askRecord = async (send: Send, ask: (send: Send) => Promise<unknown>): Promise<HubspotRecord> => record.parse(await askJson(send, ask));

const nothing = JSON.stringify({ results: [] });
/** What the client is given to read instead. Each call accepts its own status alone. */
const emptyAnswer = <Context>({ status }: Awaited<ReturnType<Send>>, made: new (status: number, headers: Record<string, string>, body: { text(): Promise<string>; binary(): Promise<Buffer> }) => Context): Context =>
  new made(status, { 'content-type': 'application/json' }, { text: () => Promise.resolve(nothing), binary: () => Promise.resolve(Buffer.from(nothing)) });

const details = z.looseObject({ portalId: z.number(), uiDomain: z.string().nullish(), companyCurrency: z.string().nullish() });
/** The HubSpot account that a token belongs to. */
export type AccountDetails = z.output<typeof details>;

/** Opens HubSpot's client. Every method is one call. */
export async function openHubspotClient(access: VendorAccess<HubspotCredentials, unknown>) {
  const url = access.baseUrl ?? publicAddress;
  const { objects, associations, owners, pipelines } = await loadParts();
  const call = <Answer>(operation: string, body: (send: Send) => Promise<Answer>, options: Partial<VendorCall> = {}): Promise<Answer> =>
    access.call({ operation, isIdempotent: true, ...options }, async (signal) => body(sender(signal, await access.accessToken())));

  const listOf = (operation: string, ask: (send: Send) => Promise<unknown>): Promise<HubspotList> => call(operation, (send) => askList(send, ask));

  // Given for a call, `httpApi` is not used by version 14: each call has a configuration of its own.
  const objectsBy = (send: Send) => objects.createConfiguration({ baseServer: new objects.ServerConfiguration(url, {}), httpApi: objects.wrapHttpLibrary({ send: async (request) => emptyAnswer(await send(request), objects.ResponseContext) }) });
  const associationsBy = (send: Send) => associations.createConfiguration({ baseServer: new associations.ServerConfiguration(url, {}), httpApi: associations.wrapHttpLibrary({ send: async (request) => emptyAnswer(await send(request), associations.ResponseContext) }) });
  const ownersBy = (send: Send) => owners.createConfiguration({ baseServer: new owners.ServerConfiguration(url, {}), httpApi: owners.wrapHttpLibrary({ send: async (request) => emptyAnswer(await send(request), owners.ResponseContext) }) });
  const pipelinesBy = (send: Send) => pipelines.createConfiguration({ baseServer: new pipelines.ServerConfiguration(url, {}), httpApi: pipelines.wrapHttpLibrary({ send: async (request) => emptyAnswer(await send(request), pipelines.ResponseContext) }) });
  const ids = (values: readonly string[]): { id: string }[] => values.map((id) => ({ id }));

  return {
    /** Objects by their ids, at most as many as their kind allows. */
    readObjects: (type: string, wanted: { readonly ids: readonly string[]; readonly properties: readonly string[]; readonly history: readonly string[]; readonly archived: boolean }) =>
      listOf('batch_read', (send) => new objects.BatchApi(objectsBy(send)).read(type, { inputs: ids(wanted.ids), properties: [...wanted.properties], propertiesWithHistory: [...wanted.history] }, wanted.archived)),
    /** Objects of a kind that match a search. */
    searchObjects: (type: string, search: NonNullable<Parameters<InstanceType<typeof objects.SearchApi>['doSearch']>[1]>) => listOf('search', (send) => new objects.SearchApi(objectsBy(send)).doSearch(type, search)),
    /** A page of all objects of a kind that were deleted, or were not. */
    listObjects: (type: string, { archived, after, limit }: { readonly archived: boolean; readonly after?: string | undefined; readonly limit: number }) =>
      listOf('list', (send) => new objects.BasicApi(objectsBy(send)).getPage(type, limit, after, undefined, undefined, undefined, archived)),
    /** What each of some objects is associated with. */
    readAssociations: (from: string, to: string, wanted: readonly string[]) => listOf('associations', (send) => new associations.BatchApi(associationsBy(send)).getPage(from, to, { inputs: ids(wanted) })),
    /** A page of what one object is associated with. */
    listAssociations: (from: string, id: string, to: string, after?: string) => listOf('associations', (send) => new associations.BasicApi(associationsBy(send)).getPage(from, id, to, after, 500)),
    /** A page of the users who own records. */
    listOwners: (archived: boolean, after?: string) => listOf('owners', (send) => new owners.OwnersApi(ownersBy(send)).getPage(undefined, after, 500, archived)),
    /** The pipelines of deals with their stages. */
    listPipelines: () => listOf('pipelines', (send) => new pipelines.PipelinesApi(pipelinesBy(send)).getAll('deals')),
    /** An object with some properties. */
    readObject: (type: string, id: string, properties: readonly string[]) => call('read_object', (send) => askRecord(send, (by) => new objects.BasicApi(objectsBy(by)).getById(type, id, [...properties]))),
    /** Creates an object with its associations, in one step. */
    createObject: (type: string, object: Parameters<InstanceType<typeof objects.BasicApi>['create']>[1], signal: AbortSignal) => call('create_object', (send) => askRecord(send, (by) => new objects.BasicApi(objectsBy(by)).create(type, object)), { isIdempotent: false, signal }),
    /** Sets properties of an object. */
    updateObject: (type: string, id: string, properties: Readonly<Record<string, string>>, signal: AbortSignal) => call('update_object', (send) => new objects.BasicApi(objectsBy(send)).update(type, id, { properties }), { isIdempotent: false, signal }),
    /** Moves an object into HubSpot's recycle bin. */
    archiveObject: (type: string, id: string, signal: AbortSignal) => call('archive_object', (send) => new objects.BasicApi(objectsBy(send)).archive(type, id), { signal }),
    /** The account of the token. The client has no method for it. */
    accountDetails: (): Promise<AccountDetails> => call('account', async (send) => {
      const { text } = await send({ getUrl: () => `${url}/account-info/v3/details`, getHttpMethod: () => 'GET', getHeaders: () => ({ accept: 'application/json' }), getBody: () => undefined });
      return details.parse(JSON.parse(text));
    }),
  };
}
/** HubSpot's client. */
export type HubspotClient = Awaited<ReturnType<typeof openHubspotClient>>;
