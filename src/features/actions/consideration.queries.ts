import { InvalidInput } from '../../platform/errors.ts';
import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { readList, type ListArgs, type ListedRow, type ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { ConsiderationFilter, ConsiderationRow } from './consideration.type.ts';
import { explainConsideration } from './explain-consideration.ts';

interface Raw extends ListedRow, Omit<ConsiderationRow, 'explanation' | 'retryAt'> {
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAt: string | null;
}

const columns = `t.id as uuid, t.account_id as "accountId", t.reason, t.details, t.score_point_id as "scorePointId", t.policy_version as "policyVersion", t.since, t.considered_at as "consideredAt", t.retry_at as "retryAt"`;

const list: ListSource<ConsiderationFilter> = {
  name: 'considerations',
  table: 'consideration',
  columns,
  orders: { SINCE: { by: 't.since', type: 'timestamptz' } },
  filters: {
    reasons: (values, bind) => `t.reason = any(${bind(values, 'text[]')})`,
    retryBefore: (value, bind) => `t.retry_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'SINCE', direction: OrderDirection.ASC },
};

function toConsideration(row: Raw, asOf: AsOf): ConsiderationRow {
  const retryAt = row.retryAt === null ? null : new Date(row.retryAt).toISOString();
  return asNode('Consideration', Object.assign(row, { retryAt, explanation: explainConsideration({ ...row, retryAt }) }), asOf);
}

/** A page of the tenant's considerations. */
export async function considerationsOfTenant(call: Call, args: ListArgs<ConsiderationFilter>): Promise<Page<ConsiderationRow>> {
  if (args.filter?.reasons?.length === 0) throw new InvalidInput('reasons must not be empty. Leave it out to list all.', ['filter', 'reasons']);
  const page = await readList<Raw, ConsiderationFilter>(call, list, args, null);
  for (const { node } of page.edges) toConsideration(node, null);
  return page as unknown as Page<ConsiderationRow>;
}

const by = (name: string, column: string) => datedStatement<Raw>(name, 2, (table) => `select ${columns} from ${table('consideration')} t where t.tenant_id = $1 and t.${column} = any($2::uuid[])`);

function question(name: string, column: 'id' | 'account_id', keyOf: (row: ConsiderationRow) => string): Question<string, ConsiderationRow | null> {
  const asked = by(name, column);
  return {
    name,
    async load(call, keys, asOf) {
      const rows = await call.read.rows(asked(asOf), asked.values([call.tenantId, keys], asOf));
      const found = new Map(rows.map((row) => toConsideration(row, asOf)).map((row) => [keyOf(row), row]));
      return keys.map((key) => found.get(key) ?? null);
    },
  };
}

/** The consideration of an id; null where the tenant has none. */
export const considerationById = question('considerations_by_id', 'id', ({ uuid }) => uuid);
/** The consideration of an account; null where there is none. */
export const considerationOfAccount = question('considerations_of_accounts', 'account_id', ({ accountId }) => accountId);
