import { useEffect, useRef, type Ref } from 'react';
import type { ActionCardFragment } from '../../generated/operations.ts';
import type { Queue, QueueFilter } from './use-queue.ts';
import { cardName, isOpen, moment, outcomeWords, percent, plain, score, span, until } from './words.ts';

const filterWords: readonly (readonly [QueueFilter, string])[] = [
  ['waiting', 'All'],
  ['pending', 'Waiting'],
  ['claimed', 'Claimed'],
  ['mine', 'Mine'],
];

/** What the list is given. */
export interface QueueListProps {
  readonly queue: Queue;
  readonly selected: string | null;
  readonly filter: QueueFilter;
  readonly me: string | null;
  readonly now: number;
  readonly unsent: (id: string) => boolean;
  readonly listRef: Ref<HTMLDivElement>;
  readonly filterRef: Ref<HTMLFieldSetElement>;
  select(id: string): void;
  move(by: number | 'first' | 'last'): void;
  /** Goes from the list to the action on the right. */
  enter(): void;
  setFilter(filter: QueueFilter): void;
  readonly clearAccount: (() => void) | null;
}

/** The queue: filters, and one option for each action. The list has one place in the order of tabs; arrows move in it. */
export function QueueList(props: QueueListProps) {
  const { queue, selected, filter, setFilter, listRef, filterRef, move, enter, clearAccount } = props;
  const { cards, total, hasMoreThanTotal } = queue;
  const active = useRef<HTMLDivElement>(null);
  useEffect(() => {
    active.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <section className="queue" aria-label="Queue">
      <fieldset className="filters" ref={filterRef}>
        <legend className="unseen">Show</legend>
        {filterWords.map(([value, words]) => (
          <label key={value}>
            <input type="radio" name="filter" value={value} checked={filter === value} onChange={() => setFilter(value)} />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      <p className="count">
        {total === null ? 'Reading the queue…' : `${total}${hasMoreThanTotal ? '+' : ''} ${total === 1 ? 'action' : 'actions'}`}
        {clearAccount && (
          <>
            {' '}
            of {queue.accountName ?? 'one account'}{' '}
            <button type="button" className="link" onClick={clearAccount}>
              show all accounts
            </button>
          </>
        )}
      </p>
      {queue.fault && (
        <p className="notice" data-tone="bad" role="alert">
          {queue.fault}{' '}
          <button type="button" onClick={queue.reload}>
            Try again
          </button>
        </p>
      )}
      <div
        role="listbox"
        aria-label="Actions, the longest waiting first"
        tabIndex={0}
        ref={listRef}
        aria-activedescendant={selected !== null && cards.some(({ id }) => id === selected) ? optionId(selected) : undefined}
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const by = steps[event.key];
          if (by === undefined && event.key !== 'Enter') return;
          event.preventDefault();
          if (by === undefined) enter();
          else move(by);
        }}
      >
        {cards.map((card) => (
          <Card key={card.id} card={card} {...props} activeRef={card.id === selected ? active : null} />
        ))}
      </div>
      {cards.length === 0 && queue.isCurrent && !queue.loading && !queue.fault && <p className="empty">{filter === 'mine' ? 'You have claimed nothing.' : 'Nothing waits for a decision.'}</p>}
      {queue.more && (
        <button type="button" className="more" onClick={queue.loadMore} disabled={queue.loading}>
          {queue.loading ? 'Reading…' : 'More'}
        </button>
      )}
    </section>
  );
}

const steps: Readonly<Record<string, number | 'first' | 'last'>> = { ArrowDown: 1, ArrowUp: -1, Home: 'first', End: 'last' };
const optionId = (id: string): string => `action-${id}`;

function Card({ card, selected, me, now, unsent, select, activeRef }: QueueListProps & { card: ActionCardFragment; activeRef: Ref<HTMLDivElement> }) {
  const { id, type, status, riskLevel, confidence, evidence, proposedAt, expiresAt } = card;
  const open = isOpen(status);
  return (
    <div role="option" id={optionId(id)} aria-selected={id === selected} className="card" data-status={status} ref={activeRef} onClick={() => select(id)}>
      <strong>{cardName(card)}</strong>
      <span className="status" data-status={status}>
        {outcomeWords(card, me)}
      </span>
      <span className="figures">
        {type === 'CRM_CHANGE' && <span>CRM change</span>}
        {type === 'PROMOTE_MODEL' && <span>for all accounts</span>}
        <span className="risk" data-risk={riskLevel}>{plain(riskLevel)} risk</span>
        {type !== 'PROMOTE_MODEL' && <span>{confidence === null ? 'not weighed' : `${percent(confidence)} sure`}</span>}
        {type !== 'PROMOTE_MODEL' && <span>intent {evidence.intentScore === null ? 'unknown' : score(evidence.intentScore)}</span>}
      </span>
      <span className="times">
        <time dateTime={proposedAt} title={moment(proposedAt)}>
          {span(Date.parse(proposedAt), now)} ago
        </time>
        {open && (
          <time dateTime={expiresAt} title={moment(expiresAt)}>
            expires in {until(expiresAt, now)}
          </time>
        )}
        {unsent(id) && <span className="unsent">unsaved words</span>}
      </span>
    </div>
  );
}
