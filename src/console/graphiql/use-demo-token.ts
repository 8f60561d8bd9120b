import { useHeadersEditorState } from '@graphiql/react';
import { authorizationInText, withAuthorization } from './authorization.ts';
import type { DemoToken } from '../settings.ts';

/** The header value that carries a token. */
export function bearer({ token }: DemoToken): string {
  return `Bearer ${token}`;
}

/**
 * The demo token in the present tab's headers, or null when they hold another or none, and how to put one there. The
 * headers editor is the only place that holds the choice, so the picker and the editor cannot disagree.
 */
export function useDemoToken(tokens: readonly DemoToken[]): [DemoToken | null, (token: DemoToken) => void] {
  const [headers, setHeaders] = useHeadersEditorState();
  const authorization = authorizationInText(headers);
  const chosen = tokens.find((token) => bearer(token) === authorization) ?? null;
  return [chosen, (token) => setHeaders(withAuthorization(headers, bearer(token)))];
}
