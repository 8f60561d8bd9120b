import { Client } from 'pg';

/** A database that a setting names cannot be used: which, where, and why. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/** How long a first connection may take. Milliseconds. */
const patience = 10_000;

/** Connects once. Throws a `DatabaseUnreachable` with one sentence that names host, port and the setting. */
export async function requireReachable({ url, variable }: { readonly url: string; readonly variable: string }): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'context-graph start', connectionTimeoutMillis: patience });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { user } = client;
    throw new DatabaseUnreachable(sentence(error, { place: placeOf(url), variable, user: user ?? '', name: client.database ?? '' }), { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** host:port of a URL; the port that the protocol has by itself where it names none. */
export function placeOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname || 'localhost'}:${port || '5432'}`;
}

interface Asked {
  readonly place: string;
  readonly variable: string;
  readonly user: string;
  readonly name: string;
}

function sentence(error: unknown, { place, variable, user, name }: Asked): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const at = `PostgreSQL at ${place} (${variable})`;
  if (code === '28P01' || code === '28000') return `${at} refuses the login ${user}. Check the user and the password in ${variable}.`;
  if (code === '3D000') return `${at} has no database ${name}. Create it, or correct ${variable}.`;
  if (code === '53300') return `${at} takes no more connections. Raise max_connections or stop other programs.`;
  const why = code || (error instanceof Error ? error.message : String(error));
  return `Cannot reach ${at}: ${why}. Check that it runs and that ${variable} is right.`;
}
