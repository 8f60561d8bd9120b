import { useEffect, useState } from 'react';
import type { ActionDetailFragment } from '../../generated/operations.ts';

/** The words of a draft. */
export interface Words {
  readonly subject: string;
  readonly body: string;
}

/** What somebody is writing about an action and has not sent. */
export interface Unsent extends Words {
  /** What was on the screen when the writing began, and its digest. */
  readonly begun: Words & { readonly digest: string };
}

/** The words that the writer changed; what they left alone is not theirs to send. */
export function changedWords({ subject, body, begun }: Unsent): Partial<Words> {
  return { ...(subject === begun.subject ? {} : { subject }), ...(body === begun.body ? {} : { body }) };
}

/** Words in the making, by action: nothing that is pushed and no step to another action throws them away. */
export interface Edits {
  edit(id: string): Unsent | null;
  begin(action: ActionDetailFragment): void;
  write(id: string, words: Partial<Words>): void;
  /** The writer has seen what others changed: what they had left alone becomes as it is now. */
  rebase(action: ActionDetailFragment): void;
  discard(id: string): void;
  reason(id: string): string;
  writeReason(id: string, reason: string): void;
}

/** Keeps unsent words for as long as the page is open, and asks before it is closed over them. */
export function useEdits(): Edits {
  const [edits, setEdits] = useState<Readonly<Record<string, Unsent>>>({});
  const [reasons, setReasons] = useState<Readonly<Record<string, string>>>({});
  const unsent = Object.keys(edits).length > 0;

  useEffect(() => {
    if (!unsent) return undefined;
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, [unsent]);

  const change = (id: string, more: Partial<Unsent>): void => setEdits((held) => (held[id] ? { ...held, [id]: { ...held[id], ...more } } : held));
  return {
    edit: (id) => edits[id] ?? null,
    begin: (action) => setEdits((held) => (held[action.id] ? held : { ...held, [action.id]: { subject: wordsOf(action).subject, body: wordsOf(action).body, begun: wordsOf(action) } })),
    write: change,
    rebase: (action) => setEdits((held) => rebased(held, action)),
    discard: (id) => setEdits(({ [id]: _gone, ...rest }) => rest),
    reason: (id) => reasons[id] ?? '',
    writeReason: (id, reason) => setReasons((held) => ({ ...held, [id]: reason })),
  };
}

function rebased(held: Readonly<Record<string, Unsent>>, action: ActionDetailFragment): Readonly<Record<string, Unsent>> {
  const unsent = held[action.id];
  if (!unsent) return held;
  const { digest, ...words } = wordsOf(action);
  return { ...held, [action.id]: { ...words, ...changedWords(unsent), begun: { ...words, digest } } };
}

function wordsOf({ draft, evidenceDigest }: ActionDetailFragment): Unsent['begun'] {
  return { subject: draft.subject ?? '', body: draft.body ?? '', digest: evidenceDigest };
}
