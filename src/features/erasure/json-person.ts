import { isIP } from 'node:net';
import { fold } from '../../platform/fold.ts';
import { edited, leavesOf, readJson, type JsonEdit, type JsonNode } from './json-text.ts';
import type { Looking, NameMatcher, Scanned, Staying } from './name-matcher.ts';

const phoneKey = /phone|mobil|cell|handy|fax|whatsapp|(?:^|[^a-z])tel(?:$|[^a-z])|電話|전화|电话/i;
const ipKey = /(?:^|[^a-z])ips?(?:$|[^a-z])|ip_?-?addr|[a-z](?:Ip|IP)$|remote_?-?addr|forwarded/i;
const phone = /^\+?[0-9][0-9 ()./-]{6,24}$/;
const mailbox = /[^\s@<>"',;:]+@[^\s@<>"',;:]+/gu;

type Contact = 'IP' | 'PHONE';
interface Beside {
  readonly kind: Contact;
  readonly node: JsonNode & { readonly kind: 'string' | 'number' };
  /** The value within a string that holds more: `1.2.3.4, 5.6.7.8`. */
  readonly value: string;
}

function contactOf(key: string, value: string): Contact | null {
  const folded = fold(value).text.trim();
  const addresses = folded.split(/[\s,]+/).map((each) => each.replace(/^\[([0-9a-f:.]+)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1').replace(/\/\d{1,3}$/, ''));
  if (addresses.every((each) => isIP(each) !== 0) && (ipKey.test(key) || !/version|build|release|agent/i.test(key))) return 'IP';
  return (phoneKey.test(key) && phone.test(folded)) || /^\+[0-9][0-9 ()./-]{7,24}$/.test(folded) ? 'PHONE' : null;
}

/** IP addresses and telephone numbers below a value, without what is below objects of their own person. */
function* contactsBelow(node: JsonNode, key: string, isOther: (node: JsonNode) => boolean): Generator<Beside> {
  if (node.kind === 'string' || node.kind === 'number') {
    const found = contactOf(key, node.value);
    if (found) yield { kind: found, node: node as Beside['node'], value: node.value };
  }
  if (isOther(node)) return;
  if (node.kind === 'array') for (const entry of node.entries) yield* contactsBelow(entry, key, isOther);
  if (node.kind === 'object') for (const member of node.members) yield* contactsBelow(member.value, member.key.value, isOther);
}

/** The strings of an object that say whose it is: its own, and those of its lists. */
function* ownStrings(node: JsonNode): Generator<string> {
  if (node.kind !== 'object') return;
  for (const { value } of node.members) {
    if (value.kind === 'string') yield value.value;
    if (value.kind === 'array') for (const entry of value.entries) if (entry.kind === 'string') yield entry.value;
  }
}

const holdsAddress = (text: string): boolean => text.includes('@') && text.search(mailbox) >= 0;

/** How a payload names a person: somewhere in a text, or as a whole value, which says whose the payload is. */
interface Naming {
  names(text: string): boolean;
  is(text: string): boolean;
}

/** Which contact data in a payload is the person's, and which may be theirs or somebody else's. */
function contactsBeside(root: JsonNode, { names, is }: Naming): { readonly own: readonly Beside[]; readonly open: readonly Beside[] } {
  const all = root.kind === 'object' || root.kind === 'array' ? [...contactsBelow(root, '', () => false)] : [];
  if (all.length === 0) return { own: [], open: [] };
  const addressed = [...leavesOf(root)].filter(({ value }) => holdsAddress(value) || names(value));
  if (!addressed.some(({ value }) => names(value))) return { own: [], open: [] };
  const isOther = (node: JsonNode): boolean => [...ownStrings(node)].some((text) => holdsAddress(text) && !names(text));
  const objects = (node: JsonNode): JsonNode[] => (node.kind === 'object' ? [node, ...node.members.flatMap(({ value }) => objects(value))] : node.kind === 'array' ? node.entries.flatMap(objects) : []);
  // Where nobody else is named by an address, all of it is about them.
  const isOnly = addressed.some(({ value }) => is(value)) && addressed.every(({ value }) => names(value) && [...value.matchAll(mailbox)].length < 2);
  const own = isOnly ? [root] : objects(root).filter((node) => [...ownStrings(node)].some(is) && !isOther(node));
  const found = new Map(own.flatMap((node) => [...contactsBelow(node, '', isOther)]).map((each) => [each.node.start, each]));
  return { own: [...found.values()], open: all.filter(({ node }) => !found.has(node.start)) };
}

const onlyErased = (text: string): boolean => /^(?:\[erased\]|[\s"'<>()+;,]|mailto:|tel:)*$/i.test(text);
const namingBy = (matcher: NameMatcher, ids: boolean): Naming => ({ names: (text) => matcher.isNamedAnywhere(text, ids), is: (text) => matcher.isNamedAnywhere(text, ids) && onlyErased(matcher.scan(text, { near: true, ids }).left) });

/** Takes a person out of a JSON text, string by string, as each is meant. */
export function scanJson(matcher: NameMatcher, text: string, looking: Looking): Scanned {
  const root = readJson(text);
  const edits = new Map<number, JsonEdit>();
  const stays: Staying[] = [];
  const put = (node: JsonNode, left: string): void => void edits.set(node.start, { start: node.start, end: node.end, text: JSON.stringify(left) });
  const isTheirs = (value: string): boolean => matcher.isNamedAnywhere(value, looking.ids);
  const visit = (node: JsonNode): void => {
    if (node.kind === 'literal') return;
    if (node.kind === 'array') return node.entries.forEach(visit);
    if (node.kind === 'object') return object(node);
    const { left, stays: more } = matcher.scan(node.value, looking);
    stays.push(...more);
    if (left !== node.value) put(node, node.kind === 'number' ? '[erased]' : left);
  };
  const object = (node: JsonNode & { readonly kind: 'object' }): void => {
    // The person's own object holds an address of theirs: there, first name and last name are theirs, however common.
    const own = matcher.parts.size > 0 && [...ownStrings(node)].some(isTheirs);
    const names = new Map<string, number>();
    for (const { key, value } of node.members.toSorted((a, b) => (a.key.value < b.key.value ? -1 : 1))) {
      const { left, stays: more } = matcher.scan(key.value, looking);
      stays.push(...more);
      const turn = (names.get(left) ?? 0) + 1;
      names.set(left, turn);
      if (left !== key.value) put(key, turn > 1 ? `${left} ${turn}` : left);
      if (own && value.kind === 'string' && [fold(value.value).text, fold(value.value, 'spelled').text].some((each) => matcher.parts.has(each.trim()))) put(value, '[erased]');
      else visit(value);
    }
  };
  visit(root);
  const { own, open } = contactsBeside(root, namingBy(matcher, looking.ids ?? false));
  for (const { node } of own) put(node, '[erased]');
  for (const { node, value } of open) {
    if (looking.all) put(node, '[erased]');
    else if (!edits.has(node.start)) stays.push({ found: value, reason: 'OTHER_PERSON_IN_PAYLOAD' });
  }
  return { left: edits.size === 0 ? text : edited(text, [...edits.values()]), stays };
}

/** The telephone numbers of a payload that are the person's. */
export function phonesBeside(matcher: NameMatcher, text: string): string[] {
  return contactsBeside(readJson(text), namingBy(matcher, false)).own.filter(({ kind }) => kind === 'PHONE').map(({ value }) => value);
}
