import { Provider } from 'urql';
import { Link, Redirect, Route, Router, Switch } from 'wouter';
import type { Settings } from '../settings.ts';
import { ApprovalsPage } from './approvals/approvals-page.tsx';
import { ExperimentsPage } from './laboratory/experiments-page.tsx';
import { ReportPage } from './laboratory/report-page.tsx';
import { DemoSignIn } from './session/demo-sign-in.tsx';
import { SignIn } from './session/sign-in.tsx';
import { useCaller } from './session/use-caller.ts';
import { useSession, type Session } from './session/use-session.ts';
import { TopBar } from './top-bar.tsx';

/** The console: who is signed in, and the room that the address names. A new page joins by one route here. */
export function Console({ settings }: { settings: Settings }) {
  const session = useSession();
  return (
    <Router base="/console">
      <TopBar session={session} />
      <Switch>
        <Route path="/sign-in">
          <DemoSignIn settings={settings} session={session} />
        </Route>
        <Route>{session.signedIn ? <SignedIn session={session} signedIn={session.signedIn} /> : <SignIn settings={settings} session={session} />}</Route>
      </Switch>
    </Router>
  );
}

interface SignedInProps {
  session: Session;
  signedIn: NonNullable<Session['signedIn']>;
}

function SignedIn({ session, signedIn }: SignedInProps) {
  return (
    // The key: another bearer gets rooms of their own, with nothing left in them of what the last one saw.
    <Provider value={signedIn.client} key={signedIn.bearer.token}>
      <Rooms session={session} signedIn={signedIn} />
    </Provider>
  );
}

function Rooms({ session, signedIn }: SignedInProps) {
  const bearer = useCaller(signedIn.bearer);
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/approvals" replace />
      </Route>
      <Route path="/approvals">
        <ApprovalsPage bearer={bearer} live={session.live} />
      </Route>
      <Route path="/laboratory">
        <ExperimentsPage />
      </Route>
      <Route path="/laboratory/report">
        <ReportPage />
      </Route>
      <Route>
        <main className="lost">
          <h1>There is no such page</h1>
          <p>
            Go to the <Link href="/approvals">approvals</Link>.
          </p>
        </main>
      </Route>
    </Switch>
  );
}
