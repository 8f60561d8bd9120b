import { canonicalJson } from '../../src/platform/canonical-json.ts';

/** One place where two graphs differ. */
export interface Difference {
  readonly place: string;
  readonly one: string;
  readonly other: string;
}

type Json = { readonly [key: string]: unknown };
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value);
const told = (value: unknown): string => (value === undefined ? 'absent' : canonicalJson(value));

/** Where two graphs differ; none where they are the same byte for byte. */
export function differences(one: unknown, other: unknown, place = ''): Difference[] {
  if (told(one) === told(other)) return [];
  if (isObject(one) && isObject(other)) {
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort().flatMap((key) => differences(one[key], other[key], place === '' ? key : `${place}.${key}`));
  }
  if (Array.isArray(one) && Array.isArray(other)) return listDifferences(one, other, place);
  return [{ place, one: told(one), other: told(other) }];
}

/** Of two lists what only one of them has; where each has one such member more, what these differ in. */
function listDifferences(one: readonly unknown[], other: readonly unknown[], place: string): Difference[] {
  const only = (own: readonly unknown[], those: readonly unknown[]): unknown[] => {
    const left = those.map(told);
    return own.filter((member) => {
      const at = left.indexOf(told(member));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  const [mine, theirs] = [only(one, other), only(other, one)];
  // What has a name is held against what has the same; the others in their order.
  const names = [...new Set([...mine, ...theirs].map(nameOf))];
  return names.flatMap((name) => {
    const [left, right] = [mine, theirs].map((members) => members.filter((member) => nameOf(member) === name));
    return Array.from({ length: Math.max(left?.length ?? 0, right?.length ?? 0) }, (_, index) => differences(left?.[index], right?.[index], `${place}[${name}]`)).flat();
  });
}

/** What a member of a list is called in messages: its references, or its place alone. */
function nameOf(member: unknown): string {
  const node = isObject(member) && isObject(member['node']) ? member['node'] : member;
  if (!isObject(node)) return '';
  const refs = node['externalRefs'];
  return Array.isArray(refs) ? (refs as { system: string; id: string }[]).map(({ system, id }) => `${system}:${id}`).join('=') : '';
}

/** Differences as lines for people. */
export function describeDifferences(found: readonly Difference[]): string {
  return found.map(({ place, one, other }) => `  ${place.replaceAll('.edges', '').replaceAll('.node', '')}\n    one way:     ${one}\n    another way: ${other}`).join('\n');
}
