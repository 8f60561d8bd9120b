import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountKind } from './account-fields.ts';
import { lockAccounts } from './lock-accounts.ts';
import { reprojectAccounts } from './project-accounts.ts';
import { projectRecords } from './project-records.ts';
import { accountRecords } from './records.ts';
import type { StatedKind } from './stated-kind.ts';
import { loadStates } from './state-nodes.ts';

/** Every kind of node whose rows are projections of statements. */
export const statedKinds: readonly StatedKind[] = [accountKind, ...accountRecords];

/** Writes the rows of nodes again, given by GraphQL type, after an erasure changed their statements: then no later delivery brings back what a row no longer shows. */
export async function reprojectNodes(work: Work, seal: Seal, nodes: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
  const accounts = [...(nodes.get(accountKind.type) ?? [])] as Id<'Account'>[];
  if (accounts.length > 0) await reprojectAccounts(work, seal, accounts);
  for (const record of accountRecords) {
    const ids = [...(nodes.get(record.type) ?? [])];
    if (ids.length === 0) continue;
    const states = await loadStates(work, seal, record, ids);
    await lockAccounts(work, [...states.values()].flatMap(({ folded }) => (folded.accountId === null ? [] : [folded.accountId as Id<'Account'>])));
    await projectRecords(work, seal, record, states);
  }
}
