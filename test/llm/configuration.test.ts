import { expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.ts';

test('a key brings the model; without one there is none', () => {
  expect(readConfig({}).openAi).toBeNull();
  expect(readConfig({ OPENAI_API_KEY: '', LLM_MODEL: '' }).openAi).toBeNull();
  expect(readConfig({ OPENAI_API_KEY: 'key' }).openAi).toEqual({ apiKey: 'key', model: 'gpt-5.4-mini', timeoutMilliseconds: 30_000, dailyBudget: 10_000_000 });
  expect(readConfig({ OPENAI_API_KEY: 'key', LLM_MODEL: 'gpt-5.4-nano', LLM_TIMEOUT_SECONDS: '5', LLM_DAILY_BUDGET_USD_PER_TENANT: '0.25' }).openAi).toEqual({ apiKey: 'key', model: 'gpt-5.4-nano', timeoutMilliseconds: 5_000, dailyBudget: 250_000 });
});

test('what would have no effect, or cannot be, is told', () => {
  expect(() => readConfig({ LLM_MODEL: 'gpt-5.4-nano' })).toThrow('LLM_MODEL needs OPENAI_API_KEY beside it');
  expect(() => readConfig({ OPENAI_API_KEY: 'key', LLM_TIMEOUT_SECONDS: '0' })).toThrow('LLM_TIMEOUT_SECONDS must be a whole number from 1 to 300');
  expect(() => readConfig({ OPENAI_API_KEY: 'key', LLM_MODEL: 'two words' })).toThrow('LLM_MODEL must be the name of a model');
});
