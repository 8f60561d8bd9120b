/** Why an occurrence of a name may stay. */
export type StayReason = 'SHORT_NAME' | 'ORDINARY_WORD' | 'SHARED_NAME' | 'NAME_OF_A_THING' | 'PART_OF_LONGER_NAME' | 'PART_OF_A_WORD' | 'OTHER_PERSON_IN_PAYLOAD';

/** An occurrence in its text: folded for words, and as it was written for capitals. */
export interface Occurrence {
  readonly folded: string;
  readonly start: number;
  readonly end: number;
  /** The original character at a place of the folded text. */
  letter(at: number): string;
  /** Of an address: as it is written, with accents; null of a name. */
  readonly marked: string | null;
}

/** How an occurrence is told from something else: null where it is the person, `WORD` where it is a word of the language, or why it is not sure. */
export type Check = (occurrence: Occurrence) => StayReason | 'WORD' | null;

const isCapital = (letter: string): boolean => /[\p{Lu}\p{Lt}]/u.test(letter);
const isCased = (letter: string): boolean => /[\p{Lu}\p{Ll}\p{Lt}]/u.test(letter);

/** Never sure. */
export const never = (reason: StayReason): Check => () => reason;

/** A short or lone word: it is a name if it has a capital, and if no other part of a name stands beside it. */
export const asName: Check = (found) => {
  const { folded, start, end, letter } = found;
  if (isCased(letter(start)) && !isCapital(letter(start))) return 'SHORT_NAME';
  const next = /^(?: |-|'(?!s(?![\p{L}])))(?=\p{L})/u.exec(folded.slice(end, end + 3));
  if (next && isCapital(letter(end + next[0].length))) return 'PART_OF_LONGER_NAME';
  const before = /(?:^|[^\p{L}\p{M}.'-])([\p{L}\p{M}.'-]*)[ -]$/u.exec(folded.slice(Math.max(0, start - 40), start));
  const word = before?.[1] ?? '';
  if (!/^\p{L}/u.test(word)) return null;
  const at = start - 1 - word.length;
  if (folded[start - 1] === '-') return isCapital(letter(at)) ? 'PART_OF_LONGER_NAME' : null;
  const beginsSentence = /(?:^|[.!?:;\n"(\]>|])\s*$/u.test(folded.slice(Math.max(0, at - 3), at));
  return isCapital(letter(at)) && !beginsSentence && !word.endsWith('.') ? 'PART_OF_LONGER_NAME' : null;
};

/** A lone word of a long name: `Ann` in `Ann-Kathrin` is part of another name. */
export const notJoined: Check = ({ folded, start, end, letter }) => {
  const before = /(\p{L}[\p{L}\p{M}]*)-$/u.exec(folded.slice(Math.max(0, start - 40), start));
  const joined = (folded[end] === '-' && isCapital(letter(end + 1))) || (before !== null && isCapital(letter(start - before[0].length)));
  return joined ? 'PART_OF_LONGER_NAME' : null;
};

/** A word of the language: with a capital it may be the name; in lower case it is the word. */
export const ordinary: Check = ({ start, letter }) => (isCapital(letter(start)) ? 'ORDINARY_WORD' : 'WORD');

/** Words between first and last name are names if they have capitals. */
export const capitalsBetween: Check = ({ folded, start, end, letter }) => {
  for (const { 0: word, index } of folded.slice(start, end).matchAll(/\p{L}[\p{L}\p{M}.'-]*/gu)) if (word !== '' && isCased(letter(start + index)) && !isCapital(letter(start + index))) return 'PART_OF_LONGER_NAME';
  return null;
};

const chinese = new Intl.Segmenter('zh', { granularity: 'word' });
const window = 16;
const around = new Set('说說和与與的是在来來去也很会會要让讓对對向给給跟把被就都已请請先您君氏殿様总總将將想问問答到はがをにのとへもやでさ从從等为為同我你他她谈談聊打发發写寫没沒不能可应應想看见見听聽讲講告称稱签簽负負表');

/** In scripts without spaces: whether words begin and end where the name does, and nothing goes on that may be part of a name. */
export const asWord: Check = ({ folded, start, end }) => {
  const from = Math.max(0, start - window);
  const segments = [...chinese.segment(folded.slice(from, end + window))].map(({ segment, index }) => ({ segment, from: from + index }));
  const next = segments.find((each) => each.from === end);
  const begins = start === 0 || segments.some((each) => each.from === start);
  const ends = end === folded.length || next !== undefined;
  if (!begins || !ends) return 'PART_OF_A_WORD';
  if (!next || !/^[\p{Script=Han}々]$/u.test(next.segment)) return null;
  return around.has(next.segment) ? null : 'PART_OF_LONGER_NAME';
};
