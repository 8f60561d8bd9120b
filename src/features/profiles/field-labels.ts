/** What a field is called, by machines and by people, and what is asked to learn it. */
export interface NamedField {
  readonly name: string;
  readonly displayName: string;
  /** What to look for; null when nobody said. */
  readonly collectionPrompt: string | null;
}

/** What a field may be called in a document, in lower case, the longest first. */
export function labelsOf({ name, displayName, collectionPrompt }: NamedField): string[] {
  // "What is your e-mail address?" asks for the e-mail address.
  const [, asked = ''] = /\b(?:your|the|their|its)\s+([\p{L}\p{N} '-]{2,60}?)\s*\?/u.exec(collectionPrompt ?? '') ?? [];
  const labels = [displayName, name.replaceAll('_', ' '), name, asked].map((label) => label.trim().toLowerCase());
  return [...new Set(labels)].filter((label) => label.length > 1).toSorted((one, other) => other.length - one.length);
}

/** A word of a text in which the names of fields are looked for, in lower case. */
export interface FieldWord {
  readonly text: string;
  /** Whether it goes on a name in snake case: `date` in `start_date`. */
  readonly goesOn: boolean;
}

/**
 * The words of a text, once with the parts of hyphenated words for themselves and, where there are such words, once with
 * them as one: `e-mail` is `e mail`, and `email`.
 */
export function fieldWordsIn(text: string): FieldWord[][] {
  const even = text.normalize('NFKC').toLowerCase().replaceAll(/[\u00ad\u200b-\u200d\u2060]/g, '');
  const joined = even.replaceAll(hyphen, '');
  return (joined === even ? [even] : [even, joined]).map((each) =>
    [...each.matchAll(/(_?)([\p{L}\p{M}\p{N}]+)/gu)].map(([, before = '', word = '']) => ({ text: word, goesOn: before !== '' })));
}

const hyphen = /(?<=[\p{L}\p{N}])[-\u2010\u2011](?=[\p{L}\p{N}])/gu;

/** What a field is called, by machines and by people, as words; each spelling once. */
export function spellingsOf({ name, displayName }: Pick<NamedField, 'name' | 'displayName'>): string[][] {
  const spellings = [name, displayName].flatMap((each) => fieldWordsIn(each)).map((words) => words.map(({ text }) => text));
  return [...new Map(spellings.map((words) => [words.join(' '), words])).values()].filter((words) => words.length > 0);
}

/** Words that are part of many names and tell no field from another. */
const empty = new Set(['the', 'and', 'for', 'has', 'have', 'was', 'are', 'its', 'your', 'their', 'with', 'our', 'you', 'who', 'what', 'does', 'did', 'this', 'that', 'customer', 'they', 'can', 'will']);

/** The words in a field's names that tell it from others, in lower case. */
export function wordsOf(field: NamedField): ReadonlySet<string> {
  return wordsIn(labelsOf(field).join(' '));
}

/** The words of a text that say something, in lower case; `isPartner` and `is_partner` are two each. */
export function wordsIn(text: string): ReadonlySet<string> {
  const parted = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return new Set((parted.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => word.length > 2 && !empty.has(word)));
}

/** Whether a text speaks of one of some words, also with another ending: `partner`, `partners`. */
export function speaksOf(text: string, words: ReadonlySet<string>): boolean {
  const said = [...wordsIn(text)];
  return [...words].some((word) => said.some((each) => each === word || (Math.min(each.length, word.length) > 3 && (each.startsWith(word) || word.startsWith(each)))));
}
