import { Link } from 'wouter';
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
  return (
    <header className="top-bar">
      <strong className="product">Context graph</strong>
      <nav aria-label="Rooms">
        <Link href="/approvals" aria-current="page">
          Approvals
        </Link>
        <a href="/graphiql">GraphiQL</a>
      </nav>
      <output className="live" data-state={live}>
        {liveTexts[live]}
      </output>
      {signedIn && (
        <div className="who">
          <span>{[signedIn.bearer.subject, signedIn.bearer.roles.join(', ')].filter(Boolean).join(' · ') || 'Signed in'}</span>
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        </div>
      )}
    </header>
  );
}
