import { startVendorServer, type ArrivedCall, type VendorServer } from './vendor-server.ts';

interface Kept {
  readonly type: string;
  properties: Record<string, string | null>;
  dealId: string | null;
}

/** A HubSpot account that is written to. */
export interface HubspotWrites extends VendorServer {
  readonly objects: Map<string, Kept>;
  /** Objects of a type, in the order in which they were created. */
  of(type: string): Kept[];
}

const notFound = { status: 404, body: { status: 'error', message: 'resource not found', correlationId: 'c1', category: 'OBJECT_NOT_FOUND' } };

/** Starts a server with one deal, `77`. */
export async function startHubspotWrites(): Promise<HubspotWrites> {
  const objects = new Map<string, Kept>([['77', { type: 'deals', dealId: null, properties: { dealname: 'Big deal', dealstage: 'contractsent', pipeline: 'default', hs_next_step: 'Send the offer', amount: '1000', hs_lastmodifieddate: '2026-11-20T08:00:00Z' } }]]);
  let last = 1_000;
  const show = (id: string, { properties }: Kept) => ({ id, properties: { ...properties, hs_object_id: id }, createdAt: '2026-11-20T08:00:00.000Z', updatedAt: '2026-11-20T08:00:00.000Z', archived: false });
  const found = ({ params: { type, id } }: ArrivedCall): [string, Kept] | null => {
    const object = objects.get(id ?? '');
    return object && object.type === type ? [id ?? '', object] : null;
  };
  const server = await startVendorServer({
    'GET /crm/v3/pipelines/:type': () => ({ body: { results: [{ id: 'default', label: 'Sales', displayOrder: 0, archived: false, createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z', stages: [{ id: 'contractsent', label: 'Contract Sent', displayOrder: 0, metadata: { isClosed: 'false', probability: '0.9' }, archived: false, createdAt: '2020-01-01T00:00:00Z', updatedAt: '2020-01-01T00:00:00Z' }] }] } }),
    'GET /crm/v3/objects/:type/:id': (call) => {
      const one = found(call);
      return one ? { body: show(...one) } : notFound;
    },
    'PATCH /crm/v3/objects/:type/:id': (call) => {
      const one = found(call);
      if (!one) return notFound;
      Object.assign(one[1].properties, (JSON.parse(call.body) as Pick<Kept, 'properties'>).properties);
      return { body: show(...one) };
    },
    'DELETE /crm/v3/objects/:type/:id': (call) => {
      objects.delete(call.params['id'] ?? '');
      return { status: 204 };
    },
    'POST /crm/v3/objects/:type': (call) => {
      const { properties, associations: [association] } = JSON.parse(call.body) as { properties: Record<string, string>; associations: { to: { id: string } }[] };
      const id = String((last += 1));
      const object = { type: call.params['type'] ?? '', properties, dealId: association?.to.id ?? null };
      objects.set(id, object);
      // Every engagement moves the deal's time of change.
      const deal = objects.get(object.dealId ?? '');
      if (deal) deal.properties['hs_lastmodifieddate'] = `2026-11-21T08:00:00.${String(last).slice(-3)}Z`;
      return { status: 201, body: show(id, object) };
    },
    'POST /crm/v3/objects/:type/batch/read': (call) => {
      const { inputs } = JSON.parse(call.body) as { inputs: { id: string }[] };
      return { body: { status: 'COMPLETE', startedAt: '2026-11-20T08:00:00Z', completedAt: '2026-11-20T08:00:00Z', results: inputs.flatMap(({ id }) => (objects.has(id) ? [show(id, objects.get(id) as Kept)] : [])) } };
    },
    'GET /crm/v4/objects/deals/:id/associations/:to': ({ params, query }) => {
      const ids = [...objects].filter(([, { type, dealId }]) => type === params['to'] && dealId === params['id']).map(([id]) => id);
      const from = Number(query.get('after') ?? 0);
      const page = ids.slice(from, from + 500);
      return { body: { results: page.map((id) => ({ toObjectId: Number(id), associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 215, label: null }] })), ...(from + 500 < ids.length ? { paging: { next: { after: String(from + 500), link: 'x' } } } : {}) } };
    },
  }, notFound);
  return { ...server, get calls() { return server.calls; }, objects, of: (type) => [...objects.values()].filter((object) => object.type === type) };
}
