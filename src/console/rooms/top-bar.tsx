import { Link, useLocation } from 'wouter';
import type { LiveState } from '../live.ts';
import type { Session } from './session/use-session.ts';

const liveTexts: Record<LiveState, string> = {
  off: '',
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Connection lost, reconnecting…',
};

/** The bar over every room: where one is, how the live connection fares, and who is signed in. */
export function TopBar({ session: { signedIn, live, signOut } }: { session: Session }) {
  const isLaboratory = useLocation()[0].startsWith('/laboratory');
  const name = signedIn ? [signedIn.bearer.subject, signedIn.bearer.roles.join(', ')].filter(Boolean).join(' · ') || 'Signed in' : '';
  return (
    <header className="top-bar">
      <strong className="product">Context graph</strong>
      <nav aria-label="Rooms">
        <Link href="/approvals" aria-current={isLaboratory ? undefined : 'page'}>
          Approvals
        </Link>
        <Link href="/laboratory" aria-current={isLaboratory ? 'page' : undefined}>
          Laboratory
        </Link>
        <a href="/graphiql">GraphiQL</a>
      </nav>
      <output className="live" data-state={live}>
        {liveTexts[live]}
      </output>
      {signedIn && (
        <div className="who">
          <span title={name}>{name}</span>
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        </div>
      )}
    </header>
  );
}
