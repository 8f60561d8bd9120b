import type { Mode } from './decision-bar.tsx';
import type { Permission } from './permission.ts';
import type { Decision, Decisions } from './use-decisions.ts';
import type { Detail } from './use-detail.ts';
import { changedWords, type Edits } from './use-edits.ts';
import type { CardChange } from './use-queue.ts';

/** What a reader can do with the action on the screen, by button and by key alike. */
export interface Steps {
  startApproval(): void;
  approve(): void;
  startRejection(): void;
  reject(): void;
  edit(): void;
  save(): void;
  discard(): void;
  claim(): void;
  undo(): void;
  lookAgain(): void;
  cancel(): void;
}

/** What the steps work on. */
export interface StepParts {
  readonly detail: Detail;
  readonly decisions: Decisions;
  readonly edits: Edits;
  readonly permission: Permission | null;
  readonly mode: Mode | null;
  setMode(mode: Mode | null): void;
  apply(change: CardChange): void;
  /** Puts the focus back where keys move through the queue. */
  toList(): void;
  /** Told before a decision is sent and when nothing came of it, so that its echo is known for one's own. */
  own(id: string, decided: boolean): void;
  say(text: string): void;
}

/** Binds each step to what is allowed now: a step that is not offered does nothing, whichever key asks for it. */
export function stepsOf({ detail, decisions, edits, permission, mode, setMode, apply, toList, own, say }: StepParts): Steps {
  const { seen, newer } = detail;
  const idle = decisions.busy === null;
  const send = async (decision: Decision): Promise<void> => {
    own(decision.id, true);
    const outcome = await decisions.decide(decision);
    if (!outcome) return;
    if (!outcome.done) own(decision.id, false);
    const { action, notice } = outcome;
    say(notice.text);
    if (action) {
      detail.show(action);
      // What is not in the list is counted by what is pushed.
      apply({ card: action, status: action.status, previousStatus: action.status });
    }
    // A fault at a field leaves the form open, with what stands in it.
    if (!outcome.done && notice.field !== undefined && decision.kind !== 'approve') return;
    if (outcome.done && decision.kind === 'edit') edits.discard(decision.id);
    if (outcome.done && decision.kind === 'reject') edits.writeReason(decision.id, '');
    if (decision.kind === 'edit' && !outcome.done) return;
    setMode(null);
    toList();
  };
  return {
    startApproval() {
      if (!seen || !permission?.approve || !idle) return;
      if (newer) return decisions.tell({ id: seen.id, tone: 'warning', text: 'Look at what changed first, then approve.' });
      decisions.tell(null);
      setMode({ id: seen.id, kind: 'confirm', digest: seen.evidenceDigest });
    },
    approve() {
      if (!seen || !permission?.approve || !idle || mode?.kind !== 'confirm' || mode.digest !== seen.evidenceDigest) return;
      void send({ kind: 'approve', id: mode.id, digest: mode.digest });
    },
    startRejection() {
      if (!seen || !permission?.decide || !idle) return;
      decisions.tell(null);
      setMode({ id: seen.id, kind: 'reject' });
    },
    reject() {
      if (!seen || !permission?.decide || !idle || mode?.kind !== 'reject') return;
      const reason = edits.reason(seen.id).trim();
      if (reason === '') return decisions.tell({ id: seen.id, tone: 'bad', text: 'Say why it is rejected.', field: 'reason' });
      void send({ kind: 'reject', id: seen.id, reason });
    },
    edit() {
      const unsent = seen && edits.edit(seen.id);
      if (!seen || seen.type !== 'EMAIL' || !idle || (!permission?.decide && !unsent)) return;
      decisions.tell(null);
      edits.begin(newer ?? seen);
      setMode({ id: seen.id, kind: 'edit' });
    },
    save() {
      const unsent = seen && edits.edit(seen.id);
      if (!seen || !unsent || !permission?.decide || !idle) return;
      const words = changedWords(unsent);
      if (Object.keys(words).length === 0) return this.discard();
      // What somebody wrote meanwhile, and stands on the screen beside the words, is replaced knowingly; anything later is not.
      void send({ kind: 'edit', id: seen.id, digest: (newer ?? seen).evidenceDigest, words });
    },
    discard() {
      if (seen) edits.discard(seen.id);
      setMode(null);
      toList();
    },
    claim() {
      if (seen && permission?.claim && idle) void send({ kind: permission.claim, id: seen.id });
    },
    undo() {
      if (seen && permission?.undo && idle) void send({ kind: 'undo', id: seen.id });
    },
    lookAgain() {
      if (mode?.kind === 'confirm') setMode(null);
      decisions.tell(null);
      const present = newer ?? seen;
      if (present) edits.rebase(present);
      detail.lookAgain();
    },
    cancel() {
      // Words that say nothing new are not worth keeping.
      const unsent = seen && edits.edit(seen.id);
      if (seen && unsent && Object.keys(changedWords(unsent)).length === 0) edits.discard(seen.id);
      setMode(null);
      toList();
    },
  };
}
