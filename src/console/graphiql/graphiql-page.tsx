import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useCallback, useMemo, useState } from 'react';
import { createPortal } from 'react-dom';
import { withAuthorization } from './authorization.ts';
import { createExamplesPlugin, examples } from './examples-plugin.tsx';
import { variablesText } from './examples.ts';
import { createFetcher } from './fetcher.ts';
import type { LiveState } from '../live.ts';
import { isNarrow } from './narrow.ts';
import type { Settings } from '../settings.ts';
import { TopBar } from './top-bar.tsx';
import { bearer } from './use-demo-token.ts';
import { useSchema } from './use-schema.ts';
import { useTabs } from './use-tabs.ts';
import { useWordWrap } from './use-word-wrap.ts';

/** GraphiQL with the examples, the demo tokens and the state of the live connection around it. */
export function GraphiqlPage({ settings, topBar }: { settings: Settings; topBar: HTMLElement }) {
  const [live, setLive] = useState<LiveState>('off');
  const [hasHeaders, setHasHeaders] = useState(false);
  const onHeaders = useCallback(() => setHasHeaders(true), []);
  const [start] = useState(() => startOf(settings));
  const fetcher = useMemo(
    () => createFetcher({ url: new URL('/graphql', window.location.href).href, onLive: setLive }),
    [],
  );

  return (
    <GraphiQL
      {...start}
      fetcher={fetcher}
      // null keeps GraphiQL from asking for the schema before there are headers to ask with.
      {...(hasHeaders ? {} : { schema: null })}
      inputValueDeprecation
      schemaDescription
      // Tokens stay out of the browser's storage; a reload takes fresh ones from the settings.
      shouldPersistHeaders={false}
      defaultEditorToolsVisibility="variables"
    >
      {/* The top bar bears the name already. */}
      <GraphiQL.Logo> </GraphiQL.Logo>
      <Surroundings onHeaders={onHeaders} />
      {createPortal(<TopBar settings={settings} live={live} />, topBar)}
    </GraphiQL>
  );
}

/** What follows from the settings once and for all: GraphiQL must be given the same objects at every rendering. */
function startOf(settings: Settings) {
  const [token = null] = settings.tokens;
  const [example] = examples;
  const examplesPlugin = createExamplesPlugin(settings);
  return {
    plugins: [examplesPlugin, HISTORY_PLUGIN],
    ...(isNarrow() ? {} : { visiblePlugin: examplesPlugin }),
    ...(token && { defaultHeaders: withAuthorization('', bearer(token)) }),
    ...(example && { defaultTabs: [{ query: example.query, variables: variablesText(example, settings, token) }] }),
  };
}

function Surroundings({ onHeaders }: { onHeaders: () => void }) {
  useSchema(onHeaders);
  useTabs();
  useWordWrap();
  return null;
}
