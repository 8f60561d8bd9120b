import type { Id } from '../ids.ts';
import type { HeldItems, Person, StayingText, StayingTexts, TextChange } from './personal-place.ts';
import type { Seal } from './seal.ts';

/** The most texts of a kind that a preview shows. */
export const mostChanges = 20;

interface MentionRow {
  readonly id: string;
  readonly accountId: Id<'Account'> | null;
}

/** Gathers texts that are about somebody or something else and name a person, as a preview holds them: ids and digests of all, the words of a few. */
export interface Mentions {
  add(row: MentionRow, texts: readonly Omit<TextChange, 'rowId' | 'accountId'>[]): void;
  /** What may name the person and stays. */
  addStaying(row: MentionRow, texts: readonly Omit<StayingText, 'rowId' | 'accountId'>[]): void;
  held(): Required<Pick<HeldItems, 'ids' | 'content' | 'changes' | 'accountIds' | 'staying'>>;
}

/** Begins to gather. */
export function openMentions(seal: Seal): Mentions {
  const [ids, content] = [[] as string[], [] as string[]];
  const changes: TextChange[] = [];
  const accountIds = new Set<Id<'Account'>>();
  const staying = { ids: new Set<string>(), content: [] as string[], shown: [] as StayingText[] };
  return {
    add({ id, accountId }, texts) {
      ids.push(id);
      if (accountId) accountIds.add(accountId);
      content.push(`${id} ${seal.fingerprint(JSON.stringify(texts.map(({ before, after }) => [before, after])))}`);
      if (new Set(ids).size > mostChanges) return;
      // What a source said is in its row, too.
      for (const { field, before, after } of texts) {
        if (before !== after && !changes.some((known) => known.rowId === id && known.field === field && known.before === before)) changes.push({ rowId: id, accountId, field, before, after });
      }
    },
    addStaying({ id, accountId }, texts) {
      if (texts.length === 0) return;
      staying.ids.add(id);
      staying.content.push(`${id} ${seal.fingerprint(JSON.stringify(texts))}`);
      if (staying.ids.size > mostChanges) return;
      for (const { field, text, found, reason } of texts) {
        if (!staying.shown.some((known) => known.rowId === id && known.field === field && known.text === text && known.found === found && known.reason === reason)) staying.shown.push({ rowId: id, accountId, field, text, found, reason });
      }
    },
    held: () => ({ ids, content, changes, accountIds: [...accountIds], staying: { ids: [...staying.ids], content: staying.content, shown: staying.shown } satisfies StayingTexts }),
  };
}

/** What may name a person in the texts of a row and stays. */
export function stayingIn(person: Person, row: MentionRow, texts: Readonly<Record<string, string>>): Omit<StayingText, 'rowId' | 'accountId'>[] {
  return Object.entries(texts).flatMap(([field, text]) => person.staysIn(text, row).map((name) => ({ field, text, ...name })));
}
