/** Who bears a token. For what to show alone: the server decides what is allowed. */
export interface Bearer {
  readonly token: string;
  /** The id of whoever bears it; null when it cannot be read. */
  readonly subject: string | null;
  /** Empty when they cannot be read. */
  readonly roles: readonly string[];
  /** Whether no person bears it, as far as is known. */
  readonly machine: boolean;
}

/** Reads a token as it was pasted, with or without `Bearer` before it; null when it is empty or could be no header. */
export function readToken(text: string): Bearer | null {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(token)) return null;
  const claims = claimsOf(token);
  const roles = Array.isArray(claims['roles']) ? claims['roles'].filter((role) => typeof role === 'string') : [];
  return { token, subject: typeof claims['sub'] === 'string' ? claims['sub'] : null, roles, machine: roles.includes('agent') };
}

const key = 'context-graph-token';

/** The token of this browser tab, kept until the tab is closed and nowhere else. */
export const keptToken = {
  read: (): Bearer | null => readToken(sessionStorage.getItem(key) ?? ''),
  write: ({ token }: Bearer): void => sessionStorage.setItem(key, token),
  forget: (): void => sessionStorage.removeItem(key),
};

function claimsOf(token: string): Record<string, unknown> {
  try {
    const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0))));
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
