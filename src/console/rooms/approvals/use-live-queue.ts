import { useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { ApprovalsLiveDocument, type ActionCardFragment, type ActionStatus } from '../../generated/operations.ts';
import { explain } from '../session/client.ts';

/** A change of an action, with who made it. */
export interface LiveChange {
  readonly card: ActionCardFragment;
  readonly status: ActionStatus;
  readonly previousStatus: ActionStatus | null;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** What the page does about what is pushed. */
export interface LiveQueueEvents {
  readonly onChange: (change: LiveChange) => void;
  /** So much was missed that everything is to be read again. */
  readonly onLagged: () => void;
}

/** How long after a fault it listens anew, in milliseconds. */
const pauseAfterFault = 10_000;

/** Listens to changes of actions, of one account or all. Answers why it does not at the moment; null while it does. */
export function useLiveQueue(account: string | null, events: LiveQueueEvents): string | null {
  const client = useClient();
  const [fault, setFault] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(events);
  useEffect(() => {
    latest.current = events;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { unsubscribe } = client.subscription(ApprovalsLiveDocument, { account, after: null }).subscribe(({ data, error }) => {
      setFault(error ? explain(error) : null);
      clearTimeout(timer);
      // What happened meanwhile was told to nobody here.
      if (error) timer = setTimeout(() => (setAttempt((count) => count + 1), latest.current.onLagged()), pauseAfterFault);
      const update = data?.actionChanged;
      if (update?.__typename === 'Lagged') latest.current.onLagged();
      // The present state, told first, is what the queue was read for.
      if (update?.__typename !== 'ActionChange' || update.initial) return;
      const { action, status, previousStatus, reason, actor } = update;
      latest.current.onChange({ card: action, status, previousStatus, reason, actor: actor?.id ?? null });
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, account, attempt]);
  return fault;
}
