/** Scripts in which U+200C and U+200D shape the letters beside them. */
const joining = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;
const emojiBefore = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;
const pictograph = /\p{Extended_Pictographic}/u;

/** Characters of format that are drawn: signs before numbers and verses. */
const drawn = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
/** Format characters, controls, line separators, blanks that are letters by name, and selectors that can carry a text of their own. */
const unseen = /[\p{Cf}\p{Cc}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\p{Variation_Selector}|[\u034f]|[\u17b4]|[\u17b5]/u;
const lineBreaks = /[\n\t]/u;

/**
 * The first character of a text that nobody sees, or that turns what follows, as `U+202E`; null where there is none. What
 * an approver reads must be what is sent. Kept are a joiner between letters of a script that needs one, or between
 * pictures; a selector after a picture or a digit; and, in what has several lines, line breaks and tabs.
 */
export function hiddenCharacter(text: string, { lines }: { readonly lines: boolean }): string | null {
  const characters = [...text];
  for (const [at, character] of characters.entries()) {
    if (!unseen.test(character) || drawn.test(character)) continue;
    const [before = '', after = ''] = [characters[at - 1], characters[at + 1]];
    if (lines && (lineBreaks.test(character) || (character === '\r' && after === '\n'))) continue;
    if (isNeeded(character, before, after)) continue;
    return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
  return null;
}

function isNeeded(character: string, before: string, after: string): boolean {
  if (character === '\u200c' || character === '\u200d') {
    if (joining.test(before) && (joining.test(after) || !/[\p{L}\p{N}]/u.test(after))) return true;
    return character === '\u200d' && emojiBefore.test(before) && pictograph.test(after);
  }
  return (character === '\ufe0e' || character === '\ufe0f') && /\p{Emoji}/u.test(before);
}
