import { afterEach, describe, expect, it, vi } from 'vitest';
import { authorizationIn, authorizationInText, withAuthorization } from '../../src/console/graphiql/authorization.ts';
import { loadSettings, parseSettings } from '../../src/console/settings.ts';

afterEach(() => vi.unstubAllGlobals());

describe('the settings', () => {
  it('keep what has the stated shape and leave the rest out', () => {
    const token = { role: 'admin', tenant: 'acme', token: 'a' };
    expect(parseSettings({ tokens: [token, { role: 'admin' }, null], examples: { acme: { id: 'x' }, globex: 1 } })).toEqual({
      tokens: [token],
      examples: { acme: { id: 'x' } },
      fault: null,
    });
    expect(parseSettings(null)).toEqual({ tokens: [], examples: {}, fault: null });
  });

  it.each([
    ['the server fails', async () => new Response('', { status: 500 }), 'Demo tokens could not be loaded: the server answered 500'],
    ['nobody answers', () => Promise.reject(new TypeError('Failed to fetch')), 'Demo tokens could not be loaded: Failed to fetch'],
  ])('are none, with the reason, when %s', async (_when, fetch, fault) => {
    vi.stubGlobal('fetch', fetch);
    expect(await loadSettings()).toEqual({ tokens: [], examples: {}, fault });
  });
});

describe('the Authorization header', () => {
  it('is found whatever its case', () => {
    expect(authorizationIn({ 'x-request-id': '1', authorization: 'Bearer a' })).toBe('Bearer a');
    expect(authorizationInText('{ "AUTHORIZATION": "Bearer a" }')).toBe('Bearer a');
  });

  it.each(['', '{', '[]', '{}', '{ "Authorization": "" }', '{ "Authorization": 1 }'])('is none in %j', (text) => {
    expect(authorizationInText(text)).toBeNull();
  });

  it('is put in place of another, and other headers stay', () => {
    const text = withAuthorization('{ "authorization": "Bearer a", "X-Request-ID": "1" }', 'Bearer b');
    expect(JSON.parse(text)).toEqual({ Authorization: 'Bearer b', 'X-Request-ID': '1' });
    expect(JSON.parse(withAuthorization('{ half', 'Bearer b'))).toEqual({ Authorization: 'Bearer b' });
  });
});
