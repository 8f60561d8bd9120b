import { useEffect, useState } from 'react';
import type { ActionDetailFragment } from '../../generated/operations.ts';

/** What somebody is writing about an action and has not sent. */
export interface Unsent {
  readonly subject: string;
  readonly body: string;
  /** The digest of what was on the screen when the writing began. */
  readonly begunFrom: string;
}

/** Words in the making, by action: nothing that is pushed and no step to another action throws them away. */
export interface Edits {
  edit(id: string): Unsent | null;
  begin(action: ActionDetailFragment): void;
  write(id: string, words: Partial<Pick<Unsent, 'subject' | 'body'>>): void;
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
    begin: ({ id, draft, evidenceDigest }) => setEdits((held) => (held[id] ? held : { ...held, [id]: { subject: draft.subject ?? '', body: draft.body ?? '', begunFrom: evidenceDigest } })),
    write: change,
    discard: (id) => setEdits(({ [id]: _gone, ...rest }) => rest),
    reason: (id) => reasons[id] ?? '',
    writeReason: (id, reason) => setReasons((held) => ({ ...held, [id]: reason })),
  };
}
