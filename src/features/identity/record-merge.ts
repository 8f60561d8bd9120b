import type { Id } from '../../platform/ids.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountMerged, accountUnmerged } from '../accounts/index.ts';
import { contactMerged, contactUnmerged } from './identity.events.ts';
import type { MergeKind } from './lock-groups.ts';

interface MadeMerge {
  readonly kind: MergeKind;
  readonly mergeId: string;
  /** The node that the other counts for, or counted for. */
  readonly rootId: string;
  /** The node that counts for the other, or counts for itself again. */
  readonly childId: string;
  /** Of contacts: the accounts that they belonged to, or belong to since. */
  readonly accountIds: readonly Id<'Account'>[];
  readonly undone: boolean;
}

/** States that nodes were merged or a merge was undone: one fact for each of two accounts, or for each account of two contacts. */
export function recordMerge(work: Work, { kind, mergeId, rootId, childId, accountIds, undone }: MadeMerge): void {
  const [onAccounts, onContacts] = undone ? [accountUnmerged, contactUnmerged] : [accountMerged, contactMerged];
  const about = kind === 'Account' ? [rootId as Id<'Account'>, childId as Id<'Account'>] : accountIds;
  const event = kind === 'Account' ? onAccounts : onContacts;
  for (const accountId of about) work.record(event.fact({ accountId, data: { accountId, mergeId, intoId: rootId, fromId: childId } }));
}
