/** The least score of a text that contains what was searched for, or each word of it. */
export const containedScore = 0.6;

/** How well a text answers what was searched for: 0 to 1. Both are folded: without case and accents. */
export function textScore(searched: string, text: string): number {
  const share = searched.length / Math.max(text.length, 1);
  if (text === searched) return 1;
  if (text.startsWith(searched)) return 0.9 + 0.09 * share;
  if (new RegExp(String.raw`[\s.,;:/@_-]${RegExp.escape(searched)}`).test(text)) return 0.8 + 0.09 * share;
  if (text.includes(searched)) return containedScore + 0.19 * share;
  const words = searched.split(/\s+/);
  if (words.length > 1 && words.every((word) => text.includes(word))) return containedScore;
  return 0.59 * similarity(searched, text);
}

/** The share of the searched text's trigrams that the best words of the other text have: what `pg_trgm` calls word similarity. */
function similarity(searched: string, text: string): number {
  const wanted = trigrams(searched);
  const there = trigrams(text);
  return wanted.size === 0 ? 0 : [...wanted].filter((gram) => there.has(gram)).length / wanted.size;
}

function trigrams(text: string): Set<string> {
  const grams = new Set<string>();
  for (const word of text.split(/[^\p{L}\p{N}]+/u).filter(Boolean)) {
    const padded = `  ${word} `;
    for (let at = 0; at + 3 <= padded.length; at += 1) grams.add(padded.slice(at, at + 3));
  }
  return grams;
}
