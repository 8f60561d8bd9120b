import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Long lines (comments, tokens) go on in the next line: a pane is often narrower than they are, on a phone always. */
export function useWordWrap(): void {
  const editors = useGraphiQL(pick('queryEditor', 'variableEditor', 'headerEditor'));
  useEffect(() => {
    for (const editor of Object.values(editors)) editor?.updateOptions({ wordWrap: 'on' });
  }, [editors]);
}
