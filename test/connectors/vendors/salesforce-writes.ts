import { startVendorServer, type ArrivedCall, type VendorServer } from './vendor-server.ts';

/** A record as Salesforce keeps it. */
export type SalesforceRecord = Record<string, string | boolean | null>;

/** A Salesforce organisation that is written to. */
export interface SalesforceWrites extends VendorServer {
  readonly records: Map<string, SalesforceRecord>;
  of(kind: string): SalesforceRecord[];
  /** Changes a record as a colleague would. */
  change(id: string, fields: SalesforceRecord): void;
}

const notFound = { status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }] };
const base = '/services/data/v62.0';
/** The opportunity of the organisation. */
export const dealId = '006000000000077AAA';

/** Starts a server with one opportunity. */
export async function startSalesforceWrites(): Promise<SalesforceWrites> {
  const records = new Map<string, SalesforceRecord>([[dealId, { kind: 'Opportunity', Id: dealId, Name: 'Big deal', StageName: 'Negotiation', NextStep: 'Send the offer', SystemModstamp: '2026-11-20T08:00:00.000+0000' }]]);
  let last = 0;
  const stamp = (): string => `2026-11-21T08:00:${String((last += 1) % 60).padStart(2, '0')}.000+0000`;
  const find = ({ params: { kind, id } }: ArrivedCall): SalesforceRecord | null => {
    const record = records.get(id ?? '');
    return record && record['kind'] === kind && record['IsDeleted'] !== true ? record : null;
  };
  const change: SalesforceWrites['change'] = (id, fields) => void Object.assign(records.get(id) ?? {}, fields, { SystemModstamp: stamp() });
  const server = await startVendorServer({
    [`GET ${base}/sobjects/:kind/:id`]: (call) => {
      const record = find(call);
      const asked = (call.query.get('fields') ?? '').split(',');
      return record ? { body: { attributes: { type: record['kind'], url: call.path }, ...Object.fromEntries(['Id', ...asked].map((name) => [name, record[name] ?? null])) } } : notFound;
    },
    [`PATCH ${base}/sobjects/:kind/:id`]: (call) => {
      const record = find(call);
      if (!record) return notFound;
      const since = call.headers['if-unmodified-since'];
      if (since !== undefined && Date.parse(String(record['SystemModstamp']).replace('+0000', 'Z')) > Date.parse(since)) return { status: 412, body: [{ errorCode: 'PRECONDITION_FAILED', message: 'The record was modified' }] };
      change(String(record['Id']), JSON.parse(call.body) as SalesforceRecord);
      return { status: 204 };
    },
    [`DELETE ${base}/sobjects/:kind/:id`]: (call) => {
      const record = find(call);
      if (!record) return { status: 404, body: [{ errorCode: 'ENTITY_IS_DELETED', message: 'entity is deleted' }] };
      record['IsDeleted'] = true;
      return { status: 204 };
    },
    [`POST ${base}/sobjects/:kind`]: (call) => {
      const kind = call.params['kind'] ?? '';
      const id = `${kind === 'Task' ? '00T' : '002'}${String((last += 1)).padStart(12, '0')}AAA`;
      records.set(id, { kind, Id: id, IsClosed: false, IsDeleted: false, ...(JSON.parse(call.body) as SalesforceRecord), SystemModstamp: stamp() });
      return { status: 201, body: { id, success: true, errors: [] } };
    },
    [`GET ${base}/queryAll`]: ({ query }) => {
      const [, kind = '', parent = '', id = ''] = /FROM (\w+) WHERE (\w+) = '(\w+)'/.exec(query.get('q') ?? '') ?? [];
      const found = [...records.values()].filter((record) => record['kind'] === kind && record[parent] === id).toReversed().slice(0, 200);
      return { body: { totalSize: found.length, done: true, records: found.map(({ kind: type, ...fields }) => ({ attributes: { type }, ...fields })) } };
    },
  }, notFound);
  return { ...server, get calls() { return server.calls; }, records, change, of: (kind) => [...records.values()].filter((record) => record['kind'] === kind) };
}
