import { isRawNumber } from './exact-json.ts';

/*
 * Which keys and names hold data of children. The list is deliberately wide: a value that is hidden without need costs a
 * question, a child's data at a language model's provider cannot be taken back. A tenant adds names of its own by the PII
 * class CHILD of a field definition, and takes none away. docs/sessions.md has the list for readers.
 */
const people: ReadonlySet<string> = new Set([
  'baby', 'babies', 'daughter', 'daughters', 'grandchild', 'grandchildren', 'granddaughter', 'granddaughters', 'grandson', 'grandsons', 'infant', 'infants', 'kid', 'kids', 'minors', 'newborn', 'newborns', 'offspring',
  'preschooler', 'preschoolers', 'pupil', 'pupils', 'schoolchild', 'schoolchildren', 'son', 'sons', 'stepchild', 'stepchildren', 'stepdaughter', 'stepdaughters', 'stepson', 'stepsons', 'toddler', 'toddlers',
]);
/** What is called a child and is none: a child account is a subsidiary. */
const things: ReadonlySet<string> = new Set([
  'account', 'accounts', 'brand', 'brands', 'case', 'cases', 'company', 'companies', 'domain', 'domains', 'entity', 'entities', 'issue', 'issues', 'item', 'items', 'node', 'nodes', 'object', 'objects', 'opportunities', 'opportunity',
  'organisation', 'organisations', 'organization', 'organizations', 'page', 'pages', 'process', 'processes', 'record', 'records', 'task', 'tasks', 'ticket', 'tickets', 'workspace', 'workspaces',
]);

/** The words of a name in snake, kebab, camel or any other case, in lower case. */
function wordsOf(key: string): string[] {
  return key.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase().split(/[^\p{L}]+/u).filter((word) => word !== '');
}

/** The letters and digits of a name, in lower case: `childName`, `child-name` and `child_name` are one. */
const lettersOf = (key: string): string => key.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

/** Whether a name says that what stands under it is about a child: one of its words is a word for children. */
export function isChildKey(key: string): boolean {
  const words = wordsOf(key);
  return words.some((word, place) => people.has(word) || (word.startsWith('child') && !(/^child(?:ren)?$/.test(word) && things.has(words[place + 1] ?? ''))));
}

/** Which names hold data of children: those of the list, and those of a tenant. */
export type HoldsChildData = (key: string) => boolean;

/** The names of the list and of a tenant's field definitions of the class CHILD. */
export function childKeysWith(names: Iterable<string>): HoldsChildData {
  const own = new Set([...names].map(lettersOf));
  return own.size === 0 ? isChildKey : (key) => isChildKey(key) || own.has(lettersOf(key));
}

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> => value !== null && typeof value === 'object' && !Array.isArray(value) && !isRawNumber(value);

/** Whether a member at any level of a value holds data of children, by its key. */
export function hasChildMembers(value: unknown, holds: HoldsChildData = isChildKey): boolean {
  if (Array.isArray(value)) return value.some((item) => hasChildMembers(item, holds));
  return isMembers(value) && Object.entries(value).some(([key, member]) => holds(key) || hasChildMembers(member, holds));
}

/** The keys of a value at every level, as names are compared: without signs between words, in lower case. */
export function keyFormsIn(value: unknown): string[] {
  const keys = (part: unknown): string[] => (Array.isArray(part) ? part.flatMap(keys) : isMembers(part) ? Object.entries(part).flatMap(([key, member]) => [lettersOf(key), ...keys(member)]) : []);
  return [...new Set(keys(value))];
}

/** A value in which every member that holds data of children, at any level, is replaced; undefined leaves it out. */
export function withChildMembers(value: unknown, replacement: string | undefined, holds: HoldsChildData = isChildKey): unknown {
  if (Array.isArray(value)) return value.map((item) => withChildMembers(item, replacement, holds));
  if (!isMembers(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (!holds(key)) return [[key, withChildMembers(member, replacement, holds)]];
    return replacement === undefined ? [] : [[key, replacement]];
  }));
}

/** The parts of a value that hold data of children, each with its key. */
export function childMembersOf(value: unknown, holds: HoldsChildData): { readonly key: string; readonly value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item) => childMembersOf(item, holds));
  return isMembers(value) ? Object.entries(value).flatMap(([key, member]) => (holds(key) ? [{ key, value: member }] : childMembersOf(member, holds))) : [];
}

/** Texts of a child's data that would tell of the child wherever they stand: whole texts, and of what looks like a name the first one. */
export function tellingTexts({ value }: { readonly value: unknown }): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => tellingTexts({ value: item }));
  if (isMembers(value)) return Object.values(value).flatMap((member) => tellingTexts({ value: member }));
  if (typeof value !== 'string') return [];
  const each = [value, ...value.split(/[,;/&]|\sand\s/u)].map((text) => text.trim());
  const first = each.filter((text) => /^(?:\p{Lu}[\p{L}'’-]*\.?\s*){1,4}$/u.test(text)).map((text) => text.split(/\s/u)[0] ?? '');
  return [...new Set([...each, ...first])].filter((text) => text.length >= 3 && /[\p{L}\p{N}]/u.test(text));
}

/** What stands in the place of a child's data in a text. */
export const childDataLeftOut = '[data of a child]';

/** The words before a colon or equals sign: `Child's name: Mia`, `"child_name": "Mia"`. */
const label = /(\p{L}[\p{L}\p{N} ._'’/-]{0,60})["']?[ \t]*$/u;

/** Where in a line what a label says is a child's begins; -1 if nowhere. A label may stand behind other words. */
function startOfChildData(line: string, holds: HoldsChildData): number {
  for (const { index } of line.matchAll(/[:=](?!\/\/)/g)) {
    const words = label.exec(line.slice(Math.max(0, index - 70), index))?.[1]?.split(/\s+/u) ?? [];
    if (words.some((_, place) => holds(words.slice(place).join(' ')))) return index + 1;
  }
  return -1;
}

/** A text without known data of children, and of each line without what follows a label that says that it is about a child. */
export function textWithoutChildren(text: string, { known, holds = isChildKey }: { readonly known: readonly string[]; readonly holds?: HoldsChildData | undefined }): string {
  const unlabelled = text.replaceAll(/[^\n\r]+/gu, (line) => {
    const start = startOfChildData(line, holds);
    return start < 0 ? line : `${line.slice(0, start)} ${childDataLeftOut}`;
  });
  const anyOf = [...new Set(known)].toSorted((one, other) => other.length - one.length).map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\s+/gu, String.raw`\s+`));
  return anyOf.length === 0 ? unlabelled : unlabelled.replaceAll(new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${anyOf.join('|')})(?![\p{L}\p{N}])`, 'giu'), childDataLeftOut);
}

/** The texts of a value, at any level, without data of children; members that hold it are left out. */
export function valueWithoutChildren(value: unknown, by: { readonly known: readonly string[]; readonly holds?: HoldsChildData | undefined }): unknown {
  const clean = (part: unknown): unknown => {
    if (typeof part === 'string') return textWithoutChildren(part, by);
    if (Array.isArray(part)) return part.map(clean);
    return isMembers(part) ? Object.fromEntries(Object.entries(part).map(([key, member]) => [key, clean(member)])) : part;
  };
  return clean(withChildMembers(value, undefined, by.holds));
}
