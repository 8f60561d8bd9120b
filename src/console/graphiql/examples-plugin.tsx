import { pick, useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { readExamples, variablesText, type Example } from './examples.ts';
import { isNarrow } from './narrow.ts';
import type { Settings } from '../settings.ts';
import { useDemoToken } from './use-demo-token.ts';

/** All examples, in the order in which they are listed. */
export const examples = readExamples(
  import.meta.glob<string>('../examples/*.graphql', { query: '?raw', import: 'default', eager: true }),
  import.meta.glob<Record<string, unknown>>('../examples/*.json', { import: 'default', eager: true }),
);

/** GraphiQL's side pane with the list of examples. */
export function createExamplesPlugin(settings: Settings): GraphiQLPlugin {
  return { title: 'Examples', icon: ExamplesIcon, content: () => <ExamplesPane settings={settings} /> };
}

function ExamplesPane({ settings }: { settings: Settings }) {
  const actions = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));
  const [token] = useDemoToken(settings.tokens);

  const open = (example: Example): void => {
    // GraphiQL's addTab lets a running subscription go on, and its events would land in the new tab.
    actions.stop();
    actions.addTab();
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(variablesText(example, settings, token));
    if (isNarrow()) actions.setVisiblePlugin(null);
  };

  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>Each opens in a new tab with its variables; nothing runs until you press Execute.</p>
      <ul>
        {examples.map((example) => (
          <li key={example.title}>
            <button type="button" onClick={() => open(example)} disabled={!queryEditor || !variableEditor}>
              <strong>{example.title}</strong>
              <span>{example.description}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      <path d="M3 4.5h.01M3 10h.01M3 15.5h.01M7 4.5h10M7 10h10M7 15.5h10" />
    </svg>
  );
}
