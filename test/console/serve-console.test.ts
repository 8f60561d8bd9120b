import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { serveConsole } from '../../src/api/http/console.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function build(folder: string): Promise<void> {
  await mkdir(join(folder, 'graphiql'), { recursive: true });
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'graphiql/index.html'), '<title>GraphiQL</title>');
  await writeFile(join(folder, 'assets/main-1a2b.js'), 'export {};');
  await writeFile(join(folder, 'assets/main-1a2b.js.br'), 'as brotli');
}

async function serve(
  { folder, settings = () => ({ tokens: [] }) }: { folder: string; settings?: () => Promise<object> | object },
  options: FastifyServerOptions = {},
): Promise<FastifyInstance> {
  const app = fastify(options);
  cleanUps.push(() => app.close());
  await app.register(helmet);
  await serveConsole(app, { folder, settings });
  return app;
}

describe('the page', () => {
  it.each(['/graphiql', '/graphiql/', '/graphiql?x=1'])('answers at %s without a redirect', async (url) => {
    const folder = await emptyFolder();
    await build(folder);
    const answer = await (await serve({ folder })).inject(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-cache');
    expect(answer.body).toContain('<title>GraphiQL</title>');
  });

  it('answers with and without the slash on a server that ignores it', async () => {
    const folder = await emptyFolder();
    await build(folder);
    const app = await serve({ folder }, { routerOptions: { ignoreTrailingSlash: true } });
    expect((await app.inject('/graphiql')).statusCode).toBe(200);
    expect((await app.inject('/graphiql/')).statusCode).toBe(200);
  });

  it("has a strict policy of its own instead of the server's", async () => {
    const folder = await emptyFolder();
    await build(folder);
    const { headers } = await (await serve({ folder })).inject('/graphiql');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('https:');
    expect(policy.replace("style-src 'self' 'unsafe-inline'", '')).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('says what to do while it is not built, and is there once it is', async () => {
    const folder = await emptyFolder();
    const app = await serve({ folder });
    const missing = await app.inject('/graphiql');
    expect(missing.statusCode).toBe(503);
    expect(missing.body).toContain('npm run prepare');
    expect(missing.headers['cache-control']).toBe('no-store');
    await build(folder);
    expect((await app.inject('/graphiql')).statusCode).toBe(200);
    expect((await app.inject('/graphiql/assets/main-1a2b.js')).statusCode).toBe(200);
  });
});

describe('the rooms', () => {
  it.each(['/console', '/console/', '/console/approvals?action=x'])('are one page, at %s', async (url) => {
    const folder = await emptyFolder();
    const app = await serve({ folder });
    expect((await app.inject(url)).statusCode).toBe(503);
    await mkdir(join(folder, 'rooms'));
    await writeFile(join(folder, 'rooms/index.html'), '<title>Console</title>');
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect(answer.headers['cache-control']).toBe('no-cache');
  });

  it.each([
    ['', ''],
    ['?account=a%26b&action=c&token=secret', '?account=a%26b&action=c'],
    ['?account=a&account=b', ''],
  ])('are led to from /api/approval/ui%s, with what narrows them and nothing else', async (query, kept) => {
    const answer = await (await serve({ folder: await emptyFolder() })).inject(`/api/approval/ui${query}`);
    expect([answer.statusCode, answer.headers.location]).toEqual([302, `/console/approvals${kept}`]);
  });
});

describe('the assets', () => {
  it('may be kept for ever, and come compressed to who asks for that', async () => {
    const folder = await emptyFolder();
    await build(folder);
    const app = await serve({ folder });
    const url = '/graphiql/assets/main-1a2b.js';
    const plain = await app.inject(url);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-type']).toMatch(/^(text|application)\/javascript/);
    expect(plain.headers['x-content-type-options']).toBe('nosniff');
    expect(plain.body).toBe('export {};');
    const brotli = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotli.headers['content-type']).toBe(plain.headers['content-type']);
    expect(brotli.body).toBe('as brotli');
  });

  it.each(['/graphiql/assets/none.js', '/graphiql/assets/', '/graphiql/assets/../graphiql/index.html', '/graphiql/assets/%2e%2e/secret'])(
    'are only what was built: %s is not found',
    async (url) => {
      const folder = await emptyFolder();
      await build(folder);
      await writeFile(join(folder, 'secret'), 'not for the web');
      const answer = await (await serve({ folder })).inject(url);
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.statusCode).toBeLessThan(500);
      expect(answer.headers['cache-control'] ?? '').not.toContain('immutable');
      expect(answer.body).not.toContain('not for the web');
    },
  );
});

describe('the settings', () => {
  it('are asked for at each request and kept by nobody', async () => {
    let asked = 0;
    const settings = async () => ({ tokens: [], asked: ++asked });
    const app = await serve({ folder: await emptyFolder(), settings });
    await app.inject('/graphiql/settings.json');
    const answer = await app.inject('/graphiql/settings.json');
    expect(answer.json()).toEqual({ tokens: [], asked: 2 });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });
});
