/**
 * A text as people see it: compatible forms of a character are one, characters that show nothing are not there (zero
 * widths, soft hyphens, directions, and the tags U+E0000 to U+E007F, which can carry a whole hidden text), and spaces are
 * one space. Lines stay lines.
 */
export function shown(text: string): string {
  return text.normalize('NFKC').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').replaceAll(/[^\S\n]+/g, ' ').replaceAll(/ ?\n[ \n]*/g, '\n').trim();
}

/** A shown text for comparison, whatever its case and its lines. It is as long as before, so that places agree. */
export function folded(text: string): string {
  return text.replaceAll(/\p{Lu}/gu, toLower).replaceAll('\n', ' ');
}

/** Whether words stand in a text as whole words. Both are shown and folded. */
export function standsIn(text: string, words: string): boolean {
  return placesOf(text, words).next().done !== true;
}

/** Where words stand in a text as whole words. Both are shown and folded. */
export function* placesOf(text: string, words: string): Generator<number> {
  if (words === '') return;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const cut = (isWord(text[at - 1]) && isWord(words[0])) || (isWord(text[at + words.length]) && isWord(words.at(-1)));
    if (!cut) yield at;
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** A few capitals have longer small letters; they stay. */
function toLower(capital: string): string {
  const lower = capital.toLowerCase();
  return lower.length === capital.length ? lower : capital;
}
