import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddress } from '../../src/api/limits/client-address.ts';
import { ConfigurationFault, readConfig } from '../../src/app/config.ts';

const from = (forwarded: string | undefined, hops: number): string =>
  clientAddress({ headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }, socket: { remoteAddress: '10.0.0.1' } } as unknown as IncomingMessage, hops);

test.each([
  ['no proxy: the header is the client\'s', '198.51.100.1', 0, '10.0.0.1'],
  ['one proxy: its own entry counts', '198.51.100.1', 1, '198.51.100.1'],
  ['what the client wrote stands to the left of it', '203.0.113.66, 198.51.100.1', 1, '198.51.100.1'],
  ['two proxies', '203.0.113.66, 198.51.100.1, 10.0.0.2', 2, '198.51.100.1'],
  ['fewer entries than proxies: someone called the inner one', '198.51.100.1', 2, '198.51.100.1'],
  ['no header', undefined, 1, '10.0.0.1'],
  ['nonsense at the proxy\'s place', '198.51.100.1, unknown', 1, '10.0.0.1'],
  ['nonsense at the outer proxy\'s place', 'junk, 10.0.0.2', 2, '10.0.0.2'],
  ['ports and brackets', '203.0.113.66, [2001:db8::1]:4711', 1, '2001:db8::1'],
  ['a port of IPv4', '198.51.100.1:4711', 1, '198.51.100.1'],
])('%s', (_what, header, hops, expected) => {
  expect(from(header, hops)).toBe(expected);
});

test('TRUST_PROXY counts proxies; "true" is one, never whatever the header says', () => {
  const hops = (value: string): number => readConfig({ TRUST_PROXY: value }).trustedHops;
  expect(['0', '1', '3', 'false', 'true', ''].map(hops)).toEqual([0, 1, 3, 0, 1, 0]);
  for (const bad of ['-1', '11', 'yes', '1.5', '10.0.0.0/8']) expect(() => hops(bad), bad).toThrow(ConfigurationFault);
});
