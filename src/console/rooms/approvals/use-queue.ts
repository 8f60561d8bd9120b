import { useCallback, useEffect, useReducer, useRef } from 'react';
import { useClient } from 'urql';
import { AccountApprovalQueueDocument, ApprovalQueueDocument, type ActionCardFragment, type ActionStatus } from '../../generated/operations.ts';
import { explain } from '../session/client.ts';

/** What of the queue is looked at. */
export type QueueFilter = 'waiting' | 'pending' | 'claimed' | 'mine';

/** The states that a filter asks the server for. The server knows no filter for one's own claims; the list takes them out. */
export const statusesOf: Record<QueueFilter, readonly ActionStatus[]> = { waiting: ['PENDING', 'CLAIMED'], pending: ['PENDING'], claimed: ['CLAIMED'], mine: ['CLAIMED'] };

/** A change of an action, as it was pushed. */
export interface CardChange {
  readonly card: ActionCardFragment;
  readonly status: ActionStatus;
  readonly previousStatus: ActionStatus | null;
}

/** The queue as far as it was read. */
export interface Queue {
  readonly cards: readonly ActionCardFragment[];
  /** How many there are in all; null until the first answer. */
  readonly total: number | null;
  readonly accountName: string | null;
  readonly more: boolean;
  readonly loading: boolean;
  readonly fault: string | null;
  loadMore(): void;
  reload(): void;
  /** Takes in what was pushed, or what a mutation answered. */
  apply(change: CardChange): void;
}

interface State extends Pick<Queue, 'cards' | 'total' | 'accountName' | 'loading' | 'fault'> {
  readonly endCursor: string | null;
  /** Changes since the request under way was sent: its answer may be older than they are. */
  readonly since: ReadonlyMap<string, CardChange>;
}
interface PageAnswer {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: readonly { readonly node: ActionCardFragment }[];
}
type Step =
  | { readonly kind: 'asked'; readonly anew: boolean }
  | { readonly kind: 'answered'; readonly anew: boolean; readonly page: PageAnswer; readonly accountName: string | null }
  | { readonly kind: 'failed'; readonly fault: string }
  | { readonly kind: 'changed'; readonly change: CardChange; readonly statuses: readonly ActionStatus[] };

const pageSize = 20;
const empty: State = { cards: [], total: null, accountName: null, endCursor: null, loading: true, fault: null, since: new Map() };

/** Reads the queue page by page and keeps it true by what is pushed. */
export function useQueue(filter: QueueFilter, account: string | null): Queue {
  const client = useClient();
  const [state, step] = useReducer(advance, empty);
  const asked = useRef(0);

  const ask = useCallback(
    async (after: string | null) => {
      asked.current += 1;
      const mine = asked.current;
      const anew = after === null;
      step({ kind: 'asked', anew });
      const variables = { first: pageSize, after, status: [...statusesOf[filter]] };
      const { page, name, error } = await (account === null
        ? client.query(ApprovalQueueDocument, variables).toPromise().then(({ data, error }) => ({ page: data?.actions, name: null, error }))
        : client.query(AccountApprovalQueueDocument, { ...variables, account }).toPromise().then(({ data, error }) => ({ page: data?.account?.actions, name: data?.account?.name ?? null, error })));
      if (mine !== asked.current) return;
      if (page) step({ kind: 'answered', anew, page, accountName: name });
      else step({ kind: 'failed', fault: error ? explain(error) : 'There is no such account.' });
    },
    [client, filter, account],
  );
  useEffect(() => {
    void ask(null);
  }, [ask]);

  return {
    ...state,
    more: state.endCursor !== null,
    loadMore: () => void (state.endCursor !== null && !state.loading && ask(state.endCursor)),
    reload: () => void ask(null),
    apply: (change) => step({ kind: 'changed', change, statuses: statusesOf[filter] }),
  };
}

function advance(state: State, step: Step): State {
  if (step.kind === 'asked') return { ...state, loading: true, fault: null, since: new Map() };
  if (step.kind === 'failed') return { ...state, loading: false, fault: step.fault };
  if (step.kind === 'changed') return changed(state, step.change, step.statuses);
  const { page, anew, accountName } = step;
  const kept = anew ? [] : state.cards;
  const known = new Set(kept.map(({ id }) => id));
  const read = page.edges.map(({ node }) => state.since.get(node.id)?.card ?? node).filter(({ id }) => !known.has(id));
  return { ...state, cards: [...kept, ...read], total: page.totalCount, accountName, endCursor: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null, loading: false };
}

/** One that left the filter stays where it stands and says what became of it, until the queue is read again. */
function changed(state: State, change: CardChange, statuses: readonly ActionStatus[]): State {
  const { card, status, previousStatus } = change;
  const [was, is] = [previousStatus !== null && statuses.includes(previousStatus), statuses.includes(status)];
  const total = state.total === null ? null : Math.max(0, state.total + Number(is) - Number(was));
  const known = state.cards.some(({ id }) => id === card.id);
  // The longest waiting come first: a new one stands behind the last page, and is shown once that has been read.
  const joins = !known && is && state.endCursor === null && state.total !== null;
  const cards = known ? state.cards.map((each) => (each.id === card.id ? card : each)) : joins ? [...state.cards, card] : state.cards;
  return { ...state, cards, total, since: state.loading ? new Map(state.since).set(card.id, change) : state.since };
}
