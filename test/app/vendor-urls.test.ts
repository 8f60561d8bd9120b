import { expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.ts';
import { vendorApis } from '../../src/features/connectors/outbound/vendor-apis.ts';

test('addresses of vendors are read by their source; without them the public ones are used', () => {
  expect(readConfig({}).vendorUrls).toEqual(new Map());
  expect(readConfig({ VENDOR_URLS: 'slack=http://127.0.0.1:8001, jira=https://proxy.example/' }).vendorUrls).toEqual(new Map([['slack', 'http://127.0.0.1:8001'], ['jira', 'https://proxy.example']]));
});

test('every vendor that can be called can have an address', () => {
  const named = vendorApis.map(({ source }) => `${source}=https://proxy.example`).join();
  expect([...readConfig({ VENDOR_URLS: named }).vendorUrls.keys()]).toEqual(vendorApis.map(({ source }) => source));
});

test.each(['slack', 'slack=', 'slak=https://proxy.example', 'slack=proxy.example', 'slack=file:///etc', 'slack=https://user:word@proxy.example', 'slack=https://proxy.example/api'])('%s is refused', (text) => {
  expect(() => readConfig({ VENDOR_URLS: text })).toThrow('VENDOR_URLS must be vendors and where they are reached');
});
