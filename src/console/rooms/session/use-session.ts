import { useCallback, useMemo, useState } from 'react';
import type { Client } from 'urql';
import type { LiveState } from '../../live.ts';
import { createGraphClient } from './client.ts';
import { keptToken, type Bearer } from './token.ts';

/** Who is signed in in this tab, and how the connection fares. */
export interface Session {
  readonly signedIn: { readonly bearer: Bearer; readonly client: Client } | null;
  readonly live: LiveState;
  /** Why the last token was given up, in the server's words; null when nothing was refused. */
  readonly refused: string | null;
  signIn(bearer: Bearer): void;
  signOut(): void;
}

/** Keeps the session of this tab. A token that the server refuses is forgotten, and sign-in says why. */
export function useSession(): Session {
  const [bearer, setBearer] = useState(keptToken.read);
  const [live, setLive] = useState<LiveState>('off');
  const [refused, setRefused] = useState<string | null>(null);

  const leave = useCallback((why: string | null) => {
    keptToken.forget();
    setLive('off');
    setRefused(why);
    setBearer(null);
  }, []);
  const client = useMemo(() => bearer && createGraphClient(bearer, { onLive: setLive, onRefused: leave }), [bearer, leave]);

  return {
    signedIn: bearer && client ? { bearer, client } : null,
    live,
    refused,
    signIn: (given) => {
      keptToken.write(given);
      setRefused(null);
      setBearer(given);
    },
    signOut: () => leave(null),
  };
}
