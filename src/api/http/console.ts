import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isLocalRequest } from './local-request.ts';

/** What the pages are made of. */
export interface ConsoleOptions {
  /** The absolute path of what `npm run prepare` built: `dist/console` at the repository's top. */
  readonly folder: string;
  /**
   * Returns `/graphiql/settings.json` for each request: `{ tokens, examples }`, as `src/console/settings.ts` reads it. It
   * holds demo tokens, administrators' included, so only requests from this machine get it; others get empty lists.
   */
  readonly settings: () => Promise<object> | object;
}

/**
 * Serves GraphiQL at `/graphiql`, with or without a slash at the end, and the console at `/console/`, where every
 * address below is a room of it. Everything the pages load comes from here: the content security policies allow no other
 * origin, no inline script and no eval. `/api/approval/ui` leads to the console's approvals.
 */
export async function serveConsole(app: FastifyInstance, { folder, settings }: ConsoleOptions): Promise<void> {
  await app.register(
    async (pages) => {
      // Set for each answer of this plugin, so that a policy of the whole server's (helmet) does not replace it.
      pages.addHook('onRequest', async (_request, reply) => {
        reply.headers(securityHeaders(graphiqlPolicy));
      });
      // A file's name carries a hash of its content: what is there once never changes.
      await pages.register(fastifyStatic, {
        root: join(folder, 'assets'),
        prefix: '/assets/',
        decorateReply: false,
        index: false,
        preCompressed: true,
        immutable: true,
        maxAge: '365d',
        suppressWarning: true,
      });
      pages.get('/settings.json', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        return isLocalRequest(request.raw) ? settings() : { tokens: [], examples: {} };
      });
      pages.get('/', async (_request, reply) => sendPage(reply, join(folder, 'graphiql/index.html')));
    },
    { prefix: '/graphiql' },
  );
  await app.register(
    async (rooms) => {
      rooms.addHook('onRequest', async (_request, reply) => {
        reply.headers(securityHeaders(roomsPolicy));
      });
      for (const path of ['/', '/*']) rooms.get(path, async (_request, reply) => sendPage(reply, join(folder, 'rooms/index.html')));
    },
    { prefix: '/console' },
  );
  app.get('/', async (_request, reply) => reply.redirect('/console/', 302));
  app.get('/api/approval/ui', async ({ query }, reply) => reply.redirect(approvalsAddress(query), 302));
}

/** What narrows the approvals passes through; nothing else does. */
function approvalsAddress(query: unknown): string {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (['account', 'action'].includes(name) && typeof value === 'string') kept.set(name, value);
  return kept.size === 0 ? '/console/approvals' : `/console/approvals?${kept.toString()}`;
}

const strictest = {
  'default-src': "'none'",
  'script-src': "'self'",
  // Of the same origin for ws: and wss: too.
  'connect-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};
const policyOf = (directives: Readonly<Record<string, string>>): string => Object.entries(directives).map(([name, value]) => `${name} ${value}`).join('; ');

const roomsPolicy = policyOf(strictest);
/** `'unsafe-inline'` is for styles alone: Monaco places its lines and colours by style attributes and style elements. */
const graphiqlPolicy = policyOf({ ...strictest, 'worker-src': "'self'", 'style-src': "'self' 'unsafe-inline'", 'font-src': "'self' data:" });

function securityHeaders(policy: string): Record<string, string> {
  return { 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
}

/** Read at each request: the page is small, and may be built while the server runs. */
async function sendPage(reply: FastifyReply, path: string): Promise<FastifyReply> {
  try {
    const page = await readFile(path);
    return await reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return await reply
      .code(503)
      .header('cache-control', 'no-store')
      .type('text/plain; charset=utf-8')
      .send('This page has not been built yet. Run `npm run prepare`, then load this page again.\nThe API itself answers at /graphql.\n');
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
