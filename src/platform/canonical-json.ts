import { canonicalNumber, isRawNumber } from './exact-json.ts';

/** JSON with sorted keys: one text for one value, for hashes and for keys of caches. */
export function canonicalJson(value: unknown): string {
  if (isRawNumber(value)) return canonicalNumber(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') return canonicalObject(value as Readonly<Record<string, unknown>>);
  return JSON.stringify(value);
}

function canonicalObject(members: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
