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
  // But "What is your phone number?" does not say which, where the field is that of somebody.
  const told = ownWords(asked) === '' && ownWords(`${name} ${displayName}`) !== '' ? '' : asked;
  const labels = [displayName, name.replaceAll('_', ' '), name, told].map((label) => label.trim().toLowerCase());
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

/** Words for the kinds of address, which tell no field of a kind from another. */
const kindWords = new Set(['e', 'mail', 'email', 'mailto', 'address', 'tel', 'telephone', 'phone', 'mobile', 'cell', 'number', 'no', 'nr', 'url', 'uri', 'link', 'website', 'site', 'web', 'homepage', 'page']);
/** Words that say nothing of whose an address is. */
const idle = new Set(['a', 'an', 'at', 'by', 'call', 'for', 'is', 'me', 'my', 'of', 'on', 'or', 'our', 'see', 'the', 'their', 'to', 'under', 'us', 'via', 'visit', 'write', 'your']);

/** The words of a label or name that say whose an address is; `contacts` as `contact`. */
function ownWords(text: string): string {
  const words = fieldWordsIn(text)[0] ?? [];
  const own = words.map(({ text: word }) => word).filter((word) => !kindWords.has(word) && !idle.has(word)).map((word) => (word.length > 3 ? word.replace(/s$/, '') : word));
  return [...new Set(own)].toSorted().join(' ');
}

/**
 * Whether the words at an address are those of a field: the very words by which one of its names differs from other
 * addresses. A field called nothing but its kind (`email`) has the only address of a text whose words name no other.
 */
export function isOwnLabel(label: string, { name, displayName }: NamedField, isOnly: boolean): boolean {
  const names = [name, displayName].map(ownWords);
  if (names.some((own) => own !== '')) return names.some((own) => own !== '' && own === ownWords(label));
  const isLabel = /[:=]\s*[<(]?\s*$|[:=]\s*\(|\)\s*$/.test(label) || (fieldWordsIn(label)[0] ?? []).some(({ text }) => kindWords.has(text));
  return isOnly && (!isLabel || ownWords(label) === '');
}

/** Words that leave a name its meaning: `seats_wanted` are seats. */
const plainParts = new Set(['wanted', 'needed', 'ordered', 'required', 'requested', 'purchased', 'bought', 'contracted', 'licensed', 'number', 'count', 'total', 'quantity', 'of', 'the', 'no', 'num']);
/** What says how long something takes, or what it costs, and not how many there are. */
const measures = new Set(['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year', 'percent', 'euro', 'dollar', 'pound', 'time']);

/** The words that may stand behind a number as a field's unit: of a name that counts one thing and says nothing else of it. */
export function unitsOf({ name, displayName }: NamedField): ReadonlySet<string> {
  const things = [name, displayName].map((each) => (fieldWordsIn(each)[0] ?? []).map(({ text }) => text).filter((word) => !plainParts.has(word)));
  const singular = (word: string): string => (/[^sui]s$/.test(word) ? word.slice(0, -1) : word);
  const isCount = [name, displayName].some((each) => /(?:^|[\s_])(?:number|count|quantity|no|num)(?:$|[\s_])/i.test(each));
  const [thing = '', ...others] = [...new Set(things.flat().map(singular))];
  const isPlural = isCount || things.flat().some((word) => word !== singular(word));
  if (thing.length < 3 || others.length > 0 || !isPlural || measures.has(thing) || things.some((words) => words.length === 0)) return new Set();
  return new Set([thing, `${thing}s`]);
}
