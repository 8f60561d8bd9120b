import { expect, test } from 'vitest';
import { nameMatcher, type Looking } from '../../src/features/erasure/name-matcher.ts';
import { scanJson } from '../../src/features/erasure/json-person.ts';
import type { Identifiers } from '../../src/features/erasure/identifiers.ts';

const none: ReadonlySet<string> = new Set();
const person = (names: readonly string[], more: Partial<Identifiers> = {}): Identifiers => ({ emails: [], names, phones: [], homonyms: none, things: none, sharedWords: none, otherAddresses: none, longerNames: none, ...more });
const scan = (names: readonly string[], text: string, looking: Partial<Looking> = {}, more: Partial<Identifiers> = {}) => nameMatcher(person(names, more)).scan(text, { near: true, ...looking });
const left = (names: readonly string[], text: string, looking: Partial<Looking> = {}, more: Partial<Identifiers> = {}): string => scan(names, text, looking, more).left;

test('Chinese, Japanese and Korean full names are erased wherever they stand, in both orders, with and without a space', () => {
  for (const [name, text, expected] of [
    ['王小明', '今天和王小明谈了价格', '今天和[erased]谈了价格'], ['王小明', '王 小明先生、小明 王', '[erased]先生、[erased]'], ['王 小明', '王小明来了', '[erased]来了'], ['王小明', '王\u3000小明', '[erased]'], ['欧阳娜娜', '请欧阳娜娜确认', '请[erased]确认'],
    ['佐藤 花子', '佐藤花子様より', '[erased]様より'], ['佐藤 花子', '花子 佐藤、花子佐藤さん', '[erased]、[erased]さん'], ['佐藤花子', '佐藤　花子です', '[erased]です'], ['スズキ ハナコ', 'スズキ・ハナコ様', '[erased]様'], ['佐藤 花子', '佐藤\u200b花\u00ad子様', '[erased]様'],
    ['김민수', '김민수님께 전달', '[erased]님께 전달'], ['김민수', '김 민수 씨와 김민수는', '[erased] 씨와 [erased]는'], ['김 민수', '민수 김', '[erased]'], ['김민수', '김민수'.normalize('NFD'), '[erased]'],
    ['王小明', 'x?q=%E7%8E%8B%E5%B0%8F%E6%98%8E&a', 'x?q=[erased]&a'], ['王小明', String.raw`{"n":"\u738b\u5c0f\u660e"}`, '{"n":"[erased]"}'], ['王小明', '&#29579;小明', '[erased]'], ['王小明', '王\u{e0101}小明', '[erased]'],
  ] as const) expect(left([name], text, { near: false }), `${name} in ${text}`).toBe(expected);
});

test('parts and names of two characters are erased near the person, with a title or as a word, and listed where they may be part of something else', () => {
  for (const [name, text, expected] of [
    ['佐藤 花子', '花子さんと佐藤様', '[erased]さんと[erased]様'], ['王小明', '请小明来，王先生同意', '请[erased]来，[erased]先生同意'], ['김민수', '민수 씨가 왔다', '[erased] 씨가 왔다'], ['李娜', '李娜来了', '[erased]来了'], ['李娜', '和李娜谈', '和[erased]谈'], ['이진', '이진은 좋다', '[erased]은 좋다'], ['マリア', 'マリアさん', '[erased]さん'],
  ] as const) {
    expect(left([name], text), `${name} in ${text}`).toBe(expected);
    expect(left([name], text, { near: false }), 'elsewhere').toBe(text);
  }
  for (const [name, text] of [['王明', '国王明天来'], ['李娜', '李娜娜来了'], ['이진', '다이진'], ['マリア', 'マリアンヌさん'], ['长明', '市长明天']] as const) expect(left([name], text), `${name} in ${text}`).toBe(text);
  expect(scan(['李娜'], '李娜娜来了').stays).toEqual([{ found: '李娜', reason: 'PART_OF_LONGER_NAME' }]);
  expect(scan(['王明'], '国王明天来').stays).toEqual([{ found: '王明', reason: 'PART_OF_A_WORD' }]);
  expect(scan(['佐藤 花子'], '佐藤さん', {}, { sharedWords: new Set(['佐藤']) })).toMatchObject({ left: '佐藤さん', stays: [{ found: '佐藤', reason: 'SHARED_NAME' }] });
});

test('a longer name of somebody else is theirs', () => {
  expect(left(['김민'], '김민수와 김민', {}, { longerNames: new Set(['김민수']) })).toBe('김민수와 [erased]');
  expect(left(['Ann Lee'], 'Ann Lee Smith met Ann Lee', { near: false }, { longerNames: new Set(['Ann Lee Smith']) })).toBe('Ann Lee Smith met [erased]');
});

test('short first names are erased as whole words with a capital, near the person; what is not sure is listed', () => {
  for (const [name, text, expected] of [
    ['Ana', 'Ask Ana about pricing', 'Ask [erased] about pricing'], ['Li', 'Li, and then Bo agreed. Li\'s budget', '[erased], and then Bo agreed. [erased]\'s budget'], ['Bo', 'Call Bo.', 'Call [erased].'], ['José', 'Jose called, JOSÉ agreed', '[erased] called, [erased] agreed'], ['Ana', '"Ana"\u200b said', '"[erased]"\u200b said'], ['Ａｎａ', 'with Ana', 'with [erased]'],
  ] as const) {
    expect(left([name], text), text).toBe(expected);
    expect(left([name], text, { near: false }), 'elsewhere').toBe(text);
  }
  for (const [name, text, reason] of [['Li', 'li', 'SHORT_NAME'], ['Li', 'met Li Wei', 'PART_OF_LONGER_NAME'], ['Ana', 'Then Maria Ana called', 'PART_OF_LONGER_NAME'], ['Ana', 'Ana-Lena called', 'PART_OF_LONGER_NAME'], ['Mark', 'Ask Mark', 'ORDINARY_WORD']] as const) {
    expect(scan([name], text), text).toEqual({ left: text, stays: [{ found: expect.stringMatching(new RegExp(name, 'i')) as string, reason }] });
    expect(left([name], text, { all: true }), 'decided by a person').toContain('[erased]');
  }
  for (const [name, text] of [['Ana', 'Anabel in Banana'], ['Bo', 'Bob'], ['Mark', 'we mark it'], ['Li', 'li@other.example']] as const) expect(scan([name], text), text).toEqual({ left: text, stays: [] });
  expect(left(['Ana'], 'Ana called', {}, { sharedWords: new Set(['ana']) })).toBe('Ana called');
});

test('apostrophes, hyphens, accents, width, case and invisible characters hide no name; middle names go with it', () => {
  const apostrophes = ["'", '’', '‘', 'ʼ', '＇', '′', '`', '´', '&#39;', '&apos;', '%27', '%E2%80%99', String.raw`\u2019`];
  for (const written of apostrophes) for (const told of ["'", '’', '‘', 'ʼ']) expect(left([`Mary O${told}Brien`], `Then Mary O${written}Brien called`, { near: false }), written).toBe('Then [erased] called');
  for (const [name, text, expected] of [
    ["Mary O’Brien", "Mary Ann O'Brien agreed", '[erased] agreed'], ["Mary Ann O’Brien", "Mary O'Brien, Mary A. O'Brien", '[erased], [erased]'], ["Mary O’Brien", "M. O'Brien's note, O'Brien, Mary", "[erased]'s note, [erased]"], ["Mary O’Brien", "Mary O'Connor", "[erased] O'Connor"],
    ['Anne-Marie Dupont', 'Anne‑Marie Dupont, anne–marie\u00a0dupont', '[erased], [erased]'], ['Zoë Müller', 'Zoe Mueller, ZOE MULLER, Zoë Mu\u0308ller', '[erased], [erased], [erased]'], ['Zoe Mueller', 'Zoë Müller', '[erased]'], ['Søren Ærø', 'Soren Aero', '[erased]'], ['Łukasz Żak', 'Lukasz Zak', '[erased]'], ['İpek Işık', 'ipek ışık, IPEK ISIK', '[erased], [erased]'], ['Nguyễn Văn An', 'Nguyen Van An', '[erased]'], ['Đặng Thị', 'Dang Thi', '[erased]'],
    ['Ann Lee', 'Ｆrom Ａｎｎ　Ｌｅｅ！', 'Ｆrom [erased]！'], ['Ann Lee', 'A\u00adnn\u200b L\u2060ee\u200b!', '[erased]\u200b!'], ['Григорий Йов', 'ГРИГОРИЙ ЙОВ', '[erased]'], ['สมชาย ใจดี', 'คุณสมชาย ใจดีโทรมา', 'คุณ[erased]โทรมา'],
  ] as const) expect(left([name], text), `${name} in ${text}`).toBe(expected);
  expect(left(['Ann Brien'], "O'Brien and Brien")).toBe("O'Brien and [erased]");
  expect(left([], 'mail ａｎａ＠ｘ.example, an\u200ba@x\u00ad.example, aná@x.example', {}, { emails: ['ana@x.example'] })).toBe('mail [erased], [erased], aná@x.example');
});

test('IP addresses and telephone numbers beside the person are theirs; in a payload of several they are listed', () => {
  const matcher = nameMatcher(person(['Ann Lee'], { emails: ['a@b.example'] }));
  const json = (payload: unknown) => {
    const { left: text, stays } = scanJson(matcher, JSON.stringify(payload), { near: false });
    return { left: JSON.parse(text) as unknown, stays };
  };
  expect(json({ email: 'a@b.example', ip: '1.2.3.4', phone: '+49 30 12345', n: 12345678901234567890n.toString(), version: '1.2.3.4' })).toEqual({ left: { email: '[erased]', ip: '[erased]', phone: '[erased]', n: '12345678901234567890', version: '1.2.3.4' }, stays: [] });
  expect(json({ visitor: { email: 'a@b.example' }, context: { clientIp: '2001:db8::1', forwarded: '1.2.3.4, 5.6.7.8' }, tel: 4930123456 })).toEqual({ left: { visitor: { email: '[erased]' }, context: { clientIp: '[erased]', forwarded: '[erased]' }, tel: '[erased]' }, stays: [] });
  expect(json([{ email: 'a@b.example', ip: '1.2.3.4' }, { email: 'other@b.example', ip: '5.6.7.8' }])).toEqual({ left: [{ email: '[erased]', ip: '[erased]' }, { email: 'other@b.example', ip: '5.6.7.8' }], stays: [{ found: '5.6.7.8', reason: 'OTHER_PERSON_IN_PAYLOAD' }] });
  expect(json({ text: 'Ann Lee says that it is down', ip: '10.0.0.1' })).toEqual({ left: { text: '[erased] says that it is down', ip: '10.0.0.1' }, stays: [{ found: '10.0.0.1', reason: 'OTHER_PERSON_IN_PAYLOAD' }] });
  expect(json({ email: 'other@b.example', ip: '1.2.3.4' })).toEqual({ left: { email: 'other@b.example', ip: '1.2.3.4' }, stays: [] });
  // All else stays byte for byte.
  expect(scanJson(matcher, '{"a" : 1.50e+3, "b":[12345678901234567890,"a@b.example"],"c":"\\u0041\\/"}', { near: false }).left).toBe('{"a" : 1.50e+3, "b":[12345678901234567890,"[erased]"],"c":"\\u0041\\/"}');
});
