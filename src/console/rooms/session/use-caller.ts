import { useEffect, useState } from 'react';
import { useClient } from 'urql';
import { WhoAmIDocument } from '../../generated/operations.ts';
import type { Bearer } from './token.ts';

/** The bearer of a token as the server knows them; until it has answered, as the token says. */
export function useCaller(bearer: Bearer): Bearer {
  const client = useClient();
  const [known, setKnown] = useState<Bearer | null>(null);
  useEffect(() => {
    const over = new AbortController();
    const ask = async (): Promise<void> => {
      const { data } = await client.query(WhoAmIDocument, {}).toPromise();
      if (over.signal.aborted || !data) return;
      const { id, kind, roles } = data.caller;
      setKnown({ token: bearer.token, subject: id, machine: kind !== 'user', roles: roles.map((role) => role.toLowerCase()) });
      over.abort();
    };
    void ask();
    window.addEventListener('online', () => void ask(), { signal: over.signal });
    return () => over.abort();
  }, [client, bearer]);
  return known?.token === bearer.token ? known : bearer;
}
