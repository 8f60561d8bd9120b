import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import { readList, type ListArgs, type ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { readAtTwoTimes } from '../../platform/postgres/tables-at.ts';
import { maskRow } from '../access/index.ts';
import { rarePayloads } from './rare-payloads.ts';
import type { SignalFilter, SignalRow } from './signal.type.ts';

/** A signal's columns without its payload; the table is called `t`. */
export const signalColumns = `t.id as uuid, t.account_id as "accountId", t.type, t.source, t.source_event_id as "sourceEventId",
  t.dedupe_key as "dedupeKey", t.occurred_at as "occurredAt", t.recorded_at as "recordedAt"`;
const columns = `${signalColumns}, t.payload::text as "payloadText"`;

const texts = [['sourceEventId', 'IDENTIFIER'], ['dedupeKey', 'IDENTIFIER']] as const;
/** Prepares a row as the database gave it. */
export const toSignal = (row: SignalRow, call: Call, asOf: AsOf): SignalRow => asNode('Signal', maskRow(call, row, texts), asOf);

const source: ListSource<SignalFilter> = {
  name: 'signals',
  table: readAtTwoTimes('signal', 'OCCURRED'),
  columns,
  orders: { OCCURRED_AT: { by: 't.occurred_at', type: 'timestamptz' } },
  filters: {
    types: (values, bind) => `t.type = any(${bind(values, 'text[]')})`,
    sources: (values, bind) => `t.source = any(${bind(values, 'text[]')})`,
    occurredFrom: (value, bind) => `t.occurred_at >= ${bind(value, 'timestamptz')}`,
    occurredBefore: (value, bind) => `t.occurred_at < ${bind(value, 'timestamptz')}`,
    payloadContains: (value, bind) => `t.payload @> ${bind(JSON.stringify(value), 'jsonb')}`,
  },
  defaultOrder: { field: 'OCCURRED_AT', direction: OrderDirection.DESC },
  perValue: { field: 'types', column: 't.type', type: 'text' },
};

/** The signals of an account. */
export const signalsOfAccount = childList<SignalRow, SignalFilter>(source, 'account_id', toSignal);

/** A filter of the tenant's list: the moment at which an account must not be retired. */
interface TenantFilter extends SignalFilter {
  readonly inUse: { readonly validAt: string | null };
  /** The only signals that can have the payload that is asked for; null where that is not known. */
  readonly among: readonly string[] | null;
}

/** Ids sort by the time at which they were made, so the primary key is the order and no second index is kept. Signals of retired accounts are left out; they are still read through the account. */
const ofTenant: ListSource<TenantFilter> = {
  ...source,
  name: 'tenant_signals',
  orders: { RECORDED_AT: { by: 't.id', type: 'uuid' } },
  filters: {
    ...source.filters,
    among: (ids, bind) => `t.id = any(${bind(ids, 'uuid[]')})`,
    inUse: ({ validAt }, bind, table) =>
      `exists (select from ${table('node_identity')} i where i.tenant_id = t.tenant_id and i.id = t.account_id and (i.retired_at is null${validAt === null ? '' : ` or i.retired_at > ${bind(validAt, 'timestamptz')}`}))`,
  },
  defaultOrder: { field: 'RECORDED_AT', direction: OrderDirection.DESC },
};

/** The signals of the tenant's accounts, without retired ones; the one recorded last first. */
export async function signalsOfTenant(call: Call, args: Omit<ListArgs<SignalFilter>, 'orderBy'>, asOf: AsOf): Promise<Page<SignalRow>> {
  const contained = args.filter?.payloadContains ?? null;
  const filter: TenantFilter = { ...args.filter, inUse: { validAt: asOf?.validAt ?? null }, among: contained === null ? null : await rarePayloads(call, contained) };
  const page = await readList<SignalRow, TenantFilter>(call, ofTenant, { ...args, filter }, asOf);
  for (const { node } of page.edges) toSignal(node, call, asOf);
  return page;
}

const byId = datedStatement<SignalRow>(
  'signals_by_id',
  2,
  (table) => `select ${columns} from ${table('signal')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** The signal of an id; null where the tenant has none. */
export const signalById: Question<string, SignalRow | null> = {
  name: 'signals_by_id',
  async load(call, ids, asOf) {
    const rows = await call.read.rows(byId(asOf), byId.values([call.tenantId, ids], asOf));
    const found = new Map(rows.map((row) => [row.uuid, toSignal(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
