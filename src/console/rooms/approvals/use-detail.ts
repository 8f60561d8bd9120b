import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { ActionToDecideDocument, type ActionDetailFragment } from '../../generated/operations.ts';
import { explain } from '../session/client.ts';
import { isOpen } from './words.ts';

/** The action on the right. */
export interface Detail {
  /** What the reader sees: what an approval is about. Null while it is loading. */
  readonly seen: ActionDetailFragment | null;
  /** A later version with other evidence, which waits until the reader asks to see it. */
  readonly newer: ActionDetailFragment | null;
  readonly fault: string | null;
  /** Whether there is no action of that id, which asking again does not change. */
  readonly absent: boolean;
  /** Whether the policy, as it was when this was read, wants another than the last editor to approve. */
  readonly fourEyes: boolean;
  /** Shows the later version. */
  lookAgain(): void;
  /** Puts what a mutation answered in place. */
  show(action: ActionDetailFragment): void;
  /** Asks again; what differs in evidence waits as `newer`. Answers what came; null when nothing did. */
  refresh(): Promise<ActionDetailFragment | null>;
}

interface State extends Pick<Detail, 'seen' | 'newer' | 'fault' | 'absent'> {
  readonly id: string | null;
}

const nothing = { seen: null, newer: null, fault: null, absent: false };
const noSuchAction = 'There is no such action. The link may be old or mistyped, or of another tenant.';

/**
 * Reads an action. What is on the screen is never exchanged under the reader's eyes for other evidence: while it can be
 * decided on, a version with another digest is only announced.
 */
export function useDetail(id: string | null): Detail {
  const client = useClient();
  const [state, setState] = useState<State>({ id, ...nothing });
  const [fourEyes, setFourEyes] = useState(false);
  const asked = useRef(0);
  const answered = useRef(0);
  const inFlight = useRef<{ readonly id: string; readonly ended: Promise<unknown> } | null>(null);

  const refresh = useCallback(async (): Promise<ActionDetailFragment | null> => {
    if (id === null) return null;
    asked.current += 1;
    const mine = asked.current;
    // The client joins a question to an equal one that is under way, whose answer may be older than what this one is asked for.
    const before = inFlight.current?.id === id ? inFlight.current.ended : null;
    const asking = Promise.resolve(before).then(() => client.query(ActionToDecideDocument, { id }).toPromise());
    inFlight.current = { id, ended: asking.catch(() => undefined) };
    const { data, error } = await asking;
    const found = data?.node?.__typename === 'Action' ? data.node : null;
    // A later question, or a mutation's answer, has the say on what is shown. What happened since that answer is asked for again.
    if (mine !== asked.current) return asked.current === answered.current ? refresh() : found;
    if (data) setFourEyes(data.outreachPolicy.fourEyes);
    setState((held) => (found ? arrived(held, found) : { ...held, id, seen: held.id === id ? held.seen : null, fault: error ? explain(error) : noSuchAction, absent: !error }));
    return found;
  }, [client, id]);
  useEffect(() => {
    setState({ id, ...nothing });
    void refresh();
  }, [id, refresh]);

  const ofThis = state.id === id ? state : nothing;
  return {
    ...ofThis,
    fourEyes,
    lookAgain: () => setState((held) => (held.newer ? { ...held, seen: held.newer, newer: null } : held)),
    show: (action) => {
      // An answer to an older question must not take its place.
      asked.current += 1;
      answered.current = asked.current;
      setState((held) => (held.id === action.id ? { ...nothing, id: action.id, seen: action } : held));
    },
    refresh,
  };
}

function arrived(held: State, found: ActionDetailFragment): State {
  const same = held.id !== found.id || held.seen === null || held.seen.evidenceDigest === found.evidenceDigest || !isOpen(found.status);
  return same ? { ...nothing, id: found.id, seen: found } : { ...held, newer: found, fault: null, absent: false };
}
