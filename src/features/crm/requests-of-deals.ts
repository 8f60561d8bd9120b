import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { opportunities } from '../accounts/index.ts';

/** What a source calls a deal, with the request that delivered of it. */
export interface DeliveredDeal {
  readonly system: string;
  readonly id: string;
  readonly requestId: string;
}

const delivered = new WeakMap<Work, readonly DeliveredDeal[]>();
const nodes = statement<{ nodeId: string; place: number }>(
  'deals_of_references',
  `select r.node_id as "nodeId", a.place::int - 1 as place from unnest($2::text[], $3::text[]) with ordinality as a(system, id, place)
   join external_ref r on r.tenant_id = $1 and r.node_type = $4 and r.system = a.system and r.external_id = a.id`,
);

/** Notes the requests that delivered of deals, where several share a transaction: signals that follow name the one of their deal. */
export function noteRequests(work: Work, deals: readonly DeliveredDeal[]): void {
  delivered.set(work, deals);
}

/** The requests that delivered of deals, by their ids; empty where none were noted, without a statement. */
export async function requestsOfDeals(work: Work): Promise<ReadonlyMap<string, string>> {
  const deals = delivered.get(work) ?? [];
  if (deals.length === 0) return new Map();
  const found = await work.rows(nodes, [work.tenantId, deals.map(({ system }) => system), deals.map(({ id }) => id), opportunities.type]);
  return new Map(found.flatMap(({ nodeId, place }) => (deals[place] ? [[nodeId, deals[place].requestId] as const] : [])));
}
