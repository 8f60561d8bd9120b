/** Letters that readers take for Latin ones, beside each: Cyrillic, Greek, Armenian, small capitals, crossed and bent letters. */
const rows: readonly (readonly [string, string])[] = [
  ['a', 'аαɑᴀ'], ['ae', 'æӕ'], ['b', 'ьвβʙƅ'], ['c', 'сϲᴄƈ¢'], ['d', 'ԁɗđᴅ'], ['e', 'еεєҽᴇɛ€ɘ'], ['f', 'ꜰƒ'], ['g', 'ɡցɢԍ'], ['h', 'һհнʜ'], ['i', 'іιıɪɩӏ'], ['j', 'јʝᴊ'], ['k', 'кκᴋ'],
  ['l', 'ǀʟł'], ['m', 'мᴍ'], ['n', 'ոηпɴ'], ['o', 'оοօσøᴏө'], ['oe', 'œ'], ['p', 'рρᴘ'], ['q', 'ԛզ'], ['r', 'гʀɾ'], ['s', 'ѕꜱ'], ['ss', 'ß'], ['t', 'тτᴛŧ'], ['u', 'սυμᴜц'], ['v', 'ѵνᴠ'], ['w', 'ԝωшᴡ'], ['x', 'хχ'],
  ['y', 'уүγʏ'], ['z', 'ᴢƶ'],
];
const latin: ReadonlyMap<string, string> = new Map(rows.flatMap(([letter, alike]) => [...alike].map((each) => [each, letter])));
const alike = new RegExp(`[${[...latin.keys()].join('')}]`, 'gu');
/** Digits and signs that stand for letters inside a word: `gu4rantee`, `fr33`. */
const digits: Readonly<Record<string, string>> = { 0: 'o', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' };

/** Marks over letters that leave the letter what it is: accents, Hebrew points, Arabic short vowels. Others are half the word. */
const accents = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/gu;
const unseen = /[\p{Cf}\p{Variation_Selector}\u034f\u115f\u1160\u3164\uffa0\u{e0000}-\u{e007f}]/gu;

/**
 * The spellings that a text is taken for by its readers, in lower case. Two, since `1` and a capital `I` stand for `i` to
 * some and for `l` to others. Nothing is lost that carries meaning: the signs of Hindi, Tamil or Thai stay.
 */
export function spellingsOf(text: string): readonly string[] {
  const seen = text.normalize('NFKD').replaceAll(unseen, '').replaceAll(accents, '');
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
