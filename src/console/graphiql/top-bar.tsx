import { useId } from 'react';
import type { LiveState } from '../live.ts';
import type { DemoToken, Settings } from '../settings.ts';
import { useDemoToken } from './use-demo-token.ts';

const liveTexts: Record<LiveState, string> = {
  off: '',
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Connection lost, reconnecting…',
};

/** The bar over GraphiQL: the product's name, the way to the console, how the live connection fares, and who speaks. */
export function TopBar({ settings, live }: { settings: Settings; live: LiveState }) {
  return (
    <>
      <h1>
        Context graph <span>GraphiQL</span>
      </h1>
      <nav aria-label="Rooms">
        <a href="/console">Console</a>
      </nav>
      <output className="live" data-state={live}>
        {liveTexts[live]}
      </output>
      {settings.fault && <p className="fault">{settings.fault}</p>}
      {settings.tokens.length > 0 && <TokenPicker tokens={settings.tokens} />}
    </>
  );
}

function TokenPicker({ tokens }: { tokens: readonly DemoToken[] }) {
  const id = useId();
  const [chosen, choose] = useDemoToken(tokens);
  const tenants = [...new Set(tokens.map(({ tenant }) => tenant))];
  return (
    <div className="token-picker">
      <label htmlFor={id}>Demo token</label>
      <select
        id={id}
        value={chosen?.token ?? ''}
        onChange={({ target }) => {
          const token = tokens.find((candidate) => candidate.token === target.value);
          if (token) choose(token);
        }}
      >
        {/* Shown while the headers hold something else; choosing it would mean nothing. */}
        <option value="" disabled hidden>
          your own header
        </option>
        {tenants.map((tenant) => (
          <optgroup key={tenant} label={tenant}>
            {tokens
              .filter((token) => token.tenant === tenant)
              .map(({ role, token }) => (
                <option key={token} value={token}>
                  {role} · {tenant}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}
