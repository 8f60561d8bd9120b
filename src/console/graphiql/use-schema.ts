import { pick, useGraphiQL, useGraphiQLActions, useHeadersEditorState } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { authorizationInText } from './authorization.ts';

/** How long typing must rest, in milliseconds, before a changed token is tried. */
const rest = 600;

/**
 * Sees to it that GraphiQL asks for the schema with a token. GraphiQL by itself asks once, before its headers editor
 * exists; so it is held back until `onHeaders` is called. While there is no schema, each changed token is tried too.
 */
export function useSchema(onHeaders: () => void): void {
  const { headerEditor, schema } = useGraphiQL(pick('headerEditor', 'schema'));
  const actions = useGraphiQLActions();
  const [headers] = useHeadersEditorState();
  const authorization = authorizationInText(headers);
  const tried = useRef<string | null>(null);

  useEffect(() => {
    if (!headerEditor) return;
    tried.current = authorizationInText(headerEditor.getValue());
    onHeaders();
  }, [headerEditor, onHeaders]);

  useEffect(() => {
    if (schema || authorization === null || authorization === tried.current) return undefined;
    const timer = setTimeout(() => {
      tried.current = authorization;
      void actions.introspect();
    }, rest);
    return () => clearTimeout(timer);
  }, [authorization, schema, actions]);
}
