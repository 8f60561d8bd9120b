import { useCallback, useRef, useState } from 'react';
import { useClient, type AnyVariables, type OperationResult, type TypedDocumentNode } from 'urql';
import { ApproveActionDocument, ClaimActionDocument, EditActionDocument, RejectActionDocument, ReleaseActionDocument, UndoActionDocument, type ActionDetailFragment } from '../../generated/operations.ts';
import { explain } from '../session/client.ts';
import type { Difference } from './differences.tsx';
import type { Words } from './use-edits.ts';
import { isOpen, outcomeWords } from './words.ts';

/** What to tell of a decision: above the action, or at the field that the server names. */
export interface Notice {
  readonly id: string;
  readonly tone: 'good' | 'warning' | 'bad';
  readonly text: string;
  readonly changes?: readonly Difference[];
  /** The input field that it is about: `subject`, `body`, `reason`. */
  readonly field?: string | undefined;
  /** Nobody knows whether the decision arrived: it is told until that is known. */
  readonly unknown?: boolean;
}

/** What can be asked for. An approval names the digest of what was on the screen when it was confirmed, an edit that of what it is to replace. */
export type Decision =
  | { readonly kind: 'approve'; readonly id: string; readonly digest: string }
  | { readonly kind: 'reject'; readonly id: string; readonly reason: string }
  | { readonly kind: 'edit'; readonly id: string; readonly digest: string; readonly words: Partial<Words> }
  | { readonly kind: 'claim' | 'release' | 'undo'; readonly id: string };

/** What came of a decision: whether it was done, and the action as it is, where the answer holds it. */
export interface Outcome {
  readonly done: boolean;
  readonly action: ActionDetailFragment | null;
  readonly notice: Notice;
}

/** Decisions, one at a time. */
export interface Decisions {
  /** The action whose decision is under way; null when none is. */
  readonly busy: string | null;
  readonly notice: Notice | null;
  tell(notice: Notice | null): void;
  /** Says, and answers, what became of a decision whose answer was lost, now that its action could be read; null where none was. */
  settle(action: ActionDetailFragment): string | null;
  /** Sends a decision and answers what came of it; null when another is under way. */
  decide(decision: Decision): Promise<Outcome | null>;
}

interface Failure {
  readonly message: string;
  readonly path: readonly string[];
}
type Answer =
  | ({ readonly __typename: 'Action' } & ActionDetailFragment)
  | { readonly __typename: 'EvidenceChanged'; readonly message: string; readonly changes: readonly Difference[]; readonly action: ActionDetailFragment }
  | { readonly __typename: 'AlreadyDecided'; readonly message: string; readonly action: ActionDetailFragment }
  | ({ readonly __typename: 'NotPermitted' | 'ConflictError' | 'ForbiddenError' | 'InvalidInputError' | 'LimitExceededError' | 'NotFoundError' } & Failure);

const done: Record<Decision['kind'], string> = {
  approve: 'Approved. It is about to be sent.',
  reject: 'Rejected.',
  edit: 'Saved. It waits for approval as it reads now.',
  claim: 'Claimed: for 15 minutes nobody else decides.',
  release: 'Given back to the queue.',
  undo: 'Undo requested. It is about to be taken back.',
};

/** Sends decisions and says in words what came of them. `look` asks the server how an action stands when no answer came. */
export function useDecisions(me: string | null, look: () => Promise<ActionDetailFragment | null>): Decisions {
  const client = useClient();
  const [busy, setBusy] = useState<string | null>(null);
  const [notice, tell] = useState<Notice | null>(null);
  // State is seen at the next rendering, and a second key may come before it.
  const underWay = useRef(false);

  const decide = useCallback(
    async (decision: Decision) => {
      if (underWay.current) return null;
      underWay.current = true;
      setBusy(decision.id);
      tell(null);
      try {
        const send = async <Data, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, pick: (data: Data) => Answer): Promise<Outcome> =>
          outcomeOf(await client.mutation(document, variables).toPromise(), pick, { decision, me, look });
        const outcome = await sendAs[decision.kind](decision, send);
        tell(outcome.notice);
        return outcome;
      } finally {
        underWay.current = false;
        setBusy(null);
      }
    },
    [client, me, look],
  );
  const settle = (action: ActionDetailFragment): string | null => {
    if (!notice?.unknown || notice.id !== action.id) return null;
    const text = isOpen(action.status) ? 'The connection is back. Your decision did not arrive; nothing was decided.' : `The connection is back. By now it is: ${outcomeWords(action, me)}.`;
    tell({ id: action.id, tone: 'warning', text });
    return text;
  };
  return { busy, notice, tell, settle, decide };
}

function doneWords({ kind }: Decision, { type }: Pick<ActionDetailFragment, 'type'>): string {
  if (type === 'PROMOTE_MODEL' && kind === 'approve') return 'Approved. It is about to be published.';
  if (type === 'PROMOTE_MODEL' && kind === 'undo') return 'Roll-back proposed. It waits in the queue; another person approves it.';
  return type === 'CRM_CHANGE' && kind === 'approve' ? 'Approved. It is about to be written.' : done[kind];
}

type Send = <Data, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, pick: (data: Data) => Answer) => Promise<Outcome>;

const sendAs: Record<Decision['kind'], (decision: Decision, send: Send) => Promise<Outcome>> = {
  approve: (decision, send) => send(ApproveActionDocument, { id: decision.id, digest: 'digest' in decision ? decision.digest : '' }, (data) => data.approveAction),
  reject: (decision, send) => send(RejectActionDocument, { id: decision.id, reason: 'reason' in decision ? decision.reason : '' }, (data) => data.rejectAction),
  edit: (decision, send) => send(EditActionDocument, { id: decision.id, digest: 'digest' in decision ? decision.digest : '', ...('words' in decision ? decision.words : {}) }, (data) => data.editAction),
  claim: ({ id }, send) => send(ClaimActionDocument, { id }, (data) => data.claimAction),
  release: ({ id }, send) => send(ReleaseActionDocument, { id }, (data) => data.releaseAction),
  undo: ({ id }, send) => send(UndoActionDocument, { id }, (data) => data.undoAction),
};

interface Asked {
  readonly decision: Decision;
  readonly me: string | null;
  look(): Promise<ActionDetailFragment | null>;
}

async function outcomeOf<Data, Variables extends AnyVariables>({ data, error }: OperationResult<Data, Variables>, pick: (data: Data) => Answer, asked: Asked): Promise<Outcome> {
  const { decision, me } = asked;
  const { id } = decision;
  if (!data) return error?.networkError ? unknownOutcome(explain(error), asked) : { done: false, action: null, notice: { id, tone: 'bad', text: error ? explain(error) : 'The server gave no answer.' } };
  const answer = pick(data);
  switch (answer.__typename) {
    case 'Action':
      return { done: true, action: answer, notice: { id, tone: 'good', text: doneWords(decision, answer) } };
    case 'EvidenceChanged': {
      const tail = !isOpen(answer.action.status) ? '' : decision.kind === 'edit' ? ' Nothing was saved; your words are kept.' : ' Nothing was approved.';
      return { done: false, action: answer.action, notice: { id, tone: 'warning', text: `${answer.message}${tail}`, changes: answer.changes } };
    }
    case 'AlreadyDecided':
      return { done: false, action: answer.action, notice: { id, tone: 'warning', text: `${outcomeWords(answer.action, me)} already. Your decision was not needed, and changed nothing.` } };
    default:
      return { done: false, action: null, notice: { id, tone: 'bad', text: answer.message, field: answer.path.at(-1) } };
  }
}

/** The request was sent and no answer came: it may have been done. Whoever is there to ask is asked, before anybody decides again. */
async function unknownOutcome(why: string, { decision: { id }, me, look }: Asked): Promise<Outcome> {
  const action = await look();
  if (action && !isOpen(action.status)) return { done: false, action, notice: { id, tone: 'warning', text: `The answer was lost (${why}) By now it is: ${outcomeWords(action, me)}.` } };
  if (action) return { done: false, action: null, notice: { id, tone: 'bad', text: `${why} Nothing was decided; try again.` } };
  return { done: false, action: null, notice: { id, tone: 'bad', unknown: true, text: `${why} Whether your decision arrived shows as soon as the connection is back. To decide again does no harm: nothing is done twice.` } };
}
