import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { indexMissingContacts, nameBeginnings, wordDigest } from '../../src/features/accounts/index.ts';
import { textScore } from '../../src/features/portfolio/search-score.ts';
import type { Role } from '../../src/features/access/index.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';

interface Hits {
  readonly search: { readonly totalCount: number; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }; readonly edges: readonly { readonly node: { readonly score: number; readonly matched: readonly { field: string; text: string }[]; readonly node: { readonly __typename: string; readonly id: string; readonly name: string } } }[] };
}

let program: Arranged;
let acme: string;
beforeAll(async () => {
  program = await arrange();
  acme = await program.account('acme_corp_12345', { name: 'Acme Corp', website: 'https://www.acme-industries.example/de', owner: { name: 'Olga Petrova', email: 'olga@us.example' }, csm: { name: 'Carl Gustav', email: null } });
  await program.account('beta-1', { name: 'Beta 100% Ltd', website: 'beta.example' });
  await program.account('acmeville', { name: 'Acmeville' });
  await program.account('newacme', { name: 'The New Acme' });
  await program.account('004', { name: 'Müller & Söhne' });
  await program.account('zug', { name: 'Zürich Straße Łódź AG', website: 'https://züge.example', owner: { name: 'Renée Ångström', email: null }, csm: { name: 'Søren Kjær', email: null } });
  await program.account('sato', { name: '株式会社佐藤商事' });
  await program.upsert('contacts', [
    { account: { id: acme }, externalRef: { system: 'crm', id: 'c1' }, name: 'José Ávila-Núñez', email: 'jose@acme.example' },
    { account: { id: acme }, externalRef: { system: 'crm', id: 'c2' }, name: '王小明', email: 'wang@acme.example' },
    { account: { id: acme }, externalRef: { system: 'crm', id: 'c3' }, name: 'Ada Lovelace', email: 'ada@acme.example' },
  ]);
});
afterAll(() => program.close());

const document = `query ($text: String!, $first: Int = 20, $after: String) { search(text: $text, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { node { score matched { field text } node { __typename id ... on Account { name } ... on Contact { name } } } } } }`;
const search = async (text: string, more: { first?: number; after?: string; role?: Role } = {}): Promise<Hits['search']> => {
  const { role = 'analyst', ...page } = more;
  return dataOf(await program.query<Hits, Record<string, unknown>>(document, { text, ...page }, { role })).search;
};
const names = async (text: string, role: Role = 'analyst'): Promise<string[]> => (await search(text, { role })).edges.map(({ node }) => node.node.name);

describe('a search finds accounts', () => {
  test('by their name, the best match first', async () => {
    expect(await names('acme')).toEqual(['Acme Corp', 'Acmeville', 'The New Acme']);
    expect(await names('ACME CORP')).toEqual(expect.arrayContaining(['Acme Corp']));
    expect((await search('acme corp')).edges[0]?.node).toMatchObject({ score: 1, matched: [{ field: 'NAME', text: 'Acme Corp' }], node: { __typename: 'Account', id: acme } });
  });

  test.each([
    ['a part of the domain', 'industries', 'DOMAIN', 'acme-industries.example'],
    ['the external reference', 'acme_corp_12345', 'EXTERNAL_REF', 'acme_corp_12345'],
    ['a part of the external reference', 'corp_123', 'EXTERNAL_REF', 'acme_corp_12345'],
    ['the owner', 'petrova', 'OWNER', 'Olga Petrova'],
    ['the customer success manager', 'gustav', 'CSM', 'Carl Gustav'],
  ])('by %s, and say so', async (_what, text, field, held) => {
    const { edges } = await search(text);
    expect(edges[0]?.node).toMatchObject({ node: { id: acme, name: 'Acme Corp' } });
    expect(edges[0]?.node.matched[0]).toEqual({ field, text: held });
  });

  test.each(['zurich', 'ZÜRICH', 'strasse', 'lodz', 'zurich strasse', 'zuge.example', 'renee', 'angstrom', 'soren kjaer', 'Zu\u0308rich', 'Ｚｕｒｉｃｈ'])('whatever case, accents and width they have: %s', async (text) => {
    expect(await names(text)).toEqual(['Zürich Straße Łódź AG']);
  });

  test('by two characters of a script without spaces', async () => {
    expect(await names('佐藤')).toEqual(['株式会社佐藤商事']);
  });

  test('by a name with a typing error', async () => {
    const { edges } = await search('acme crop');
    expect(edges.map(({ node }) => node.node.name)).toContain('Acme Corp');
    expect(edges[0]?.node.score).toBeLessThan(0.6);
  });

  test('by two characters, and take % and _ as they are', async () => {
    expect(await names('be')).toEqual(['Beta 100% Ltd']);
    expect(await names('100%')).toEqual(['Beta 100% Ltd']);
    expect(await names('a_m')).not.toContain('Acme Corp');
  });

  test('of the own tenant only', async () => {
    const token = await program.token('analyst', { tenant: program.otherTenant });
    expect((await program.query<Hits, { text: string }>(document, { text: 'acme' }, { token })).data?.search.edges).toEqual([]);
  });
});

describe('a search finds contacts', () => {
  test.each([['josé', 'José Ávila-Núñez'], ['JOSE', 'José Ávila-Núñez'], ['avila-nunez', 'José Ávila-Núñez'], ['avila jose', 'José Ávila-Núñez'], ['王小明', '王小明'], ['小明', '王小明'], ['lovel', 'Ada Lovelace'], ['ad lov', 'Ada Lovelace']])('by %s', async (text, name) => {
    const { edges } = await search(text);
    expect(edges.map(({ node }) => node.node)).toContainEqual({ __typename: 'Contact', id: expect.any(String), name });
  });

  test('by a whole address, for roles that see addresses only', async () => {
    expect((await search('ada@acme.example', { role: 'analyst' })).edges[0]?.node).toMatchObject({ score: 1, matched: expect.arrayContaining([{ field: 'EMAIL', text: 'ada@acme.example' }]) as object, node: { name: 'Ada Lovelace' } });
    expect(await names('ada@acme.example', 'viewer')).not.toContain('Ada Lovelace');
  });

  test('as they are called now, and no longer once they are gone', async () => {
    await program.upsert('contacts', [{ account: { id: acme }, externalRef: { system: 'crm', id: 'c9' }, name: 'Grace Hopper', email: 'grace@acme.example' }]);
    expect(await names('hopper')).toEqual(['Grace Hopper']);
    await program.upsert('contacts', [{ account: { id: acme }, externalRef: { system: 'crm', id: 'c9' }, name: 'Grace Murray', email: 'grace@acme.example' }]);
    expect(await names('hopper')).toEqual([]);
    expect(await names('murray')).toEqual(['Grace Murray']);
    await program.admin.query(`delete from contact where id = (select node_id from external_ref where external_id = 'c9')`);
    expect(await names('murray')).toEqual([]);
    expect(await program.rows('select contact_id from contact_words w where not exists (select from contact c where c.id = w.contact_id)')).toEqual([]);
  });

  test('and no longer by a name that an erasure took out of theirs', async () => {
    await program.upsert('contacts', [
      { account: { id: acme }, externalRef: { system: 'crm', id: 'e1' }, name: 'Jane Quillfeather', email: 'jane.q@acme.example' },
      { account: { id: acme }, externalRef: { system: 'crm', id: 'e2' }, name: 'Assistant of Jane Quillfeather', email: 'desk@acme.example' },
    ]);
    expect(await names('quillfeather')).toHaveLength(2);
    const officer = { role: 'privacy_officer' } as const;
    const { erasurePreview } = dataOf(await program.query<{ erasurePreview: { digest: string } }, { email: string }>('query ($email: String) { erasurePreview(email: $email) { digest } }', { email: 'jane.q@acme.example' }, officer));
    dataOf(await program.query('mutation ($email: String, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email: 'jane.q@acme.example', digest: erasurePreview.digest }, officer));
    expect(await names('assistant')).toEqual(['Assistant of [erased]']);
    const digest = wordDigest(program.seal, program.tenant, 'quillfeather');
    expect(await program.rows('select contact_id from contact_words where words @> array[$1::bigint]', [digest])).toEqual([]);
  });

  test('that were stored before there was an index, once the job has run', async () => {
    await program.admin.query('delete from contact_words');
    expect(await names('lovelace')).toEqual([]);
    const caller = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
    expect(await indexMissingContacts(program.database, program.seal, caller)).toBeGreaterThanOrEqual(3);
    expect(await indexMissingContacts(program.database, program.seal, caller)).toBe(0);
    expect(await names('lovelace')).toEqual(['Ada Lovelace']);
  });

  test('and the index shows no name', async () => {
    const rows = await program.rows('select words::text as words from contact_words');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row['words']).toMatch(/^\{[-0-9,]*\}$/);
  });
});

test('what is masked is not found out letter by letter, by search or by filters', async () => {
  const hidden = await program.account('crm/vic.tim@secret.example', { name: 'Dealing vic.tim@secret.example 555-123-4567', owner: { name: 'Trade (own.er@secret.example)', email: null } });
  await program.upsert('contacts', [{ account: { id: hidden }, externalRef: { system: 'crm', id: 'c9' }, name: 'Trade con.tact@secret.example', email: null }]);
  for (const text of ['dealing vic', 'dealing v', 'trade (ow', 'trade con', 'crm/vi', 'vic.tim@secret.example', 'secret.example', '555-123-4567']) {
    expect([text, (await names(text)).length > 0, await names(text, 'viewer')]).toEqual([text, true, []]);
  }
  expect(await names('dealing', 'viewer')).toEqual(['Dealing [email hidden] [phone hidden]']);
  expect(await names('trade', 'viewer')).toEqual(expect.arrayContaining(['Trade [email hidden]']));
  const counted = async (filter: object, role: Role): Promise<number[]> => {
    const { accounts, accountStats } = dataOf(await program.query<{ accounts: { totalCount: number }; accountStats: { count: number } }, Record<string, unknown>>('query ($filter: AccountFilter!) { accounts(filter: $filter) { totalCount } accountStats(filter: $filter) { count } }', { filter }, { role }));
    return [accounts.totalCount, accountStats.count];
  };
  for (const filter of [{ nameStartsWith: 'dealing vic' }, { nameContains: 'vic.t' }, { nameContains: '123-4' }]) {
    expect([filter, await counted(filter, 'analyst'), await counted(filter, 'viewer')]).toEqual([filter, [1, 1], [0, 0]]);
  }
  expect(await counted({ nameContains: 'cme' }, 'viewer')).toEqual(await counted({ nameContains: 'cme' }, 'analyst'));
});

test('an account of that very name is found also where hundreds of names have it as a part', async () => {
  await program.upsertAccounts(Array.from({ length: 250 }, (_, index) => ({ externalRef: { system: 'test', id: `savings-${index}` }, name: `Savings House of Town ${index}` })));
  await program.account('savings', { name: 'Savings' });
  expect((await search('savings', { first: 1 })).edges[0]?.node).toMatchObject({ score: 1, node: { name: 'Savings' } });
});

test('pages follow each other without gap or repetition', async () => {
  for (let index = 0; index < 25; index += 1) await program.account(`page-${index}`, { name: `Pageable ${index}` });
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: Hits['search'] = await search('pageable', { first: 10, ...(after === null ? {} : { after }) });
    seen.push(...page.edges.map(({ node }) => node.node.id));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toHaveLength(25);
  expect(new Set(seen).size).toBe(25);
});

test.each([['', 'text'], [' a ', 'text'], ['x'.repeat(201), 'text']])('what cannot be looked for is refused: %s', async (text, place) => {
  expect((await program.query(document, { text })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', inputPath: [place] } }]);
});

test('another list\'s cursor is refused', async () => {
  expect((await program.query(document, { text: 'acme', after: '' })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', inputPath: ['after'] } }]);
});

test('the trigram index is used, below the wall between tenants', async () => {
  await program.admin.query(
    `insert into account (tenant_id, id, name, status, occurred_at, recorded_at, sys_from)
     select $1, gen_random_uuid(), 'Filler ' || md5(n::text), 'ACTIVE', now(), now(), now() from generate_series(1, 20000) n`, [program.tenant]);
  await program.admin.query('vacuum analyze account');
  await program.admin.query(`set app.tenant_id = '${program.tenant}'`);
  const { rows } = await program.admin.query<{ 'QUERY PLAN': string }>(`explain select id from account where tenant_id = '${program.tenant}' and search_form(name) like '%acme corp%' limit 200`);
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('account_search');
});

describe('the order of hits', () => {
  const word = fc.stringMatching(/^[a-z]{3,8}$/);
  test('the same text is best; a beginning is better than a part; a part better than a resemblance', () => {
    fc.assert(fc.property(word, word, (one, other) => {
      expect(textScore(one, one)).toBe(1);
      const [begins, wordBegins, inside] = [textScore(one, `${one}${other}`), textScore(one, `zzz ${one}${other}`), textScore(one, `z${one}${other}`)];
      expect(begins).toBeLessThan(1);
      expect(begins).toBeGreaterThan(wordBegins);
      if (!`${one}${other}`.slice(1).includes(one)) expect(wordBegins).toBeGreaterThan(inside);
      expect(inside).toBeGreaterThanOrEqual(0.6);
    }));
  });

  test('every beginning of every word of a name finds it, without case and accents', () => {
    expect(nameBeginnings('Zoë  D\u200bOe')).toEqual(expect.arrayContaining(['zo', 'zoe', 'do', 'doe']));
    expect(nameBeginnings('王小明')).toEqual(expect.arrayContaining(['王', '王小', '王小明', '小', '小明', '明']));
  });
});
