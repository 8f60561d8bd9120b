import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nameMatcher, namePatterns } from '../../src/features/erasure/identifiers.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

let database: TestDatabase;
let admin: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

const person = { emails: ['Ann.O\'Hara+crm@x-y.example', 'müller@straße.example', 'a"b\\c@quoted.example', 'lena@acme.example'], names: ['Ann O\'Hara', 'Jürgen (Jay) Müller', 'Li', 'Rumpelstilz', 'Billing', 'Customer Support', 'Zquark Vexmarker', 'Tom Double'], phones: ['+49 (151) 234-5678', '12'], homonyms: new Set(['double tom']), things: new Set<string>(), sharedWords: new Set<string>(), otherAddresses: new Set<string>() };
const nobody = { emails: [], names: [], phones: [], homonyms: new Set<string>(), things: new Set<string>(), sharedWords: new Set<string>(), otherAddresses: new Set<string>() };

/** What the program and the database each make of a text, near the person. */
async function without(text: string): Promise<string> {
  const { anywhere, nearby, inFreeTexts } = namePatterns(person, '[:alnum:]');
  const { rows } = await admin.query<{ left: string }>('select without_words($1::text, $2, $3, $4) as left', [text, anywhere, nearby, inFreeTexts]);
  const here = nameMatcher(person).without(text, true);
  expect(rows[0]?.left, text).toBe(here);
  expect(nameMatcher(person).isNamedIn(text, true), text).toBe(here !== text);
  return here;
}

describe('a person is taken out of texts, by the program and by the database alike', () => {
  test('addresses, whatever stands around them and in whatever case', async () => {
    expect(await without('Mail ANN.o\'hara+CRM@X-Y.example.')).toBe('Mail [erased].');
    expect(await without('<ann.o\'hara+crm@x-y.example>,mailto:müller@straße.example?x')).toBe('<[erased]>,mailto:[erased]?x');
    expect(await without('MÜLLER@STRAßE.EXAMPLE; a"b\\c@quoted.example')).toBe('[erased]; [erased]');
  });

  test('also where a text goes on without a space, in marks, behind the prefix of an id, and as the web, HTML and JSON write them', async () => {
    for (const [text, left] of [
      ['Ask lena@acme.example.She knows', 'Ask [erased].She knows'], ['lena@acme.example-now', '[erased]-now'], ['_lena@acme.example_ and *lena@acme.example*', '_[erased]_ and *[erased]*'],
      ['see...lena@acme.example', 'see...[erased]'], ['?to=lena%40acme.example&cc=%3Clena%40acme%2Eexample%3E', '?to=[erased]&cc=%3C[erased]%3E'],
      ['lena&#64;acme.example', '[erased]'], ['{"a":"x\\nlena@acme.example\\tb\\u0020lena@acme.example"}', '{"a":"x\\n[erased]\\tb\\u0020[erased]"}'],
      ['m\u0075\u0308ller@straße.example', '[erased]'], ['M\u00fcLLER%40stra%C3%9Fe.example', '[erased]'], ['MÜLLER@STRASSE.EXAMPLE', '[erased]'], ['ann.o%27hara%2bcrm@x-y.example', '[erased]'],
    ] as const) expect(await without(text)).toBe(left);
  });

  test('but not those of others that contain them', async () => {
    for (const text of ['joann.o\'hara+crm@x-y.example', 'müller@straße.example.com', 'lena@acme.example.co.uk', 'lena@acme.example-union.org', 'anna-lena@acme.example', 'jo.lena@acme.example', 'jo-lena@acme.example', 'K-lena@acme.example', 'a__lena@acme.example', 'x%2Elena%40acme.example', 'o\'lena@acme.example', 'lena+lena@acme.example', 'xmüller@straße.example', 'Annalise O\'Harald', 'annxo\'hara+crm@x-y.example', 'rumpelstilzchen', 'li', 'Li Wei', '12', '9491512345678', '49151234567890']) {
      expect(await without(text)).toBe(text);
    }
  });

  test('names of two words or six letters, in either order, and telephone numbers however they are written', async () => {
    expect(await without('Ann  O\'Hara and jürgen (jay) müller met RUMPELSTILZ')).toBe('[erased] and [erased] met [erased]');
    expect(await without('Vexmarker, Zquark; vexmarker zquark; in/zquark-vexmarker, Zquark\u00a0Vexmarker, ann o’hara')).toBe('[erased]; [erased]; in/[erased], [erased], [erased]');
    expect(await without('J\u0075\u0308rgen (Jay) M\u0075\u0308ller')).toBe('[erased]');
    expect(await without('Call +49 151 2345678, 49151/2345678 or (49) 151-234-5678!')).toBe('Call +[erased], [erased] or ([erased]!');
  });

  test('a contact that is called like a desk is nobody', async () => {
    expect(await without('Billing, customer support and Support are ordinary words')).toBe('Billing, customer support and Support are ordinary words');
  });
});

test('a full name that nobody else bears is looked for anywhere; others and single words near the person, or beside an address', () => {
  const matcher = nameMatcher(person);
  expect(matcher.without('Ann O\'Hara, müller@straße.example', false)).toBe('[erased], [erased]');
  expect(matcher.without('Tom Double and Rumpelstilz', false)).toBe('Tom Double and Rumpelstilz');
  expect(matcher.without('Tom Double and Rumpelstilz', true)).toBe('[erased] and [erased]');
  expect(matcher.without('Tom Double <lena@acme.example>', false)).toBe('[erased] <[erased]>');
  expect(nameMatcher(nobody).isNamedIn('anything', true)).toBe(false);
});

test('JSON is looked into string by string, numbers and keys included, and what is left is JSON', async () => {
  const payload = {
    to: 'a"b\\c@quoted.example', 'müller@straße.example': ['x\nRumpelstilz', 'x\tlena@acme.example', '\u0001lena@acme.example'], other: 1, 'lena@acme.example': 2, dial: 491512345678, none: null, flag: true, deep: [[{ by: 'Vexmarker, Zquark' }]],
  };
  const { anywhere, nearby, inFreeTexts, parts } = namePatterns(person, '[:alnum:]');
  const erase = async (sql: string, value: unknown) => (await admin.query<{ left: object }>(`select without_words(${sql}, $2, $3, $4, $5) as left`, [value, anywhere, nearby, inFreeTexts, parts])).rows[0]?.left;
  expect(await erase('$1::jsonb', JSON.stringify(payload))).toEqual({
    to: '[erased]', '[erased] 2': ['x\n[erased]', 'x\t[erased]', '\u0001[erased]'], other: 1, '[erased]': 2, dial: '[erased]', none: null, flag: true, deep: [[{ by: '[erased]' }]],
  });
  // As foreign producers may write it, with what jsonb does not hold.
  expect(await erase('as_jsonb($1::json)', String.raw`{"t":"\u006cena\u0040acme.example","z":"a\u0000b \\u0000 \ud83d\ude00"}`)).toMatchObject({ t: '[erased]' });
  expect(await erase('as_jsonb($1::json)', String.raw`{"t":"\nlena@acme.example","z":"\ud800"}`)).toMatchObject({ t: '\n[erased]' });
});
