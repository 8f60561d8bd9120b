import { afterAll, expect, test } from 'vitest';
import { startVendorServer } from './vendor-server.ts';

const server = await startVendorServer({ 'GET /things/:id': ({ params }) => ({ body: { id: params['id'] } }), 'POST /things': ({ body }) => ({ status: 201, body }) });
afterAll(() => server.stop());

test('routes answer, and what arrived is counted', async () => {
  expect(await (await fetch(`${server.url}/things/a%20b?x=1`)).json()).toEqual({ id: 'a b' });
  expect((await fetch(`${server.url}/things`, { method: 'POST', body: 'new' })).status).toBe(201);
  expect((await fetch(`${server.url}/other`)).status).toBe(404);
  expect(server.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /things/a%20b', 'POST /things', 'GET /other']);
  expect([server.count(), server.count('GET /things/:id')]).toEqual([3, 1]);
});

test('troubles are met in order, then the routes answer again', async () => {
  server.trouble({ status: 429, headers: { 'retry-after': '3' } }, { times: 1 });
  server.trouble('CUT', { times: 1, route: 'GET /things/:id' });
  server.trouble('CUT_BODY', { times: 1 });
  expect((await fetch(`${server.url}/things/1`)).headers.get('retry-after')).toBe('3');
  await expect(fetch(`${server.url}/things/1`)).rejects.toThrow('fetch failed');
  await expect(fetch(`${server.url}/things/1`).then((answer) => answer.text())).rejects.toThrow('terminated');
  expect((await fetch(`${server.url}/things/1`)).status).toBe(200);
});

test('what hangs is answered when it is released', async () => {
  server.trouble('HANG');
  server.forget();
  const answer = fetch(`${server.url}/things/1`);
  await expect.poll(() => server.count()).toBe(1);
  server.release();
  expect((await answer).status).toBe(200);
});
