import { describe, expect, test } from 'vitest';
import { forbiddenWords } from '../../src/features/actions/do-not-say.ts';
import { hiddenCharacter } from '../../src/features/actions/hidden-characters.ts';
import { leadsOut } from '../../src/features/actions/leads-out.ts';

describe('the do-not-say list', () => {
  test.each([
    ['guarantee', 'We guarantee it.'],
    ['guarantee', 'GUARANTEE!'],
    ['guarantee', 'We guar\u0430ntee it'], // Cyrillic a
    ['guarantee', 'We gu\u0430r\u0430nt\u0435\u0435 it'],
    ['guarantee', 'We gu\u03b1rant\u03b5\u03b5 it'], // Greek
    ['guarantee', 'Ｇｕａｒａｎｔｅｅ'],
    ['guarantee', 'We gua\u200brantee it'],
    ['guarantee', 'We gua\u00adrantee it'],
    ['guarantee', 'g u a r a n t e e'],
    ['guarantee', 'g.u.a.r.a.n.t.e.e'],
    ['guarantee', 'g - u - a - r - a - n - t - e - e'],
    ['guarantee', 'guar-antee'],
    ['guarantee', 'guar\nantee'],
    ['guarantee', 'gua rantee'],
    ['guarantee', 'gu4rantee'],
    ['guarantee', 'guarant33'],
    ['guarantee', 'gu@rantee'],
    ['guarantee', 'gùárañtëe'],
    ['guarantee', 'guarantees'],
    ['guarantee', 'guaranteed'],
    ['guarantee', 'guaranteeing'],
    ['guarantee', 'We \u13c0ua\u13a1antee it'], // Cherokee
    ['guarantee', '\ua4d6\ua4f4\ua4ee\ua4e3\ua4ee\ua4e0\ua4d4\ua4f0\ua4f0'], // Lisu
    ['guarantee', 'gu\u0250\u0279\u0250n\u0287\u01dd\u01dd'], // turned letters
    ['guarantee', '\u{1f136}\u{1f144}\u{1f130}\u{1f141}\u{1f130}\u{1f13d}\u{1f143}\u{1f134}\u{1f134}'], // in squares
    ['guarantee', '\u{1f156}\u{1f164}\u{1f150}\u{1f161}\u{1f150}\u{1f15d}\u{1f163}\u{1f154}\u{1f154}'], // in black circles
    ['guarantee', '\u{1f176}\u{1f184}\u{1f170}\u{1f181}\u{1f170}\u{1f17d}\u{1f183}\u{1f174}\u{1f174}'], // in black squares
    ['guarantee', '\u{1f1ec}\u{1f1fa}\u{1f1e6}\u{1f1f7}\u{1f1e6}\u{1f1f3}\u{1f1f9}\u{1f1ea}\u{1f1ea}'], // of flags
    ['promise', 'promising'],
    ['win', 'you are winning'],
    ['remedy', 'remedies'],
    ['risk-free', 'risk free'],
    ['risk-free', 'riskfree'],
    ['risk-free', 'risk -- free'],
    ['act now', 'ACT   NOW'],
    ['act now', 'act\u00a0now'],
    ['act now', 'a c t n o w'],
    ['last chance', 'Iast chance'], // capital I
    ['last chance', '1ast chance'],
    ['click', 'c1ick here'],
    ['100% free', 'It is 100 % free, really'],
    ['100% free', '100% free'],
    ['straße', 'Strasse'],
    ['café', 'cafe'],
    ['гарантия', 'Это гарантия!'],
    ['गारंटी', 'यह गारंटी है'],
    ['गारंटी', 'गा\u200dरंटी'],
    ['உத்தரவாதம்', 'இது உத்தரவாதம் ஆகும்'],
    ['保証', '私たちは保証します'],
    ['รับประกัน', 'เรารับประกันผล'],
    ['ضمان', 'هذا ضَمَان لكم'],
  ])('finds "%s" in "%s"', (phrase, text) => {
    expect(forbiddenWords([text], [phrase])).toEqual([phrase]);
  });

  test.each([
    ['act now', 'Our contract, now signed'],
    ['act now', 'a fact nowhere told'],
    ['one', 'there is work going on, e.g. tests'],
    ['best', 'It will be St. Louis'],
    ['sin', 'as in spring'],
    ['fail', 'in the fall'],
    ['free', 'freedom of choice'],
    ['guarantee', 'a guarantor'],
    ['cure', 'a secure system'],
    ['100% free', '100 free'],
    ['कम', 'यह काम है'], // little; work
    ['பல', 'இது பால் கடை'], // many; milk
    ['दिन', 'दान करो'], // day; gift
  ])('does not find "%s" in "%s"', (phrase, text) => {
    expect(forbiddenWords([text], [phrase])).toEqual([]);
  });

  test('takes a long list and a long text in its stride', () => {
    const list = Array.from({ length: 500 }, (_, index) => `forbidden phrase number ${index} never`);
    expect(forbiddenWords([`${'forbidden phrase number, a, b. '.repeat(300)}${Array.from({ length: 200 }, (_, index) => index).join(' ')} never`], list)).toEqual([]);
    expect(forbiddenWords([`${'a-'.repeat(4_999)}a`], ['aaaaaaaab', 'ab'.repeat(100)])).toEqual([]);
  });
});

describe('what leads out of a text', () => {
  test.each([
    ['a link', ['see https://x.test', 'hxxp://evil', 'hxxps : //evil', 'www.evil.test', 'www evil (dot) com', 'evil.com', 'EVIL.COM', 'evil．com', 'evil。com', 'ev\u200bil.c\u200bom', 'evil[.]com', 'evil (.) com', 'evil{dot}com', 'evil dot com', 'evil . com', 'evil .com', 'bücher.de', 'пример.рф', 'xn--80ak6aa92e.com', 'xn--80ak6aa92e', 'evil%2ecom', 'evil%252ecom', 'https%3A%2F%2Fevil', '//evil/path', '\\\\evil\\share', 'http://3232235777', '192.168.0.1', '192.168.0.1:8080', '2001:db8:0:0:0:0:0:1', 'fe80::1', '0xC0A80001', 'localhost:8080', 'javascript:alert(1)', 'mailto:someone', 'bit.ly/abc', 'sub.evil.co.uk', 'ftp://x']],
    ['markup', ['[a](b)', '[a] (b)', '![a](b)', '[a][1]', '[1]: there', '<a>', '</p>', 'a &#46; b', 'evil&period;com']],
    ['an e-mail address', ['a@b', 'ada＠example', 'ada (at) example', 'ada at example dot com', 'write to @ada']],
    ['a telephone number', ['+1 (555) 010-9999', '555 010 9999', '٠١٢٣٤٥٦٧٨', '020–7946–0958']],
  ])('finds %s', (what, texts) => {
    for (const text of texts) expect(leadsOut(text), text).toBe(what);
  });

  test.each(['Hello there, shall we talk?', 'For instance (e.g. today), at 10:30 or 4 p.m.', 'It grew by 3.5 % to 1.2bn, i.e. a lot.', 'Three sentences. And another. Yes.', 'Your team of 1,200 people; 50% of them.', 'Node and C++ & more.', 'At 10:30:15 sharp', 'नमस्ते, क्या हम बात करें?', 'It rose to 75.3 on 3 May.'])('leaves alone "%s"', (text) => {
    expect(leadsOut(text)).toBeNull();
  });
});

describe('characters that nobody sees', () => {
  test.each([
    ['U+202E', 'gnol \u202eabc'], ['U+2066', '\u2066x'], ['U+200B', 'a\u200bb'], ['U+200D', 'pay\u200dpal'], ['U+200C', 'pay\u200cpal'], ['U+FEFF', '\ufeffHello'], ['U+00AD', 'a\u00adb'], ['U+200F', 'a\u200f'], ['U+E0041', 'a\u{e0041}'],
    ['U+FE01', 'a\ufe01'], ['U+FE0F', 'a\ufe0f'], ['U+E0101', 'a\u{e0101}'], ['U+3164', 'a\u3164'], ['U+2028', 'a\u2028b'], ['U+0007', 'a\u0007'], ['U+000A', 'a\nb'], ['U+061C', '\u061c1'],
  ])('%s is found', (code, text) => {
    expect(hiddenCharacter(text, { lines: false })).toBe(code);
  });

  test.each(['नमस्ते क्\u200dष', 'ശ്രീ\u200d', 'می\u200cخواهم', '👩\u200d💻', '👩🏽\u200d💻', '🏳\ufe0f\u200d🌈', '1\ufe0f\u20e3', '❤\ufe0f', 'Grüße, Zoë', '日本語', 'שלום'])('%s is left alone', (text) => {
    expect(hiddenCharacter(text, { lines: false })).toBeNull();
  });

  test('lines and tabs are no secret where there are lines', () => {
    expect(hiddenCharacter('a\r\n\tb\n', { lines: true })).toBeNull();
    expect(hiddenCharacter('a\rb', { lines: true })).toBe('U+000D');
  });
});
