import { assert, property, sample, string } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nameMatcher } from '../../src/features/erasure/name-matcher.ts';
import { asSeen, fold } from '../../src/platform/fold.ts';
import { normaliseEmail } from '../../src/platform/postgres/seal.ts';
import { crm } from '../accounts/arrange.ts';
import { openOffice, type Office } from './arrange.ts';
import { spellings, surroundings } from './spellings.ts';

const none: ReadonlySet<string> = new Set();
const names = ['王小明', '佐藤 花子', '김민수', 'Mary O’Brien', 'Zoë Müller', 'Nguyễn Văn An'];
const shortNames = ['Ana', 'Li'];
let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

const matcherOf = (name: string) => nameMatcher({ emails: [], names: [name], phones: [], homonyms: none, things: none, sharedWords: none, otherAddresses: none, longerNames: none });

test('however a name is written it is found, and nothing beside it changes', () => {
  for (const name of [...names, ...shortNames]) {
    const matcher = matcherOf(name);
    assert(property(spellings(name, shortNames.includes(name)), surroundings, surroundings, (written, before, after) => {
      const text = `${before} ${written} ${after}`;
      expect(matcher.scan(text, { near: true }).left).toBe(`${before} [erased] ${after}`);
    }), { numRuns: 300 });
  }
});

test('folding leads back to every place of the original, of any text', () => {
  assert(property(string({ unit: 'grapheme', maxLength: 60 }), (text) => {
    for (const folding of ['marked', 'plain', 'spelled'] as const) {
      const folded = fold(text, folding);
      let last = 0;
      for (let at = 0; at < folded.text.length; at += 1) {
        const [from, to] = folded.original(at, at + 1);
        expect(from).toBeGreaterThanOrEqual(last);
        expect(to).toBeGreaterThan(from);
        expect(to).toBeLessThanOrEqual(text.length);
        last = from;
      }
    }
  }), { numRuns: 500 });
});

test('an address is looked up by the first step of the same folding', () => {
  assert(property(string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((local) => !local.includes('@')), (local) => {
    expect(normaliseEmail(`${local}@x.example`)).toBe(asSeen(`${local}@x.example`.replaceAll(/\p{Cf}/gu, '').trim()));
  }));
  for (const hidden of ['a\u200bna@x.example', 'ａｎａ@x.example', 'ANA@x\u00ad.example']) {
    expect(normaliseEmail(hidden)).toBe('ana@x.example');
    expect(fold(hidden, 'marked').text).toBe('ana@x.example');
  }
});

interface Mention {
  readonly kind: string;
  readonly id: string;
}

test('export, preview and erasure find the same texts, in the database, too', async () => {
  for (const [turn, name] of [...names, ...shortNames].entries()) {
    const isShort = shortNames.includes(name);
    const email = `person-${turn}@spelling.example`;
    const [account, other] = [await office.account(`spelling-${turn}`), await office.account(`spelling-other-${turn}`)];
    await office.upsert('contacts', [{ account: { id: account }, externalRef: crm(`spelling-${turn}`), name, email }]);
    const written = sample(spellings(name, isShort), { numRuns: 25, seed: 23 + turn });
    const doubtful = isShort ? [`met ${name} Wang`, `so ${name.toLowerCase()}`] : [];
    const note = (at: string, ref: string, content: string) => ({ account: { id: at }, externalRef: crm(ref), noteType: 'QBR', content, author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' });
    const contents = [...written.map((each) => `-- ${each} --`), ...doubtful, 'nobody at all'];
    const told = await office.upsert('notes', [...contents.map((each, index) => note(account, `spelling-${turn}-${index}`, each)), ...(isShort ? [] : written.map((each, index) => note(other, `spelling-${turn}-o${index}`, `-- ${each} --`)))]);
    const ingested = await office.ingest(written.slice(0, 5).map((each, index) => ({ account: { id: account }, type: 'meeting', source: 'calendar', sourceEventId: `spelling-${turn}-${index}`, payload: { who: `-- ${each} --`, big: 1, deep: [{ [`${each} `]: index }] } })));
    expect([told.rejected, ingested.rejected]).toEqual([0, 0]);
    const { exportSubject } = await office.run<{ exportSubject: { data: Record<string, Mention[]> } }>('mutation($email: String!) { exportSubject(email: $email) { ... on SubjectExport { data } } }', { email });
    const keys = (mentions: readonly Mention[] = []): string[] => mentions.map(({ kind, id }) => `${kind} ${id}`).toSorted();
    const before = await texts();
    const { erasurePreview } = await office.run<{ erasurePreview: { staying: { kind: string; count: number; texts: { rowId: string }[] }[] } }>('query($email: String!) { erasurePreview(email: $email) { staying { kind count texts { rowId } } } }', { email });
    await office.erase(email);
    const after = await texts();
    const changed = [...before].filter(([key, text]) => after.get(key) !== text).map(([key]) => key).toSorted();
    expect(keys(exportSubject.data['mentions']?.filter(({ kind }) => ['note', 'signal'].includes(kind))), name).toEqual(changed);
    expect(changed).toHaveLength(written.length * (isShort ? 1 : 2) + 5);
    expect(keys(exportSubject.data['possibleMentions'])).toEqual(erasurePreview.staying.flatMap(({ kind, texts: some }) => some.map(({ rowId }) => `${kind.replace('_MENTION', '').toLowerCase()} ${rowId}`)).toSorted());
    expect(exportSubject.data['possibleMentions'] ?? []).toHaveLength(doubtful.length);
    for (const [key, text] of after) if (changed.includes(key) && key.startsWith('note')) expect(text).toBe('-- [erased] --');
  }
});

/** The texts of notes and signals, by row. */
async function texts(): Promise<Map<string, string>> {
  const rows = await office.rows(`select 'note ' || id as key, content as text from note union all select 'signal ' || id, payload::text from signal`);
  return new Map(rows.map(({ key, text }) => [String(key), String(text)]));
}
