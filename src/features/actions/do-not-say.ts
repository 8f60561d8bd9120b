/**
 * One spelling for a text: NFKC without marks over letters and without characters that nobody sees, in lower case, all
 * that is no letter and no digit as one blank. So `Gua\u200branteed!`, `GUARANTEED` and `ｇｕａｒａｎｔｅｅｄ` are one word.
 */
function plain(text: string): string {
  const seen = text.normalize('NFKD').replaceAll(/[\p{M}\p{Cf}\u{e0000}-\u{e007f}]/gu, '').toLowerCase();
  return ` ${seen.replaceAll(/[^\p{L}\p{N}%]+/gu, ' ').trim()} `;
}

/** The entries of a do-not-say list that some texts hold, as whole words. */
export function forbiddenWords(texts: readonly string[], doNotSay: readonly string[]): string[] {
  const spelled = texts.map(plain);
  return doNotSay.filter((phrase) => spelled.some((text) => text.includes(plain(phrase))));
}
