import { Conflict, InvalidInput, LimitExceeded, NotFound } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText } from '../accounts/index.ts';
import { countForSurvivors } from './count-for-survivors.ts';
import { lockGroups, type Member, type MergeKind } from './lock-groups.ts';
import { stopWhatWasWithdrawn } from './merged-people.ts';
import { followMerges, storeMerge } from './merge-store.ts';
import { recordMerge } from './record-merge.ts';

/** A decision that two nodes of one kind are one, as a use case is told it. */
export interface MergeDecision {
  readonly kind: MergeKind;
  /** The node whose id stays in use; it may be merged into another itself. */
  readonly intoId: string;
  readonly fromId: string;
  readonly reason: string | null;
  /** Who decided: a person, or the matching policy. */
  readonly decidedBy: Actor;
  /** Where faults are placed; `input` when left out. */
  readonly path?: readonly string[];
}

/** The most nodes that can be one. */
export const mostMembers = 500;

/**
 * Makes two nodes one: `from`, and everything merged into it, counts for what `into` counts for. Signals, records, actions
 * and profile follow in the same transaction; scores are counted again when the fact arrives. Returns the decision's id.
 * Refuses nodes that the tenant does not have, that are one already, or that are retired or erased, and leaves no trace.
 */
export async function mergeNodes(work: Work, seal: Seal, { kind, intoId, fromId, reason, decidedBy, path = ['input'] }: MergeDecision): Promise<Id<'NodeMerge'>> {
  const why = checkReason(reason, [...path, 'reason']);
  if (intoId === fromId) throw new Conflict(`A ${named[kind]} cannot be merged into itself.`, [...path, 'fromId']);
  const members = await lockGroups(work, kind, [intoId, fromId]);
  const into = await memberOf(work, members, { kind, id: intoId, path: [...path, 'intoId'] });
  const from = await memberOf(work, members, { kind, id: fromId, path: [...path, 'fromId'] });
  if (into.survivorId === from.survivorId) throw new Conflict(`These are one ${named[kind]} already.`, [...path, 'fromId']);
  if (members.size > mostMembers) throw new LimitExceeded(`At most ${mostMembers} ${named[kind]}s can be one; these would be ${members.size}.`);
  const [id, childId, rootId] = [work.newId<'NodeMerge'>(), from.survivorId, into.survivorId];
  await storeMerge(work, { id, kind, intoId, fromId, childId, reason: why, by: decidedBy });
  await followMerges(work, [...members.keys()]);
  const accountIds = await countForSurvivors(work, seal, { kind, undone: false }, [...members.keys()]);
  if (kind === 'Contact') await stopWhatWasWithdrawn(work, [...members.keys()]);
  recordMerge(work, { kind, mergeId: id, rootId, childId, accountIds, undone: false });
  return id;
}

const named: Readonly<Record<MergeKind, string>> = { Account: 'account', Contact: 'contact' };

/** Reads a reason; nothing is null. */
export function checkReason(reason: string | null | undefined, path: readonly string[]): string | null {
  const text = reason?.trim() ?? '';
  if (text === '') return null;
  if (text.length > 1_000) throw new InvalidInput('reason must be at most 1,000 characters.', path);
  return checkText(text, path);
}

/** The one answer for ids that are malformed, unknown, or another tenant's. */
export function noSuchNode(kind: MergeKind, path: readonly string[]): NotFound {
  return new NotFound(`There is no such ${named[kind]}. Check the id.`, path);
}

const hadContact = statement('contact_had', 'select 1 from contact_history where tenant_id = $1 and id = $2 limit 1');
const hasRow: Readonly<Record<MergeKind, ReturnType<typeof statement>>> = {
  Account: statement('account_is_there', 'select 1 from account where tenant_id = $1 and id = $2'),
  Contact: statement('contact_is_there', 'select 1 from contact where tenant_id = $1 and id = $2'),
};

/** The locked node of an id, whose survivor is in use. */
async function memberOf(work: Work, members: ReadonlyMap<string, Member>, { kind, id, path }: { readonly kind: MergeKind; readonly id: string; readonly path: readonly string[] }): Promise<Member> {
  const member = members.get(id);
  const gone = new Conflict(`This ${named[kind]} was retired or erased, so it cannot be merged.`, path);
  if (!member) throw kind === 'Contact' && (await work.rows(hadContact, [work.tenantId, id])).length > 0 ? gone : noSuchNode(kind, path);
  const survivor = members.get(member.survivorId);
  if (survivor?.retiredAt !== null || member.retiredAt !== null || (await work.rows(hasRow[kind], [work.tenantId, member.survivorId])).length === 0) throw gone;
  return member;
}
