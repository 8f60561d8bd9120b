/** A ready-made token of the demo data; only an embedded demo start hands any out. */
export interface DemoToken {
  readonly role: string;
  readonly tenant: string;
  readonly token: string;
}

/** What the server tells the page at `/graphiql/settings.json`. */
export interface Settings {
  /** In the server's order; the first is chosen at once. Empty outside the demo. */
  readonly tokens: readonly DemoToken[];
  /** Per tenant, values that stand in for the variables of that name in the examples: `{ acme: { id: "…" } }`. */
  readonly examples: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What to tell the reader when the settings could not be had; GraphiQL works without them. */
  readonly fault: string | null;
}

/** Fetches the settings. Never rejects: without them there are no demo tokens, and the page says why. */
export async function loadSettings(): Promise<Settings> {
  try {
    const response = await fetch('/graphiql/settings.json', { headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return parseSettings(await response.json());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { tokens: [], examples: {}, fault: `Demo tokens could not be loaded: ${reason}` };
  }
}

/** Keeps what has the stated shape and leaves the rest out. */
export function parseSettings(body: unknown): Settings {
  const { tokens, examples } = isRecord(body) ? body : {};
  return {
    tokens: Array.isArray(tokens) ? tokens.filter(isDemoToken) : [],
    examples: isRecord(examples) ? Object.fromEntries(Object.entries(examples).filter(isTenantEntry)) : {},
    fault: null,
  };
}

function isDemoToken(value: unknown): value is DemoToken {
  return isRecord(value) && ['role', 'tenant', 'token'].every((key) => typeof value[key] === 'string');
}

function isTenantEntry(entry: [string, unknown]): entry is [string, Record<string, unknown>] {
  return isRecord(entry[1]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
