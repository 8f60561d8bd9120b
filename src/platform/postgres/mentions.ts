import type { Id } from '../ids.ts';
import type { HeldItems, TextChange } from './personal-place.ts';
import type { Seal } from './seal.ts';

/** The most texts of a kind that a preview shows. */
export const mostChanges = 20;

/** Gathers texts that are sealed for others and name a person, as a preview holds them: ids and digests of all, the words of a few. */
export interface Mentions {
  add(row: { readonly id: string; readonly accountId: Id<'Account'> | null }, texts: readonly Omit<TextChange, 'rowId' | 'accountId'>[]): void;
  held(): Required<Pick<HeldItems, 'ids' | 'content' | 'changes' | 'accountIds'>>;
}

/** Begins to gather. */
export function openMentions(seal: Seal): Mentions {
  const ids: string[] = [];
  const content: string[] = [];
  const changes: TextChange[] = [];
  const accountIds = new Set<Id<'Account'>>();
  return {
    add({ id, accountId }, texts) {
      ids.push(id);
      if (accountId) accountIds.add(accountId);
      content.push(`${id} ${seal.fingerprint(JSON.stringify(texts.map(({ before }) => before)))}`);
      if (ids.length <= mostChanges) changes.push(...texts.filter(({ before, after }) => before !== after).map((text) => ({ rowId: id, accountId, ...text })));
    },
    held: () => ({ ids, content, changes, accountIds: [...accountIds] }),
  };
}
