import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, Metadata, Server, ServerCredentials, type ServerDuplexStream, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import avro from 'avsc';

interface FetchRequest {
  readonly topic_name: string;
  readonly replay_preset: string;
  readonly replay_id: Buffer;
  readonly num_requested: number;
}

/** The header of a change event as tests give it. */
export interface GivenChange {
  readonly entity: string;
  readonly changeType?: string;
  readonly ids: readonly string[];
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Fields that an update clears. */
  readonly nulled?: readonly string[];
  /** Fields that are sent as a difference. */
  readonly differences?: readonly string[];
  /** Milliseconds. */
  readonly at: number;
  readonly transaction?: string;
  readonly origin?: string;
}

/** The Pub/Sub API of Salesforce, as far as it is followed. */
export interface PubSubServer {
  readonly url: string;
  /** Adds an event to the bus; returns its replay id. */
  publish(change: GivenChange): string;
  /** Adds an event whose bytes do not fit its schema. */
  publishDamaged(entity: string): void;
  /** Renames the schema's version and adds a field, so that later events are of another schema. */
  changeSchema(entity: string): void;
  /** Every first request of a stream: its topic, preset and replay id. */
  readonly subscriptions: { topic: string; preset: string; replayId: string }[];
  readonly schemasAsked: string[];
  /** How many events a stream was allowed and not yet sent, over time, at most. */
  readonly flow: { most: number; responses: number };
  /** Replay ids up to this number are no longer kept. */
  expiredUpTo: number;
  token: string;
  /** Streams that are open now. */
  open(): number;
  /** Ends every stream. */
  cut(): void;
  /** Sends an empty response on every stream. */
  keepAlive(): void;
  stop(): Promise<void>;
}

const optional = (type: unknown): unknown[] => ['null', type];
const text = optional('string');
const instant = optional({ type: 'long', logicalType: 'timestamp-millis' });
const day = optional({ type: 'int', logicalType: 'date' });
const header = {
  type: 'record', name: 'ChangeEventHeader',
  fields: [
    { name: 'entityName', type: 'string' }, { name: 'recordIds', type: { type: 'array', items: 'string' } },
    { name: 'changeType', type: { type: 'enum', name: 'ChangeType', symbols: ['CREATE', 'UPDATE', 'DELETE', 'UNDELETE', 'GAP_CREATE', 'GAP_UPDATE', 'GAP_DELETE', 'GAP_UNDELETE', 'GAP_OVERFLOW', 'SNAPSHOT'] } },
    { name: 'changeOrigin', type: 'string' }, { name: 'transactionKey', type: 'string' }, { name: 'sequenceNumber', type: 'int' }, { name: 'commitTimestamp', type: 'long' }, { name: 'commitNumber', type: 'long' }, { name: 'commitUser', type: 'string' },
    ...['nulledFields', 'diffFields', 'changedFields'].map((name) => ({ name, type: { type: 'array', items: 'string' } })),
  ],
};
const person = optional({ type: 'record', name: 'PersonName', fields: ['Salutation', 'FirstName', 'LastName'].map((name) => ({ name, type: text })) });
const fieldsOf: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Account: { Name: text, Type: text, Industry: text, Website: text, NumberOfEmployees: optional('int'), AnnualRevenue: optional('double'), CurrencyIsoCode: text, Description: text, LastModifiedDate: instant, CreatedDate: instant },
  Contact: { AccountId: text, Name: person, Email: text, Title: text, CreatedDate: instant, LastModifiedDate: instant },
  Opportunity: { AccountId: text, Name: text, StageName: text, Amount: optional('double'), CurrencyIsoCode: text, CloseDate: day, Probability: optional('double'), NextStep: text, LastStageChangeDate: instant, IsClosed: optional('boolean'), IsWon: optional('boolean'), LastModifiedDate: instant },
  Task: { WhatId: text, Subject: text, Status: text, LastModifiedDate: instant },
};
const versions: Record<string, number> = {};

function schemaOf(entity: string): { id: string; json: string; names: string[] } {
  const version = versions[entity] ?? 1;
  const fields = Object.entries({ ...fieldsOf[entity], ...(version > 1 ? { Region__c: text } : {}) });
  // Another version has its fields in another order, so that positions differ.
  const ordered = version > 1 ? fields.toReversed() : fields;
  return {
    id: `${entity}-${version}`,
    names: ['ChangeEventHeader', ...ordered.map(([name]) => name)],
    json: JSON.stringify({ type: 'record', name: `${entity}ChangeEvent`, namespace: 'com.sforce.eventbus', fields: [{ name: 'ChangeEventHeader', type: header }, ...ordered.map(([name, type]) => ({ name, type, default: null }))] }),
  };
}

/** The bitmap of fields, parts of a name with the position of the name. */
function bitmaps(names: readonly string[], given: readonly string[]): string[] {
  const bits = (positions: readonly number[]): string => `0x${positions.reduce((sum, position) => sum | (1n << BigInt(position)), 0n).toString(16).toUpperCase()}`;
  const plain = given.filter((name) => names.includes(name));
  const parts = given.filter((name) => !names.includes(name)).map((name) => ['Salutation', 'FirstName', 'LastName'].indexOf(name));
  return [...(plain.length > 0 ? [bits(plain.map((name) => names.indexOf(name)))] : []), ...(parts.length > 0 ? [`${names.indexOf('Name')}-${bits(parts)}`] : [])];
}

function encode(change: GivenChange): { schema_id: string; payload: Buffer } {
  const { id, json, names } = schemaOf(change.entity);
  const { fields = {}, nulled = [], differences = [], changeType = 'UPDATE' } = change;
  const type = avro.Type.forSchema(JSON.parse(json) as never);
  const isPerson = change.entity === 'Contact';
  const { FirstName = null, LastName = null, ...others } = fields as Record<string, unknown>;
  const values = isPerson ? { ...others, Name: FirstName === null && LastName === null ? null : { Salutation: null, FirstName, LastName } } : fields;
  const payload = type.toBuffer({
    ...Object.fromEntries(names.map((name) => [name, null])), ...values,
    ChangeEventHeader: {
      entityName: change.entity, recordIds: change.ids, changeType, changeOrigin: change.origin ?? 'com/salesforce/api/rest/62.0', transactionKey: change.transaction ?? `t-${change.at}-${change.ids.join()}`, sequenceNumber: 1, commitTimestamp: change.at,
      commitNumber: 10_585_193_272_713, commitUser: '005000000000001AAA', nulledFields: bitmaps(names, nulled), diffFields: bitmaps(names, differences), changedFields: changeType === 'UPDATE' ? bitmaps(names, [...Object.keys(fields), ...nulled]) : [],
    },
  });
  return { schema_id: id, payload };
}

const replayIdOf = (number: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number) * 3n + 1_000n);
  return bytes;
};

function refusal(code: number, errorCode: string): Error & { code: number; metadata: Metadata } {
  const metadata = new Metadata();
  metadata.set('error-code', errorCode);
  return Object.assign(new Error(errorCode), { code, metadata, details: errorCode });
}

/** Starts the Pub/Sub API with an empty bus, on a port of its own. */
export async function startPubSubServer(): Promise<PubSubServer> {
  for (const entity of Object.keys(versions)) delete versions[entity];
  const bus: { topic: string; replayId: Buffer; event: { schema_id: string; payload: Buffer } }[] = [];
  const streams = new Set<{ deliver(): void; end(): void; quiet(): void }>();
  const isAccepted = (metadata: Metadata): boolean => metadata.get('accesstoken')[0] === state.token && String(metadata.get('tenantid')[0]).startsWith('00D') && String(metadata.get('instanceurl')[0]).startsWith('https://');
  const auth = () => refusal(16, 'sfdc.platform.eventbus.grpc.service.auth.error');

  function subscribe(call: ServerDuplexStream<FetchRequest, object>): void {
    let at = -1;
    let topic = '';
    let pending = 0;
    const stream = {
      deliver() {
        if (topic === '') return;
        while (pending > 0) {
          const events = [];
          while (events.length < Math.min(pending, 10) && at < bus.length) {
            const found = bus[at];
            at += 1;
            if (found && (topic === '/data/ChangeEvents' || found.topic === topic)) events.push({ event: found.event, replay_id: found.replayId });
          }
          if (events.length === 0) return;
          pending -= events.length;
          state.flow.responses += 1;
          call.write({ events, latest_replay_id: events.at(-1)?.replay_id, rpc_id: 'rpc', pending_num_requested: pending });
        }
      },
      quiet: () => void call.write({ events: [], latest_replay_id: replayIdOf(bus.length - 1), rpc_id: 'rpc', pending_num_requested: pending }),
      end: () => void call.emit('error', refusal(14, 'sfdc.platform.eventbus.grpc.service.unavailable')),
    };
    call.on('data', (request: FetchRequest) => {
      if (topic === '') {
        if (!isAccepted(call.metadata)) return void call.emit('error', auth());
        state.subscriptions.push({ topic: request.topic_name, preset: request.replay_preset, replayId: request.replay_id.toString('hex') });
        const known = bus.findIndex(({ replayId }) => replayId.equals(request.replay_id));
        if (request.replay_preset === 'CUSTOM') {
          const number = (Number(request.replay_id.readBigUInt64BE()) - 1_000) / 3;
          if (!Number.isInteger(number) || number < state.expiredUpTo - 1) return void call.emit('error', refusal(3, 'sfdc.platform.eventbus.grpc.subscription.fetch.replayid.validation.failed'));
        }
        at = request.replay_preset === 'CUSTOM' ? known + 1 : bus.length;
        topic = request.topic_name;
        streams.add(stream);
      }
      pending += request.num_requested;
      state.flow.most = Math.max(state.flow.most, pending);
      stream.deliver();
    });
    const gone = (): void => void streams.delete(stream);
    call.on('cancelled', gone);
    call.on('end', gone);
    call.on('error', gone);
  }

  const unary = (answer: (request: Record<string, string>) => object | Error) => (call: ServerUnaryCall<Record<string, string>, object>, done: sendUnaryData<object>) => {
    const answered = isAccepted(call.metadata) ? answer(call.request) : auth();
    if (answered instanceof Error) done(answered);
    else done(null, answered);
  };
  const loaded = loadPackageDefinition(await load(fileURLToPath(new URL('../../../src/features/connectors/salesforce/changes/pubsub.proto', import.meta.url)), { keepCase: true, enums: String, defaults: true })) as unknown as { eventbus: { v1: { PubSub: { service: never } } } };
  const schemas = new Map<string, string>();
  const server = new Server();
  server.addService(loaded.eventbus.v1.PubSub.service, {
    Subscribe: subscribe,
    GetTopic: unary(({ topic_name = '' }) => (/^\/data\/\w+$/.test(topic_name) ? { topic_name, can_subscribe: true } : refusal(5, 'topic.not.found'))),
    GetSchema: unary(({ schema_id = '' }) => {
      state.schemasAsked.push(schema_id);
      return { schema_id, schema_json: schemas.get(schema_id) };
    }),
  });
  const port = await new Promise<number>((resolve, reject) => server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
  const push = (entity: string, event: { schema_id: string; payload: Buffer }): string => {
    const { id, json } = schemaOf(entity);
    schemas.set(id, json);
    const replayId = replayIdOf(bus.length);
    bus.push({ topic: `/data/${entity}ChangeEvent`, replayId, event });
    for (const stream of streams) stream.deliver();
    return replayId.toString('hex');
  };
  const state: PubSubServer = {
    url: `http://127.0.0.1:${port}`, subscriptions: [], schemasAsked: [], flow: { most: 0, responses: 0 }, expiredUpTo: 0, token: 'session-of-salesforce',
    publish: (change) => push(change.entity, encode(change)),
    publishDamaged: (entity) => void push(entity, { schema_id: schemaOf(entity).id, payload: Buffer.from('no event') }),
    changeSchema: (entity) => void (versions[entity] = (versions[entity] ?? 1) + 1),
    open: () => streams.size,
    cut: () => [...streams].forEach((stream) => stream.end()),
    keepAlive: () => streams.forEach((stream) => stream.quiet()),
    async stop() {
      server.forceShutdown();
    },
  };
  return state;
}
