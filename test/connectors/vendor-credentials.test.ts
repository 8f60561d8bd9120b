import { describe, expect, test } from 'vitest';
import { checkSchema } from '../../src/features/connectors/check-schema.ts';
import { VendorSource } from '../../src/features/connectors/connection-source.ts';
import { vendorApis } from '../../src/features/connectors/outbound/vendor-apis.ts';
import { vendors } from '../../src/features/connectors/vendors.ts';
import { InvalidInput } from '../../src/platform/errors.ts';

const faultOf = (given: object, check: (given: object) => void): InvalidInput => {
  try {
    check(given);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
};
const secret = 'AKIA-what-was-given';

test('every vendor that can be called has a value in the graph, and sends webhooks', () => {
  const known: readonly string[] = Object.values(VendorSource);
  expect(vendorApis.filter(({ source }) => !known.includes(source) || !vendors.some((vendor) => vendor.source === source)).map(({ source }) => source)).toEqual([]);
});

describe.each(vendorApis.map((api) => [api.source, api] as const))('%s', (_source, api) => {
  const check = (given: object): void => checkSchema(api.credentials, given, ['input', 'credentials']);

  test('no settings are settings', () => {
    expect(() => checkSchema(api.settings, {}, [])).not.toThrow();
  });

  test.each([['nothing', {}], ['a field of another vendor', { consumerKey: secret }], ['numbers', { token: 1, accessToken: 1, botToken: 1, apiToken: 1, clientId: 1 }], ['a secret as a name', { [secret]: 'x' }], ['empty texts', { token: '', accessToken: '', botToken: '', site: '', email: '', apiToken: '', instanceUrl: '', clientId: '', clientSecret: '' }]])('%s: the fault says what to do, and quotes nothing', (_what, given) => {
    const { message, inputPath } = faultOf(given, check);
    expect(inputPath.slice(0, 2)).toEqual(['input', 'credentials']);
    expect(message).toMatch(/^[A-Za-z].{20,}\.$/s);
    expect(message).not.toMatch(/Invalid input|expected (?:string|object)|received/);
    expect(`${message} ${inputPath.join(' ')}`).not.toContain(secret);
  });
});
