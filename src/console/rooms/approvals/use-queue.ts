import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import { useClient } from 'urql';
import { AccountOfQueueDocument, ApprovalQueueDocument, type ActionCardFragment, type ActionStatus } from '../../generated/operations.ts';
import { explain } from '../session/client.ts';

/** What of the queue is looked at. */
export type QueueFilter = 'waiting' | 'pending' | 'claimed' | 'mine';

const statusesOf: Record<QueueFilter, readonly ActionStatus[]> = { waiting: ['PENDING', 'CLAIMED'], pending: ['PENDING'], claimed: ['CLAIMED'], mine: ['CLAIMED'] };

/** Which actions the queue is read for. */
interface Wanted {
  readonly status: readonly ActionStatus[];
  /** Null: whoever claimed them, and if nobody did. */
  readonly claimedBy: string | null;
  readonly account: string | null;
}

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
  /** Whether there are more than `total`: the server stopped counting. */
  readonly hasMoreThanTotal: boolean;
  readonly accountName: string | null;
  readonly more: boolean;
  readonly loading: boolean;
  /** Whether `cards` are of the filter that is set, and not of the one before. */
  readonly isCurrent: boolean;
  readonly fault: string | null;
  loadMore(): void;
  reload(): void;
  /** Takes in what was pushed, or what a mutation answered. */
  apply(change: CardChange): void;
}

/** The queue of one filter; `of` says which. */
interface State extends Pick<Queue, 'cards' | 'total' | 'hasMoreThanTotal' | 'accountName' | 'loading' | 'fault'> {
  readonly of: Wanted | null;
  readonly endCursor: string | null;
  /** Changes since the request under way was sent: its answer may be older than they are. */
  readonly since: ReadonlyMap<string, CardChange>;
}
interface PageAnswer {
  readonly totalCount: number;
  readonly totalCountIsExact: boolean;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: readonly { readonly node: ActionCardFragment }[];
}
type Step = { readonly wanted: Wanted } & (
  | { readonly kind: 'asked' }
  | { readonly kind: 'answered'; readonly anew: boolean; readonly page: PageAnswer; readonly accountName: string | null }
  | { readonly kind: 'failed'; readonly fault: string }
  | { readonly kind: 'changed'; readonly change: CardChange }
);

const pageSize = 20;
const empty: State = { of: null, cards: [], total: null, hasMoreThanTotal: false, accountName: null, endCursor: null, loading: true, fault: null, since: new Map() };

/** Reads the queue page by page and keeps it true by what is pushed. `me`: whose claims are "mine". */
export function useQueue(filter: QueueFilter, account: string | null, me: string | null): Queue {
  const client = useClient();
  const [state, step] = useReducer(advance, empty);
  const asked = useRef(0);
  // One who has no name has claimed nothing.
  const wanted = useMemo((): Wanted => ({ status: statusesOf[filter], claimedBy: filter === 'mine' ? (me ?? '') : null, account }), [filter, account, me]);

  const ask = useCallback(
    async (after: string | null) => {
      asked.current += 1;
      const mine = asked.current;
      step({ kind: 'asked', wanted });
      const { status, claimedBy, account } = wanted;
      const [{ data, error }, named] = await Promise.all([
        client.query(ApprovalQueueDocument, { first: pageSize, after, status: [...status], claimedBy, account }).toPromise(),
        account === null ? null : client.query(AccountOfQueueDocument, { account }).toPromise(),
      ]);
      if (mine !== asked.current) return;
      const fault = error ?? named?.error;
      if (!data || fault) return step({ kind: 'failed', wanted, fault: fault ? explain(fault) : 'The server gave no answer.' });
      if (named && !named.data?.account) return step({ kind: 'failed', wanted, fault: 'There is no such account.' });
      step({ kind: 'answered', wanted, anew: after === null, page: data.actions, accountName: named?.data?.account?.name ?? null });
    },
    [client, wanted],
  );
  useEffect(() => {
    void ask(null);
  }, [ask]);

  return {
    ...state,
    isCurrent: state.of === wanted,
    more: state.endCursor !== null,
    loadMore: () => void (state.endCursor !== null && !state.loading && ask(state.endCursor)),
    reload: () => void ask(null),
    apply: (change) => step({ kind: 'changed', wanted, change }),
  };
}

function advance(state: State, step: Step): State {
  if (step.kind === 'asked') return { ...state, loading: true, fault: null, since: new Map() };
  if (step.kind === 'failed') return { ...state, loading: false, fault: step.fault };
  if (step.kind === 'changed') return changed(state, step.change, step.wanted);
  const { page, anew, accountName, wanted } = step;
  const kept = anew ? [] : state.cards;
  const known = new Set(kept.map(({ id }) => id));
  const read = page.edges.map(({ node }) => state.since.get(node.id)?.card ?? node).filter(({ id }) => !known.has(id));
  // The server counted whatever it listed, also what has left since.
  const total = page.totalCount - read.filter((card) => !belongs(card, wanted)).length;
  const answered: State = { ...state, of: wanted, cards: [...kept, ...read], total, hasMoreThanTotal: !page.totalCountIsExact, accountName, endCursor: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null, loading: false };
  const listed = new Set([...known, ...page.edges.map(({ node }) => node.id)]);
  const unlisted = [...state.since.values()].filter(({ card }) => !listed.has(card.id));
  return unlisted.reduce<State>((held, change) => joined(held, change, wanted), answered);
}

/** One that left the filter stays where it stands and says what became of it, until the queue is read again. */
function changed(state: State, change: CardChange, wanted: Wanted): State {
  const since = state.loading ? new Map(state.since).set(change.card.id, change) : state.since;
  const { card, status, previousStatus } = change;
  const known = state.cards.find(({ id }) => id === card.id);
  if (state.total === null) return { ...state, since };
  if (!known && state.endCursor === null) return { ...joined(state, change, wanted), since };
  // Whose claim ended behind the last page is not told: with more than a page of one's own it is counted at the next reading.
  const was = known ? belongs(known, wanted) : previousStatus !== null && belongs({ ...card, status: previousStatus }, wanted);
  const is = belongs(known ? card : { ...card, status }, wanted);
  const total = Math.max(0, state.total + Number(is) - Number(was));
  return { ...state, cards: state.cards.map((each) => (each.id === card.id ? card : each)), total, since };
}

/** The longest waiting come first: a new one stands behind the last page, and is shown once that has been read. */
function joined(state: State, { card }: CardChange, wanted: Wanted): State {
  if (state.endCursor !== null || state.total === null || !belongs(card, wanted)) return state;
  return { ...state, cards: [...state.cards, card], total: state.total + 1 };
}

function belongs({ status, claimedBy, account }: Pick<ActionCardFragment, 'status' | 'claimedBy' | 'account'>, wanted: Wanted): boolean {
  return wanted.status.includes(status) && (wanted.claimedBy === null || claimedBy?.id === wanted.claimedBy) && (wanted.account === null || account?.id === wanted.account);
}
