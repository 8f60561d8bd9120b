import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { reprojectAccounts, reprojectContacts, reprojectRecordsOf, restoreStatements } from '../accounts/index.ts';
import { recountAccounts } from '../scoring/index.ts';
import type { MergeKind } from './lock-groups.ts';

/** What was decided about nodes. */
export interface Regrouping {
  readonly kind: MergeKind;
  readonly undone: boolean;
}

const survivors = statement<{ id: string; survivorId: string }>('survivors_of_members', 'select id, survivor_id as "survivorId" from node_identity where tenant_id = $1 and id = any($2::uuid[]) order by id');
const takeTime = statement('merging_takes_time', `select set_config('statement_timeout', '600000', true)`);
const moveSignals = statement('move_signals', 'select move_signals($1::uuid[], $2)');
const moveActions = statement('move_actions', 'select move_actions($1::uuid[], $2)');
const settleProfiles = statement('settle_profiles', 'select settle_profile_fields($1::uuid[])');
const leaveQueues = statement('merged_away_leave_queues', 'delete from snapshot_due where tenant_id = $1 and account_id = any($2::uuid[])');
const accountsOf = statement<{ id: Id<'Account'> }>('accounts_of_merged_contacts', 'select distinct account_id as id from contact where tenant_id = $1 and id = any($2::uuid[])');

/**
 * Makes everything that belongs to some locked nodes count for what they count for now: the rows that their statements
 * imply, and of accounts also records, signals, actions and profiles. Scores are recounted in the same transaction, because
 * open actions are judged by them. It does not ask what they counted for before, so it serves merging and unmerging alike. Returns, of contacts, the accounts that they belonged to or belong to since.
 */
export async function countForSurvivors(work: Work, seal: Seal, { kind, undone }: Regrouping, ids: readonly string[]): Promise<Id<'Account'>[]> {
  if (kind === 'Contact') return countContacts(work, seal, ids);
  // An account may have hundreds of thousands of signals; only who works with these accounts waits.
  await work.rows(takeTime);
  const counted = await work.rows(survivors, [work.tenantId, ids]);
  for (const [survivorId, own] of Map.groupBy(counted, (row) => row.survivorId)) {
    const bases = own.map(({ id }) => id);
    for (const move of [moveSignals, moveActions]) await work.rows(move, [bases, survivorId]);
  }
  await work.rows(settleProfiles, [ids]);
  const accountIds = ids as readonly Id<'Account'>[];
  await work.rows(leaveQueues, [work.tenantId, counted.filter(({ id, survivorId }) => id !== survivorId).map(({ id }) => id)]);
  await restoreStatements(work, seal, 'Account', ids);
  await reprojectAccounts(work, seal, accountIds);
  await reprojectRecordsOf(work, seal, ids);
  await recountAccounts(work, accountIds, undone ? 'UNMERGE' : 'MERGE');
  return [];
}

async function countContacts(work: Work, seal: Seal, ids: readonly string[]): Promise<Id<'Account'>[]> {
  const before = await work.rows(accountsOf, [work.tenantId, ids]);
  await restoreStatements(work, seal, 'Contact', ids);
  await reprojectContacts(work, seal, ids);
  const after = await work.rows(accountsOf, [work.tenantId, ids]);
  return [...new Set([...before, ...after].map(({ id }) => id))].toSorted();
}
