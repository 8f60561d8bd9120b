import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What the pages are made of. */
export interface ConsoleOptions {
  /** The absolute path of what `npm run prepare` built: `dist/console` at the repository's top. */
  readonly folder: string;
  /**
   * Answers `/graphiql/settings.json` anew for each request: `{ tokens, examples }`, as `src/console/graphiql/settings.ts`
   * reads it. Whoever reaches the server gets it, so it names tokens on the embedded demo start only.
   */
  readonly settings: () => Promise<object> | object;
}

/**
 * Serves GraphiQL at `/graphiql`, with or without a slash at the end. Everything the page loads comes from here: the
 * content security policy allows no other origin, no inline script and no eval.
 */
export async function serveConsole(app: FastifyInstance, { folder, settings }: ConsoleOptions): Promise<void> {
  await app.register(
    async (pages) => {
      // Set for each answer of this plugin, so that a policy of the whole server's (helmet) does not replace it.
      pages.addHook('onRequest', async (_request, reply) => {
        reply.headers(securityHeaders);
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
      pages.get('/settings.json', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
        return settings();
      });
      pages.get('/', async (_request, reply) => sendPage(reply, join(folder, 'graphiql/index.html')));
    },
    { prefix: '/graphiql' },
  );
}

/** `'unsafe-inline'` is for styles alone: Monaco places its lines and colours by style attributes and style elements. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  // Of the same origin for ws: and wss: too.
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

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
      .send('GraphiQL has not been built yet. Run `npm run prepare`, then load this page again.\nThe API itself answers at /graphql.\n');
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
