import { pick, useGraphiQL, useHeadersEditorState } from '@graphiql/react';
import { useEffect, useRef } from 'react';

/** Mends what GraphiQL forgets of its tabs: a page that is loaded shows all of its tab, and a new tab keeps the headers. */
export function useTabs(): void {
  useWholeTab();
  useCarriedHeaders();
}

/** GraphiQL fills its first editors from what was typed last, and so leaves out the variables of a tab nobody edited. */
function useWholeTab(): void {
  const state = useGraphiQL(pick('tabs', 'activeTabIndex', 'queryEditor', 'variableEditor'));
  const { queryEditor, variableEditor } = state;
  const atStart = useRef(state.tabs[state.activeTabIndex]);
  useEffect(() => {
    const tab = atStart.current;
    if (!queryEditor || !variableEditor || !tab) return;
    atStart.current = undefined;
    if (tab.query && queryEditor.getValue() === '') queryEditor.setValue(tab.query);
    if (tab.variables && variableEditor.getValue() === '') variableEditor.setValue(tab.variables);
  }, [queryEditor, variableEditor]);
}

/** A new tab starts with the headers of the tab it was opened from, and not with those the page was loaded with. */
function useCarriedHeaders(): void {
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  const [, setHeaders] = useHeadersEditorState();
  const before = useRef({ count: tabs.length, index: activeTabIndex });
  useEffect(() => {
    const opener = tabs.length > before.current.count ? tabs[before.current.index] : undefined;
    before.current = { count: tabs.length, index: activeTabIndex };
    if (opener?.headers) setHeaders(opener.headers);
  }, [tabs, activeTabIndex, setHeaders]);
}
