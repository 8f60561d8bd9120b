import { useEffect } from 'react';
import { Redirect, useSearchParams } from 'wouter';
import type { Settings } from '../../settings.ts';
import { SignIn } from './sign-in.tsx';
import { readToken } from './token.ts';
import type { Session } from './use-session.ts';

/**
 * `/console/sign-in?as=approver`, with `&tenant=` where it is not the first: signs in with a demo token. The link carries no
 * secret; the token comes from the server, which gives it to this machine alone. A tab that is signed in changes its role.
 */
export function DemoSignIn({ settings, session }: { settings: Settings; session: Session }) {
  const [query] = useSearchParams();
  const [role, tenant] = [query.get('as'), query.get('tenant') ?? settings.tokens[0]?.tenant];
  const chosen = settings.tokens.find((token) => token.role === role && token.tenant === tenant);
  const bearer = chosen ? readToken(chosen.token) : null;
  const { signIn, signedIn } = session;
  const isDone = bearer !== null && signedIn?.bearer.token === bearer.token;
  useEffect(() => {
    if (bearer && !isDone) signIn(bearer);
  });
  if (isDone) return <Redirect to="/approvals" replace />;
  return bearer ? null : <SignIn settings={settings} session={session} note={role === null ? null : `There is no demo token for ${role} here. Demo links work in a browser on the machine that runs the program.`} />;
}
