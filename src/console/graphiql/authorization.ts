/**
 * The headers editor holds text, a JSON object of header names and values. These read and write its one header that
 * the page cares about. Header names are compared without regard to case, as HTTP does.
 */

/** The value of the `Authorization` header, or null when there is none. */
export function authorizationIn(headers: Readonly<Record<string, unknown>> | undefined): string | null {
  const value = Object.entries(headers ?? {}).find(([name]) => isAuthorization(name))?.[1];
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** The same from the editor's text; null also while the text is no JSON object. */
export function authorizationInText(text: string): string | null {
  return authorizationIn(parseHeaders(text));
}

/** The text with that `Authorization` and its other headers kept; text that cannot be read is replaced. */
export function withAuthorization(text: string, authorization: string): string {
  const others = Object.entries(parseHeaders(text) ?? {}).filter(([name]) => !isAuthorization(name));
  return JSON.stringify({ Authorization: authorization, ...Object.fromEntries(others) }, null, 2);
}

function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}

function parseHeaders(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
