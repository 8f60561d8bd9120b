import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import type { Moment } from '../../platform/moment.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { readAtTwoTimes, type GivenRows } from '../../platform/postgres/tables-at.ts';
import type { StatedScope } from '../sources/index.ts';
import { accountRowOf, stubNameOf, type SmallestRef } from './account-row.ts';
import { missingFields, namesOfUnnamed, recordRowOf } from './record-row.ts';
import type { AccountRecord } from './record.ts';
import { accountStateAt, accountStatesAt, statesAt, type StateAt } from './states-at.ts';

readAtTwoTimes('account', 'STATED');
readAtTwoTimes('node_identity', 'KNOWN');
readAtTwoTimes('external_ref', 'KNOWN');

/** The kinds of records, by table; each adds itself, so that this knows no kind. */
const kinds = new Map<string, AccountRecord>();

/** Declares that the rows of a kind follow from statements. */
export function readRecordAtTwoTimes(record: AccountRecord): void {
  readAtTwoTimes(record.table, 'STATED');
  kinds.set(record.table, record);
}

/**
 * Rows of accounts and of records at a moment of two times, by table: of some accounts, by their ids or those of their
 * records, or of all. Nothing where one time suffices. Accounts that were merged away or retired by then are left out, and
 * so are the records of retired ones. Statements of a constant number for each table.
 */
export async function statedRows(call: Call, moment: Moment, tables: readonly string[], scope: StatedScope): Promise<GivenRows> {
  if (moment.validAt === null) return new Map();
  return new Map(await Promise.all([...new Set(tables)].map(async (table) => [table, await ask(call, rowsOfTable, moment, { table, scope })] as const)));
}

/** A page and its count, or two lists with the same parents, fold once. */
const rowsOfTable: Question<{ readonly table: string; readonly scope: StatedScope }, string> = {
  name: 'stated_rows',
  identity: ({ table, scope }) => `${table} ${JSON.stringify(scope)}`,
  load: (call, keys, moment) =>
    Promise.all(keys.map(async ({ table, scope }) => {
      if (moment === null) throw new Error('the present is not folded');
      const record = kinds.get(table);
      return JSON.stringify(table === 'account' ? await accountRows(call, moment, scope) : record ? await recordRows(call, moment, record, scope) : []);
    })),
};

async function accountRows(call: Call, moment: Moment, scope: StatedScope): Promise<object[]> {
  // An account is a node itself; only its records have it as their account.
  const nodes = scope && 'accountIds' in scope ? { nodeIds: scope.accountIds } : scope;
  const states = (await accountStatesAt(call, moment, nodes)).filter(({ folded }) => folded.retired === null);
  return toAccountRows(call, moment, states);
}

const smallestRefs = datedStatement<SmallestRef>(
  'smallest_external_refs_at',
  2,
  (table) => `select distinct on (r.node_id) r.node_id as "nodeId", r.system, r.external_id as "externalId" from ${table('external_ref')} r
    where r.tenant_id = $1 and r.node_id = any($2::uuid[]) order by r.node_id, r.system collate "C", r.external_id collate "C"`,
);

/** Accounts as rows of their table, in the order of the states. */
export async function toAccountRows(call: Call, moment: Moment, states: readonly StateAt[]): Promise<object[]> {
  const unnamed = states.filter(({ folded }) => !folded.fields.get('name')?.winner);
  const refs = unnamed.length === 0 ? [] : await call.read.rows(smallestRefs(moment), smallestRefs.values([call.tenantId, unnamed.flatMap(({ memberIds }) => memberIds)], moment));
  const byNode = new Map(refs.map((ref) => [ref.nodeId, ref]));
  return states.map((state) => {
    const row = accountRowOf(state, stubNameOf(state, byNode) ?? state.rootId);
    const learnt = state.recordedAt ?? state.identifiedAt;
    return { ...row, tenant_id: call.tenantId, name_key: String(row['name']).toLowerCase(), occurred_at: state.folded.occurredAt ?? (learnt !== null && learnt > moment.at ? moment.at : learnt), recorded_at: learnt, sys_from: learnt };
  });
}

async function recordRows(call: Call, moment: Moment, record: AccountRecord, scope: StatedScope): Promise<object[]> {
  const states = (await statesAt(call, record, moment, scope)).filter(({ folded, accountRoot }) => folded.retired === null && accountRoot !== null && missingFields(record, folded.fields).length === 0);
  const roots = [...new Set(states.flatMap(({ accountRoot }) => accountRoot ?? []))];
  const accounts = new Map(await Promise.all(roots.map(async (id) => [id, await ask(call, accountStateAt, moment, id)] as const)));
  const names = await namesOfUnnamed(call.read, call.tenantId, record, states);
  const wanted = scope && 'accountIds' in scope ? new Set(scope.accountIds) : null;
  return states.flatMap((state) => {
    const { accountRoot, recordedAt, folded } = state;
    const account = accountRoot === null ? null : (accounts.get(accountRoot) ?? null);
    if (accountRoot === null || account?.folded.retired || (wanted && !wanted.has(accountRoot))) return [];
    return [{ ...recordRowOf(record, call.seal, state, { accountId: accountRoot, unnamed: names.get(state.rootId) ?? null }).row, tenant_id: call.tenantId, occurred_at: folded.occurredAt, recorded_at: recordedAt, sys_from: recordedAt }];
  });
}
