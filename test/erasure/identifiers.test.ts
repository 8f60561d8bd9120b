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

const person = { emails: ['Ann.O\'Hara+crm@x-y.example', 'müller@straße.example', 'a"b\\c@quoted.example'], names: ['Ann O\'Hara', 'Jürgen (Jay) Müller', 'Li', 'Rumpelstilz'], phones: ['+49 (151) 234-5678', '12'] };

/** What the program and the database each make of a text, near the person. */
async function without(text: string): Promise<string> {
  const { anywhere, nearby } = namePatterns(person, '[:alnum:]');
  const { rows } = await admin.query<{ left: string }>('select without_words($1, $2, $3) as left', [text, anywhere, nearby]);
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

  test('but not those of others that contain them', async () => {
    for (const text of ['joann.o\'hara+crm@x-y.example', 'ann.o\'hara+crm@x-y.example.com', 'xmüller@straße.example', 'Annalise O\'Harald', 'annxo\'hara+crm@x-y.example', 'rumpelstilzchen', 'li', 'Li Wei', '12', '9491512345678', '49151234567890']) {
      expect(await without(text)).toBe(text);
    }
  });

  test('names of two words or six letters, and telephone numbers however they are written', async () => {
    expect(await without('Ann  O\'Hara and jürgen (jay) müller met RUMPELSTILZ')).toBe('[erased] and [erased] met [erased]');
    expect(await without('Call +49 151 2345678, 49151/2345678 or (49) 151-234-5678!')).toBe('Call +[erased], [erased] or ([erased]!');
  });
});

test('names are looked for near the person only, addresses anywhere', () => {
  const matcher = nameMatcher(person);
  expect(matcher.without('Ann O\'Hara, müller@straße.example', false)).toBe('Ann O\'Hara, [erased]');
  expect(nameMatcher({ emails: [], names: [], phones: [] }).isNamedIn('anything', true)).toBe(false);
});

test('in JSON they are found as JSON writes them, and what is left is JSON', async () => {
  const payload = { to: 'a"b\\c@quoted.example', 'müller@straße.example': ['x\nRumpelstilz'], other: 1 };
  const { anywhere, nearby } = namePatterns(person, '[:alnum:]', true);
  const { rows } = await admin.query<{ left: object }>('select without_words(($1::jsonb)::text, $2, $3)::jsonb as left', [JSON.stringify(payload), anywhere, nearby]);
  expect(rows[0]?.left).toEqual({ to: '[erased]', '[erased]': ['x\nRumpelstilz'], other: 1 });
});
