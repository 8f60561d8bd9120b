import { expect, test } from 'vitest';
import { hiddenEmail, hiddenPhone, maskAddresses, maskIdentifier, maskJson } from '../../src/platform/mask-addresses.ts';

test.each([
  ['Write to ada@example.com.', `Write to ${hiddenEmail}.`],
  ['<Ada.Byron+crm@mail.example.co.uk>', `<${hiddenEmail}>`],
  ['"ada b"@example.com', hiddenEmail],
  ['jörg@müller.example', hiddenEmail],
  ['mailto:ada%40example.com', `mailto:${hiddenEmail}`],
  ['ada&#64;example.com', hiddenEmail],
  ['ada＠example.com', hiddenEmail],
  ['a\u200bda@exam\u00adple.com', hiddenEmail],
  ["o’brien@example.com, o'brien@example.com", `${hiddenEmail}, ${hiddenEmail}`],
  ['Call +49 30 1234567 today', `Call ${hiddenPhone} today`],
  ['+49 (0)30 123 45 67', hiddenPhone],
  ['(030) 1234567', hiddenPhone],
  ['030/1234567', hiddenPhone],
  ['555-123-4567', hiddenPhone],
  ['0049 30 1234567', hiddenPhone],
  ['+1.555.123.4567', hiddenPhone],
  ['tel:+15551234567', `tel:${hiddenPhone}`],
  ['4915112345678', hiddenPhone],
  ['+49 151 1234567890 1', hiddenPhone],
  ['030 1234567 0171 7654321', hiddenPhone],
  ['٠١٢٣٤٥٦٧٨٩', hiddenPhone],
])('an address in a text is masked: %s', (text, expected) => {
  expect(maskAddresses(text)).toBe(expected);
});

test.each([
  '', 'They like it', '@lee said yes', 'at 2026-11-21 09:30', '2026-11-21T09:30:00.000Z', '21.11.2026', 'USD 1.000.000', '150,000 USD', 'ACME-456', '10.0.12.250', 'version 1.25.3', 'ticket 12345',
  '2025-2026', '74274/12345', '3f2504e0-4f89-11d3-9a0c-0305e82c3301', '82 %', 'sso', 'room 12, 3rd floor',
])('what is no address stays: %s', (text) => {
  expect(maskAddresses(text)).toBe(text);
});

test('an id keeps its digits, and loses its addresses', () => {
  expect(['001xx000003DGb2', 'chatwoot:74274/12345', 'sha256:4111111111111111', 'https://crm.example/c/4915112345678'].map(maskIdentifier)).toEqual(['001xx000003DGb2', 'chatwoot:74274/12345', 'sha256:4111111111111111', 'https://crm.example/c/4915112345678']);
  expect(['ev-ada@example.com', 'whatsapp:+4915112345678', 'https://crm.example/?q=ada%40example.com'].map(maskIdentifier)).toEqual([hiddenEmail, `whatsapp:${hiddenPhone}`, `https://crm.example/?q=${hiddenEmail}`]);
});

test('JSON is masked in texts, in the names of members, and where a member is called a telephone number', () => {
  const payload = JSON.parse('{"StageName":"Negotiation","amount":4915112345678,"who":{"email":"ada@example.com","phone":4915112345678,"mobiles":["151 12345"]},"ada@example.com":true,"__proto__":{"to":"ada@example.com"}}') as object;
  expect(JSON.stringify(maskJson(payload))).toBe(`{"StageName":"Negotiation","amount":4915112345678,"who":{"email":"${hiddenEmail}","phone":"${hiddenPhone}","mobiles":["${hiddenPhone}"]},"${hiddenEmail}":true,"__proto__":{"to":"${hiddenEmail}"}}`);
});

test('a long text of digits and blanks is masked in bounded steps', () => {
  const steps = ['1 '.repeat(5_000), '1  /'.repeat(5_000), 'a'.repeat(10_000), '@'.repeat(10_000), 'a.'.repeat(5_000) + '@', '('.repeat(9_000)];
  for (const text of steps) expect(typeof maskAddresses(text)).toBe('string');
});
