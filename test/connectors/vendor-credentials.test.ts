import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkSchema } from '../../src/features/connectors/check-schema.ts';
import { VendorSource } from '../../src/features/connectors/connection-source.ts';
import { tokenRequestOf } from '../../src/features/connectors/outbound/token-endpoints.ts';
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
const unknownSchema = z.never();
const oauth = { clientId: 'client-of-acme', clientSecret: 'secret-of-acme', refreshToken: 'refresh-of-acme' };
const pasted: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  salesforce: [{ instanceUrl: 'https://acme.my.salesforce.com', ...oauth }],
  jira: [{ site: 'acme.atlassian.net', email: 'ana@acme.example', apiToken: 'token-of-acme' }, { cloudId: '11223344-a1b2-3b33-c444-def123456789', ...oauth }],
  slack: [{ botToken: 'xoxb-1-of-acme' }, oauth],
  notion: [{ token: 'ntn_of-acme' }, oauth],
  hubspot: [{ accessToken: 'pat-of-acme' }, oauth],
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

  test.each(pasted[api.source] ?? [])('what was copied with a line break is refused with its place: %o', (given) => {
    expect(() => check(given)).not.toThrow();
    for (const field of Object.keys(given).filter((name) => !['email', 'site', 'cloudId', 'instanceUrl'].includes(name))) {
      const { message, inputPath } = faultOf({ ...given, [field]: `${given[field]}\n` }, check);
      expect(inputPath).toEqual(['input', 'credentials', field]);
      expect(message).toContain(field);
    }
  });
});

test('an address is read as it is shown in Salesforce, whatever its case, and a token is asked for there', () => {
  const api = vendorApis.find(({ source }) => source === 'salesforce');
  const given = { ...pasted['salesforce']?.[0], instanceUrl: ' https://Acme.my.salesforce.com/ ' };
  expect(api?.credentials.parse(given)).toMatchObject({ instanceUrl: 'https://acme.my.salesforce.com' });
  expect(URL.parse(tokenRequestOf('salesforce', given, null)?.url ?? '')?.href).toBe('https://acme.my.salesforce.com/services/oauth2/token');
  for (const instanceUrl of ['https://acme.my.salesforce.com.evil.example', 'https://evil.example/.salesforce.com', 'https://acme.my.salesforce.com@evil.example', 'http://acme.my.salesforce.com', 'https://acme.my.salesforce.com:8443', 'https://acme.my.salesforce.com/x', 'https://evil.example\\.salesforce.com', 'https://evil.example#.salesforce.com']) {
    expect(faultOf({ ...given, instanceUrl }, (each) => checkSchema(api?.credentials ?? unknownSchema, each, [])).inputPath).toEqual(['instanceUrl']);
  }
});
