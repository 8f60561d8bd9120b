/** Letters that readers take for Latin ones, beside each: Cyrillic, Greek, Armenian, Cherokee, Lisu, small capitals, crossed, bent and turned letters. */
const rows: readonly (readonly [string, string])[] = [
  ['a', 'аαɑᴀ'], ['ae', 'æӕ'], ['b', 'ьвβʙƅ'], ['c', 'сϲᴄƈ¢'], ['d', 'ԁɗđᴅ'], ['e', 'еεєҽᴇɛ€ɘ'], ['f', 'ꜰƒ'], ['g', 'ɡցɢԍ'], ['h', 'һհнʜ'], ['i', 'іιıɪɩӏ'], ['j', 'јʝᴊ'], ['k', 'кκᴋ'],
  ['l', 'ǀʟł'], ['m', 'мᴍ'], ['n', 'ոηпɴ'], ['o', 'оοօσøᴏө'], ['oe', 'œ'], ['p', 'рρᴘ'], ['q', 'ԛզ'], ['r', 'гʀɾ'], ['s', 'ѕꜱ'], ['ss', 'ß'], ['t', 'тτᴛŧ'], ['u', 'սυμᴜц'], ['v', 'ѵνᴠ'], ['w', 'ԝωшᴡ'], ['x', 'хχ'],
  ['y', 'уүγʏ'], ['z', 'ᴢƶ'],
];
/** Whole scripts whose letters are drawn as Latin capitals: Cherokee (small letters are their lower case) and Lisu, beside what each is taken for. */
const capitals: readonly (readonly [string, string])[] = [
  ['a', '\u13aa\ua4ee'], ['b', '\u13f4\u13cf\ua4d0'], ['c', '\u13df\ua4da'], ['d', '\u13a0\ua4d3'], ['e', '\u13ac\ua4f0'], ['f', '\ua4dd'], ['g', '\u13c0\u13f3\ua4d6'], ['h', '\u13bb\ua4e7'],
  ['i', '\u13a5\ua4f2'], ['j', '\u13ab\ua4d9'], ['k', '\u13e6\ua4d7'], ['l', '\u13de\ua4e1'], ['m', '\u13b7\ua4df'], ['n', '\ua4e0'], ['o', '\ua4f3'], ['p', '\u13e2\ua4d1'], ['r', '\u13a1\u13d2\ua4e3'],
  ['s', '\u13da\u13d5\ua4e2'], ['t', '\u13a2\ua4d4'], ['u', '\ua4f4'], ['v', '\u13d9\ua4e6'], ['w', '\u13b3\u13d4\ua4ea'], ['x', '\ua4eb'], ['y', '\u13a9\u13bd\ua4ec'], ['z', '\u13c3\ua4dc'],
];
/** Letters that are Latin ones upside down. */
const turned: readonly (readonly [string, string])[] = [
  ['a', '\u0250\u0252'], ['c', '\u0254'], ['e', '\u01dd\u0259'], ['f', '\u025f'], ['h', '\u0265'], ['i', '\u1d09'], ['k', '\u029e'], ['l', '\ua781'], ['m', '\u026f'], ['r', '\u0279\u1d1a'], ['t', '\u0287'], ['v', '\u028c'], ['w', '\u028d'], ['y', '\u028e'],
];
const latin: ReadonlyMap<string, string> = new Map([...rows, ...turned, ...capitals.map(([letter, drawn]) => [letter, drawn.toLowerCase()] as const)].flatMap(([letter, alike]) => [...alike].map((each) => [each, letter])));
const alike = new RegExp(`[${[...latin.keys()].join('')}]`, 'gu');
/** Digits and signs that stand for letters inside a word: `gu4rantee`, `fr33`. */
const digits: Readonly<Record<string, string>> = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' };

/** Marks over letters that leave the letter what it is: accents, Hebrew points, Arabic short vowels. Others are half the word. */
const accents = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/gu;
const unseen = /[\p{Cf}\p{Variation_Selector}\u034f\u115f\u1160\u3164\uffa0\u{e0000}-\u{e007f}]/gu;

/** Letters in circles and squares that no normal form takes out of them: negative ones, and those of flags. */
const enclosed = /[\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}\u{1f1e6}-\u{1f1ff}]/gu;
const letterIn = (sign: string): string => {
  const code = sign.codePointAt(0) ?? 0;
  const first = [0x1f1e6, 0x1f170, 0x1f150].find((each) => code >= each) ?? code;
  return String.fromCodePoint(0x41 + code - first);
};

/**
 * The spellings that a text is taken for by its readers, in lower case. Two, since `1` and a capital `I` stand for `i` to
 * some and for `l` to others. Nothing is lost that carries meaning: the signs of Hindi, Tamil or Thai stay.
 */
export function spellingsOf(text: string): readonly string[] {
  const seen = text.replaceAll(enclosed, letterIn).normalize('NFKD').replaceAll(unseen, '').replaceAll(accents, '');
  return [
    ['1|!', 'i'],
    ['1|!I', 'l'],
  ].map(([signs = '', letter = '']) =>
    seen
      .replaceAll(new RegExp(`(?<=\\p{L})[${signs}](?=\\p{L})|[${signs.replaceAll(/[|!]/gu, '')}](?=\\p{L}{2})|(?<=\\p{L}{2})1`, 'gu'), letter)
      .toLowerCase()
      .replaceAll(alike, (found) => latin.get(found) ?? found)
      .replaceAll(/(?<=\p{L})[03457@$](?=[\p{L}03457@$])|(?<=\p{L}[03457@$])[03457@$]|[03457@$](?=\p{L}{2})|(?<=\p{L}{2})[0347@$](?!\p{N})/gu, (found) => digits[found] ?? found)
      .normalize('NFC'),
  );
}
