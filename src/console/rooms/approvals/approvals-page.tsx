import './approvals.css';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { LiveState } from '../../live.ts';
import type { Bearer } from '../session/token.ts';
import { ActionView } from './action-view.tsx';
import type { Mode } from './decision-bar.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { permissionFor } from './permission.ts';
import { QueueList } from './queue-list.tsx';
import { useDecisions } from './use-decisions.ts';
import { useDetail } from './use-detail.ts';
import { useEdits } from './use-edits.ts';
import { useKeys } from './use-keys.ts';
import { useLiveQueue, type LiveChange } from './use-live-queue.ts';
import { useQueue, type QueueFilter } from './use-queue.ts';
import { stepsOf } from './use-steps.ts';
import { cardName, endWords, isOpen, outcomeWords, useNow } from './words.ts';

/** Whether queue and action lie over each other (the same width stands in approvals.css). */
const isNarrow = (): boolean => window.matchMedia('(max-width: 760px)').matches;

/** The approval queue: on the left what waits, on the right one action with all that it is decided on. */
export function ApprovalsPage({ bearer, live }: { bearer: Bearer; live: LiveState }) {
  const me = bearer.subject;
  const [search, setSearch] = useSearchParams();
  const [selected, account] = [search.get('action'), search.get('account')];
  const [filter, setFilter] = useState<QueueFilter>('waiting');
  const [chosenMode, setMode] = useState<Mode | null>(null);
  const [help, setHelp] = useState(false);
  const [said, say] = useState('');
  const [list, filters, right, title] = [useRef<HTMLDivElement>(null), useRef<HTMLFieldSetElement>(null), useRef<HTMLDivElement>(null), useRef<HTMLHeadingElement>(null)];
  const own = useRef(new Set<string>());
  const answered = useRef(new Map<string, string>());
  const refiltered = useRef(false);

  const now = useNow();
  const queue = useQueue(filter, account, me);
  const { cards } = queue;
  const detail = useDetail(selected);
  const edits = useEdits();
  const decisions = useDecisions(me, detail.refresh);

  const permission = detail.seen && permissionFor(detail.seen, bearer, { now, fourEyes: detail.fourEyes });
  // An approval in the making is about what was on the screen when it began, and about nothing else.
  const outdated = chosenMode?.kind === 'confirm' && (chosenMode.digest !== detail.seen?.evidenceDigest || !permission?.approve || detail.newer !== null);
  const mode = chosenMode?.id === selected && !outdated ? chosenMode : null;
  const steps = stepsOf({
    detail, decisions, edits, permission, mode, setMode, say,
    apply: (change) => {
      answered.current.set(change.card.id, stateOf(change.card));
      queue.apply(change);
    },
    toList: () => list.current?.focus(),
    own: (id, decided) => void (decided ? own.current.add(id) : own.current.delete(id)),
  });

  const select = (id: string | null, replace = !isNarrow()): void => {
    // An approval is not left half made behind one's back; words are.
    if (chosenMode?.kind === 'confirm') setMode(null);
    setSearch((held) => new URLSearchParams([...[...held].filter(([name]) => name !== 'action'), ...(id === null ? [] : [['action', id]])]), { replace });
  };
  const move = (by: number | 'first' | 'last'): void => {
    const at = cards.findIndex(({ id }) => id === selected);
    const target = by === 'first' ? 0 : by === 'last' ? cards.length - 1 : at < 0 ? 0 : at + by;
    const card = cards[Math.max(0, Math.min(cards.length - 1, target))];
    if (card) select(card.id, true);
    if (target >= cards.length) queue.loadMore();
  };

  const onChange = (change: LiveChange): void => {
    queue.apply(change);
    const { card, actor } = change;
    if (card.id === selected) void detail.refresh();
    if (actor === me && (own.current.delete(card.id) || answered.current.get(card.id) === stateOf(card))) return;
    const why = endWords(card.endReason ?? change.reason);
    const text = `${cardName(card)}: ${whatHappened(change, me)}${why ? `: ${why}` : ''}`;
    say(text);
    // A decision of one's own that is under way, or was answered first, says more than this would.
    const known = decisions.busy === card.id || detail.seen?.status === change.status;
    if (card.id === selected && !isOpen(change.status) && !known) decisions.tell({ id: card.id, tone: 'warning', text: `${whatHappened(change, me)}, just now${why ? `: ${why}` : ''}.` });
  };
  const liveFault = useLiveQueue(account, {
    onChange,
    onLagged: () => {
      queue.reload();
      void detail.refresh();
    },
  });

  // What was decided while the connection was away is not always pushed again, and what could not be read then can be now.
  const back = useRef<() => Promise<void>>(null);
  useEffect(() => {
    back.current = async () => {
      if (queue.fault !== null) queue.reload();
      const action = await detail.refresh();
      const settled = action && decisions.settle(action);
      if (settled) say(settled);
    };
  });
  useEffect(() => {
    const goOn = (): void => void back.current?.();
    if (live === 'live') goOn();
    window.addEventListener('online', goOn);
    return () => window.removeEventListener('online', goOn);
  }, [live]);

  useEffect(() => {
    document.title = 'Context graph · Approvals';
  }, []);
  const first = cards[0]?.id ?? null;
  // An action that the chosen filter does not list does not stay open beside the list.
  useEffect(() => {
    if (!refiltered.current || !queue.isCurrent || queue.loading) return;
    refiltered.current = false;
    if (selected !== null && !cards.some(({ id }) => id === selected)) select(isNarrow() ? null : first, true);
  });
  useEffect(() => {
    if (selected === null && first !== null && queue.isCurrent && !isNarrow()) select(first);
  });
  useEffect(() => {
    if (first !== null && document.activeElement === document.body && !isNarrow()) list.current?.focus();
  }, [first]);

  useKeys({
    j: () => move(1),
    k: () => move(-1),
    a: steps.startApproval,
    y: steps.approve,
    r: steps.startRejection,
    e: steps.edit,
    c: steps.claim,
    u: steps.lookAgain,
    '/': () => filters.current?.querySelector<HTMLInputElement>('input:checked')?.focus(),
    '?': () => setHelp(true),
    Escape: () => (mode ? steps.cancel() : isNarrow() ? select(null) : list.current?.focus()),
  });

  return (
    <main className="approvals" data-open={selected !== null}>
      <h1 className="unseen">Approvals</h1>
      <output className="unseen" aria-live="polite">
        {said}
      </output>
      <QueueList
        {...{ queue, selected, filter, me, now, move }}
        setFilter={(chosen) => {
          refiltered.current = true;
          setFilter(chosen);
        }}
        select={select}
        enter={() => (title.current ?? right.current)?.focus()}
        listRef={list}
        filterRef={filters}
        unsent={(id) => edits.edit(id) !== null}
        clearAccount={account === null ? null : () => setSearch((held) => new URLSearchParams([...held].filter(([name]) => name !== 'account')))}
      />
      <div className="right" ref={right} tabIndex={-1}>
        {liveFault && (
          <p className="notice" data-tone="bad" role="alert">
            Changes are no longer shown as they happen: {liveFault}
          </p>
        )}
        {selected === null ? (
          <p className="empty">Choose an action from the queue.</p>
        ) : (
          <ActionView id={selected} titleRef={title} back={() => select(null)} {...{ detail, decisions, edits, mode, permission, steps, bearer, now }} />
        )}
      </div>
      <button type="button" className="help" onClick={() => setHelp(true)} aria-label="Keys" aria-keyshortcuts="?">
        ?
      </button>
      <HelpDialog open={help} close={() => setHelp(false)} />
    </main>
  );
}

/** Tells whether a pushed change is what a decision of one's own was answered with: a refused approval freezes new evidence, too. */
const stateOf = ({ status, evidenceDigest }: Pick<LiveChange['card'], 'status' | 'evidenceDigest'>): string => `${status} ${evidenceDigest}`;

function whatHappened({ card, status, previousStatus, actor }: LiveChange, me: string | null): string {
  if (previousStatus === null) return 'proposed';
  const who = actor === me ? 'you, in another window' : (actor ?? 'somebody');
  if (previousStatus === status) return `changed by ${who}`;
  return ['APPROVED', 'REJECTED', 'CLAIMED'].includes(status) ? `${outcomeWords({ status, decidedBy: null, claimedBy: null }, me)} by ${who}` : outcomeWords(card, me);
}
