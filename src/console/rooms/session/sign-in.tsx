import { useId, useState } from 'react';
import type { DemoToken, Settings } from '../../settings.ts';
import { readToken } from './token.ts';
import type { Session } from './use-session.ts';

/** The form before every room: paste a token, or choose one of the demo's. */
export function SignIn({ settings, session, note = null }: { settings: Settings; session: Session; note?: string | null }) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [field, faultId] = [useId(), useId()];
  const submit = (given: string): void => {
    const bearer = readToken(given);
    if (bearer) session.signIn(bearer);
    else setFault(given.trim() === '' ? 'Paste a token first.' : 'This is no token: it holds spaces or letters that no token has.');
  };
  const shown = fault ?? (session.refused === null ? note : `The server refused the token: ${session.refused}`);
  return (
    <main className="sign-in">
      <h1>Sign in</h1>
      <p>Everything here is asked for in your name. The token stays in this browser tab, and is gone when you close it.</p>
      {shown && (
        <p className="notice" data-tone="bad" role="alert" id={faultId}>
          {shown}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(text);
        }}
      >
        <label htmlFor={field}>Token</label>
        <textarea
          id={field}
          rows={4}
          autoComplete="off"
          spellCheck={false}
          value={text}
          aria-describedby={shown ? faultId : undefined}
          aria-invalid={shown ? true : undefined}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return;
            event.preventDefault();
            submit(text);
          }}
        />
        <button type="submit" className="primary">
          Sign in
        </button>
      </form>
      {settings.fault && <p className="notice" data-tone="bad">{settings.fault}</p>}
      <DemoTokens tokens={settings.tokens} choose={submit} />
    </main>
  );
}

/** Who decides comes first: that is what the first room is for. */
function DemoTokens({ tokens, choose }: { tokens: readonly DemoToken[]; choose: (token: string) => void }) {
  if (tokens.length === 0) return null;
  const ordered = [...tokens].sort((one, other) => Number(other.role === 'approver') - Number(one.role === 'approver'));
  const tenants = [...new Set(tokens.map(({ tenant }) => tenant))];
  return (
    <section aria-labelledby="demo-tokens">
      <h2 id="demo-tokens">Demo tokens</h2>
      {tenants.map((tenant) => (
        <div key={tenant} className="demo-tokens" role="group" aria-label={tenant}>
          <span>{tenant}</span>
          {ordered
            .filter((token) => token.tenant === tenant)
            .map(({ role, token }) => (
              <button key={role} type="button" onClick={() => choose(token)} className={role === 'approver' ? 'primary' : undefined}>
                {role}
              </button>
            ))}
        </div>
      ))}
    </section>
  );
}
