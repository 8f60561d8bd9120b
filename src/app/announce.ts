import { systemClock } from '../platform/clock.ts';
import type { Role } from '../features/access/index.ts';

/** The message once the program is ready. */
export interface Announcement {
  /** Where the API listens; null without the role `api`. */
  readonly url: string | null;
  readonly healthUrl: string;
  /** The demo tenant to sign in to, and as whom; null without the demo. */
  readonly demo: { readonly tenant: string; readonly roles: readonly Role[] } | null;
}

/** Tells where the program is and, for the demo, how to sign in: a short banner on a terminal, one JSON line otherwise. */
export function announce(given: Announcement, { terminal }: { readonly terminal: boolean }): void {
  const announcement = { ...given, url: given.url && reachable(given.url), healthUrl: reachable(given.healthUrl) };
  process.stdout.write(terminal ? `\n${bannerOf(announcement)}\n\n` : `${JSON.stringify({ level: 30, time: systemClock.now().toISOString(), ...addressesOf(announcement), msg: 'ready' })}\n`);
}

/** The addresses as fields of a log entry. */
export function addressesOf({ url, healthUrl, demo }: Announcement): Record<string, unknown> {
  const health = { health: `${healthUrl}/health/detailed`, metrics: `${healthUrl}/metrics` };
  if (url === null) return health;
  const pages = { graph: `${url}/graphql`, console: `${url}/console/`, graphiql: `${url}/graphiql` };
  return { ...pages, ...health, ...(demo ? { tenant: demo.tenant, signIn: Object.fromEntries(demo.roles.map((role) => [role, signInLink(url, role)])) } : {}) };
}

/** At most 14 lines of less than 100 columns. */
export function bannerOf({ url, healthUrl, demo }: Announcement): string {
  if (url === null) return `Ready, without the API. Health: ${healthUrl}/health/detailed`;
  const lines = [`Ready: ${url}/console/`];
  if (demo) {
    lines.push(`Sign in to the demo tenant ${demo.tenant}, on this machine, as`);
    for (const role of demo.roles) lines.push(`  ${role.padEnd(16)} ${signInLink(url, role)}`);
    lines.push(`A token:    npm run -s token -- --tenant ${demo.tenant} --role admin`);
  }
  lines.push(`GraphQL:    ${url}/graphql`, `GraphiQL:   ${url}/graphiql`, `Health:     ${healthUrl}/health/detailed`);
  return lines.join('\n');
}

/** An address to open where the program listens on all of them; demo tokens are given on loopback alone. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

/** The page signs in by itself with a demo token, which it fetches: the link carries no secret. */
function signInLink(url: string, role: Role): string {
  return `${url}/console/sign-in?as=${role}`;
}
