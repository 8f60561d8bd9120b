import { expect, test } from 'vitest';
import { findMisspelt, tellMisspelt } from '../../src/app/misspelt-variables.ts';

test.each([
  ['REDIS_URI', 'REDIS_URL'],
  ['KAFKA_BROKER', 'KAFKA_BROKERS'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['JWT_SECERT', 'JWT_SECRET'],
  ['redis_url', 'REDIS_URL'],
  ['OPENAI_APIKEY', 'OPENAI_API_KEY'],
])('%s is taken for %s', (name, meant) => {
  expect(findMisspelt({ [name]: 'x' })).toEqual([{ name, meant }]);
  expect(tellMisspelt({ name, meant })).toContain(`Did you mean ${meant}?`);
});

test('other variables of an environment are nobody\'s business', () => {
  const usual = ['PATH', 'HOME', 'HOSTNAME', 'USER', 'PWD', 'LANG', 'TERM', 'SHELL', 'EDITOR', 'TZ', 'DISPLAY', 'POST', 'PORTS', 'DEBUG', 'NODE_ENV', 'NODE_OPTIONS', 'CI', 'HTTP_PROXY', 'http_proxy', 'npm_config_cache', 'POSTGRES_PASSWORD', 'DATABASE_PASSWORD', 'REDIS_PASSWORD', 'XDG_DATA_DIRS', 'JAVA_HOME', 'KAFKA_HOME', 'REDIS_URL', 'DATABASE_URL'];
  expect(findMisspelt(Object.fromEntries(usual.map((name) => [name, 'x'])))).toEqual([]);
  // Where the right one is set, the other one is another program's.
  expect(findMisspelt({ REDIS_URL: 'x', REDIS_URI: 'x' })).toEqual([]);
});
