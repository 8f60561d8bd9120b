import { Forbidden } from '../../platform/errors.ts';
import { ask, type Question } from '../../platform/graphql/call.ts';
import { laboratoryMode } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountById, accountColumnsOf, toAccount, unreadFields, type AccountRow, type RawAccount } from '../accounts/index.ts';

/** The fields of an account whose columns the laboratory's role may read. */
const readable: ReadonlySet<string> = new Set(['name', 'isStub', 'industry', 'region', 'employeeCount', 'status', 'tier', 'lifecycleStage', 'occurredAt', 'recordedAt']);
const unreadable = unreadFields(readable);

const readableAccounts = statement<RawAccount & { asked: string }>(
  'lab_accounts_compared',
  `select asked.id as asked, ${accountColumnsOf(readable)} from unnest($2::uuid[]) asked(id)
   join node_identity i on i.tenant_id = $1 and i.id = asked.id
   join account t on t.tenant_id = $1 and t.id = i.survivor_id`,
);

/**
 * The account of a row of a comparison; of one that was merged its survivor. In laboratory mode it is read without what the role may
 * not read: those fields throw `Forbidden` when they are asked for, and a retired account is null.
 */
export const comparedAccount: Question<string, AccountRow | null> = {
  name: 'account_of_comparison',
  async load(call, ids) {
    if (!call.read.isLaboratory) return Promise.all(ids.map((id) => ask(call, accountById, null, id)));
    const rows = await call.read.rows(readableAccounts, [call.tenantId, ids]);
    const found = new Map(rows.map((row) => [row.asked, withRefusals(toAccount(row, call, null))]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

function withRefusals(account: AccountRow): AccountRow {
  const get = (): never => {
    throw new Forbidden(laboratoryMode);
  };
  return Object.defineProperties(account, Object.fromEntries(unreadable.map((field) => [field, { get, enumerable: false }])));
}
