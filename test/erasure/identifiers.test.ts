import { describe, expect, test } from 'vitest';
import { nameMatcher, type Looking } from '../../src/features/erasure/name-matcher.ts';
import { scanJson } from '../../src/features/erasure/json-person.ts';

const person = { emails: ['Ann.O\'Hara+crm@x-y.example', 'müller@straße.example', 'a"b\\c@quoted.example', 'lena@acme.example'], names: ['Ann O\'Hara', 'Jürgen (Jay) Müller', 'Li', 'Rumpelstilz', 'Billing', 'Customer Support', 'Zquark Vexmarker', 'Tom Double'], phones: ['+49 (151) 234-5678', '12'], homonyms: new Set(['double tom']), things: new Set<string>(), sharedWords: new Set<string>(), otherAddresses: new Set<string>(), longerNames: new Set<string>() };
const nobody = { emails: [], names: [], phones: [], homonyms: new Set<string>(), things: new Set<string>(), sharedWords: new Set<string>(), otherAddresses: new Set<string>(), longerNames: new Set<string>() };

/** What is left of a text near the person. */
const without = (text: string): string => nameMatcher(person).scan(text, { near: true }).left;

describe('a person is taken out of texts', () => {
  test('addresses, whatever stands around them and in whatever case', () => {
    expect(without('Mail ANN.o\'hara+CRM@X-Y.example.')).toBe('Mail [erased].');
    expect(without('<ann.o\'hara+crm@x-y.example>,mailto:müller@straße.example?x')).toBe('<[erased]>,mailto:[erased]?x');
    expect(without('MÜLLER@STRAßE.EXAMPLE; a"b\\c@quoted.example')).toBe('[erased]; [erased]');
  });

  test('also where a text goes on without a space, in marks, behind the prefix of an id, and as the web, HTML and JSON write them', () => {
    for (const [text, left] of [
      ['Ask lena@acme.example.She knows', 'Ask [erased].She knows'], ['lena@acme.example-now', '[erased]-now'], ['_lena@acme.example_ and *lena@acme.example*', '_[erased]_ and *[erased]*'],
      ['see...lena@acme.example', 'see...[erased]'], ['?to=lena%40acme.example&cc=%3Clena%40acme%2Eexample%3E', '?to=[erased]&cc=%3C[erased]%3E'],
      ['lena&#64;acme.example', '[erased]'], ['{"a":"x\\nlena@acme.example\\tb\\u0020lena@acme.example"}', '{"a":"x\\n[erased]\\tb\\u0020[erased]"}'],
      ['m\u0075\u0308ller@straße.example', '[erased]'], ['M\u00fcLLER%40stra%C3%9Fe.example', '[erased]'], ['MÜLLER@STRASSE.EXAMPLE', '[erased]'], ['ann.o%27hara%2bcrm@x-y.example', '[erased]'],
    ] as const) expect(without(text)).toBe(left);
  });

  test('but not those of others that contain them', () => {
    for (const text of ['joann.o\'hara+crm@x-y.example', 'müller@straße.example.com', 'lena@acme.example.co.uk', 'lena@acme.example-union.org', 'anna-lena@acme.example', 'jo.lena@acme.example', 'jo-lena@acme.example', 'K-lena@acme.example', 'a__lena@acme.example', 'x%2Elena%40acme.example', 'o\'lena@acme.example', 'lena+lena@acme.example', 'xmüller@straße.example', 'Annalise O\'Harald', 'annxo\'hara+crm@x-y.example', 'rumpelstilzchen', 'li', 'Li Wei', '12', '9491512345678', '49151234567890']) {
      expect(without(text)).toBe(text);
    }
  });

  test('names of two words or six letters, in either order, and telephone numbers however they are written', () => {
    expect(without('Ann  O\'Hara and jürgen (jay) müller met RUMPELSTILZ')).toBe('[erased] and [erased] met [erased]');
    expect(without('Vexmarker, Zquark; vexmarker zquark; in/zquark-vexmarker, Zquark\u00a0Vexmarker, ann o’hara')).toBe('[erased]; [erased]; in/[erased], [erased], [erased]');
    expect(without('J\u0075\u0308rgen (Jay) M\u0075\u0308ller')).toBe('[erased]');
    expect(without('Call +49 151 2345678, 49151/2345678 or (49) 151-234-5678!')).toBe('Call +[erased], [erased] or ([erased]!');
  });

  test('a contact that is called like a desk is nobody', () => {
    expect(without('Billing, customer support and Support are ordinary words')).toBe('Billing, customer support and Support are ordinary words');
  });
});

test('a full name that nobody else bears is looked for anywhere; others and single words near the person, or beside an address', () => {
  const at = (text: string, near: boolean, options: Partial<Looking> = {}) => nameMatcher(person).scan(text, { near, ...options }).left;
  expect(at('Ann O\'Hara, müller@straße.example', false)).toBe('[erased], [erased]');
  expect(at('Tom Double and Rumpelstilz', false)).toBe('Tom Double and Rumpelstilz');
  expect(at('Tom Double and Rumpelstilz', true)).toBe('[erased] and [erased]');
  expect(at('Tom Double <lena@acme.example>', false)).toBe('[erased] <[erased]>');
  expect(nameMatcher(nobody).scan('anything', { near: true })).toEqual({ left: 'anything', stays: [] });
});

test('JSON is looked into string by string, numbers and keys included, and what is left is JSON', () => {
  const payload = {
    to: 'a"b\\c@quoted.example', 'müller@straße.example': ['x\nRumpelstilz', 'x\tlena@acme.example', '\u0001lena@acme.example'], other: 1, 'lena@acme.example': 2, dial: 491512345678, none: null, flag: true, deep: [[{ by: 'Vexmarker, Zquark' }]],
  };
  const erase = (text: string): unknown => JSON.parse(scanJson(nameMatcher(person), text, { near: true }).left);
  expect(erase(JSON.stringify(payload))).toEqual({
    to: '[erased]', '[erased] 2': ['x\n[erased]', 'x\t[erased]', '\u0001[erased]'], other: 1, '[erased]': 2, dial: '[erased]', none: null, flag: true, deep: [[{ by: '[erased]' }]],
  });
  // As foreign producers may write it, with what jsonb does not hold.
  expect(erase(String.raw`{"t":"\u006cena\u0040acme.example","z":"a\u0000b \\u0000 \ud83d\ude00"}`)).toMatchObject({ t: '[erased]' });
  expect(erase(String.raw`{"t":"\nlena@acme.example","z":"\ud800"}`)).toMatchObject({ t: '\n[erased]' });
});
