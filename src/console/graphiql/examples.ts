import type { DemoToken, Settings } from '../settings.ts';

/** A saved operation that the reader can open. */
export interface Example {
  /** From the first comment line of its file. */
  readonly title: string;
  /** From the comment lines after it. */
  readonly description: string;
  /** The whole file, comments included. */
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Puts examples together from the files of `src/console/examples`: each `name.graphql` starts with comment lines (a
 * title, then a description), and `name.json` beside it holds its variables. In the order of their names.
 */
export function readExamples(
  queries: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Example[] {
  return Object.keys(queries)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((path) => {
      const query = queries[path] ?? '';
      const [title = '', ...description] = leadingComments(query);
      return { title, description: description.join(' '), query, variables: variables[path.replace(/graphql$/, 'json')] ?? {} };
    });
}

/** The variables' text for the editor, with the server's values for the token's tenant in place of the file's. */
export function variablesText(example: Example, { examples }: Settings, token: DemoToken | null): string {
  const known = token === null ? {} : (examples[token.tenant] ?? {});
  const filled = Object.entries(example.variables).map(([name, value]) => [name, name in known ? known[name] : value]);
  return filled.length === 0 ? '' : JSON.stringify(Object.fromEntries(filled), null, 2);
}

function leadingComments(query: string): string[] {
  const lines = query.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines.slice(0, end).map((line) => line.replace(/^#\s*/, ''));
}
