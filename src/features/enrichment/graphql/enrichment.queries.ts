import { ask, type AsOf, type Call, type Question } from '../../../platform/graphql/call.ts';
import { OrderDirection } from '../../../platform/graphql/connection.ts';
import { asNode } from '../../../platform/graphql/node.ts';
import { toGlobalId } from '../../../platform/ids.ts';
import { childList } from '../../../platform/page/child-list.ts';
import type { ListSource } from '../../../platform/page/list.ts';
import { datedStatement } from '../../../platform/postgres/dated-statement.ts';
import { statementById } from '../../accounts/index.ts';
import { mostMonthlyMinor } from '../budget.ts';
import type { CalledProvider, EnrichmentFailure, EnrichmentStatus, EnrichmentTrigger } from '../enums.ts';
import type { RefusedValue } from '../read-answer.ts';
import type { EnrichedField, EnrichmentRow } from './enrichment.type.ts';

interface Raw {
  readonly uuid: string;
  readonly accountId: string;
  readonly provider: CalledProvider;
  readonly status: EnrichmentStatus;
  readonly trigger: EnrichmentTrigger;
  readonly contextQuality: number | null;
  readonly requestedAt: string;
  readonly calledAt: string | null;
  readonly completedAt: string | null;
  readonly failureCode: EnrichmentFailure | null;
  readonly costMinor: number | null;
  readonly peopleAsked: number;
  readonly statementIds: readonly string[];
  readonly refusedValues: readonly RefusedValue[];
  readonly sortValue: string;
}

const columns = `t.id as uuid, t.account_id as "accountId", t.provider, t.status, t.trigger, t.context_quality as "contextQuality", t.requested_at as "requestedAt", t.called_at as "calledAt", t.completed_at as "completedAt",
  t.failure_code as "failureCode", t.cost_minor as "costMinor", cardinality(t.asked_contacts) as "peopleAsked", t.statement_ids as "statementIds", t.refused as "refusedValues"`;

function toEnrichment({ costMinor, refusedValues, ...raw }: Raw, asOf: AsOf): EnrichmentRow & Raw {
  const row = {
    ...raw, costMinor, refusedValues,
    cost: costMinor === null ? null : { amountMinor: costMinor, currency: 'USD' },
    isMockData: raw.provider === 'MOCK_CLEARBIT',
    refused: refusedValues.map(([name, code]) => ({ name, code })),
  };
  return asNode('Enrichment', row, asOf);
}

const list: ListSource<object> = {
  name: 'enrichments',
  table: 'enrichment',
  columns,
  orders: { REQUESTED_AT: { by: 't.requested_at', type: 'timestamptz' } },
  filters: {},
  defaultOrder: { field: 'REQUESTED_AT', direction: OrderDirection.DESC },
};

/** The enrichments of accounts and of those merged into them. */
export const enrichmentsOfAccount = childList<Raw & EnrichmentRow, object>({ ...list, join: (table) => `join ${table('node_identity')} i on i.tenant_id = t.tenant_id and i.id = t.account_id` }, 'i.survivor_id', (raw, _call, asOf) => toEnrichment(raw, asOf));

const byIds = datedStatement<Raw>('enrichments_by_id', 2, (table) => `select ${columns} from ${table('enrichment')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The enrichment of an id; null where the tenant has none. */
export const enrichmentById: Question<string, EnrichmentRow | null> = {
  name: 'enrichments_by_id',
  async load(call: Call, ids, asOf) {
    const rows = await call.read.rows(byIds(asOf), byIds.values([call.tenantId, ids], asOf));
    const found = new Map(rows.map((row) => [row.uuid, toEnrichment(row, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** The values that an enrichment brought, as its statements hold them; gone once their person was erased. */
export async function fieldsOfEnrichment(call: Call, { statementIds, asOf }: EnrichmentRow): Promise<EnrichedField[]> {
  const statements = await Promise.all(statementIds.map((id) => ask(call, statementById, asOf, id)));
  return statements.flatMap((statement) => (statement === null ? [] : Object.entries(statement.fields).map(([name, value]) => ({
    name: statement.nodeType === 'Contact' ? `contact.${name}` : name,
    value: asText(value),
    of: toGlobalId(statement.nodeType, statement.nodeId),
    statementId: toGlobalId('SourceStatement', statement.uuid),
  }))));
}

function asText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'amountMinor' in value && 'currency' in value) return `${String(value.amountMinor)} ${String(value.currency)}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface BudgetRow {
  readonly accountId: string;
  readonly limitMinor: number;
  readonly reservedMinor: number;
  readonly spentMinor: number;
}

const budgets = datedStatement<BudgetRow>(
  'enrichment_budgets',
  4,
  (table) => `select asked.id as "accountId", coalesce((select p.monthly_limit_minor from enrichment_policy p where p.tenant_id = $1 and p.published_at <= $4 order by p.version desc limit 1), ${mostMonthlyMinor}) as "limitMinor",
     coalesce(sum(b.reserved_minor), 0)::int as "reservedMinor", coalesce(sum(b.spent_minor), 0)::int as "spentMinor"
   from unnest($2::uuid[]) asked(id) left join ${table('node_identity')} i on i.tenant_id = $1 and i.survivor_id = asked.id
   left join ${table('enrichment_budget')} b on b.tenant_id = $1 and b.account_id = i.id and b.month = $3 group by asked.id`,
);

/** What is used of the budgets of accounts in the month of the instant read for. */
export const budgetOfAccount: Question<string, BudgetRow & { readonly month: string }> = {
  name: 'enrichment_budgets',
  async load(call, ids, asOf) {
    const now = asOf?.at ?? call.clock.now().toISOString();
    const rows = await call.read.rows(budgets(asOf), budgets.values([call.tenantId, ids, `${now.slice(0, 7)}-01`, now], asOf));
    const month = now.slice(0, 7);
    const found = new Map(rows.map((row) => [row.accountId, row]));
    return ids.map((accountId) => ({ month, ...(found.get(accountId) ?? { accountId, limitMinor: mostMonthlyMinor, reservedMinor: 0, spentMinor: 0 }) }));
  },
};
