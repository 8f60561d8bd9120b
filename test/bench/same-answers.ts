/** Instants at which something was computed, and opaque texts: they cannot be the same. */
const untold: ReadonlySet<string> = new Set(['computedAt', 'cursor', 'endCursor']);
/** Decay goes on between two answers: numbers may differ by this share of themselves, and the instant of a crossing (`at`) by these milliseconds; others by what rounding to milliseconds does. */
const tolerance = { share: 1e-3, crossing: 60_000, instant: 1 };

/**
 * Where two answers differ, field by field, each as `path: one, other`. An object's fields are those of the first; what the
 * second has besides is a difference too. A text or a list must be there in both or in neither.
 */
export function differences(one: unknown, other: unknown, path = 'data'): string[] {
  const told = (): string[] => [`${path}: ${JSON.stringify(one)?.slice(0, 120)}, ${JSON.stringify(other)?.slice(0, 120)}`];
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) return [`${path}: ${one.length} items, ${other.length}`];
    return one.flatMap((each, index) => differences(each, other[index], `${path}[${index}]`));
  }
  if (isObject(one) && isObject(other)) return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) => differences(one[name], other[name], `${path}.${name}`));
  if (untold.has(path.slice(path.lastIndexOf('.') + 1))) return typeof one === typeof other ? [] : told();
  return isSame(one, other, path.endsWith('.at') ? tolerance.crossing : tolerance.instant) ? [] : told();
}

function isSame(one: unknown, other: unknown, milliseconds: number): boolean {
  if (one === other) return true;
  if (typeof one === 'number' && typeof other === 'number') return Math.abs(one - other) <= tolerance.share * Math.max(Math.abs(one), Math.abs(other)) + 1e-9;
  if (typeof one !== 'string' || typeof other !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(one)) return false;
  return Math.abs(Date.parse(one) - Date.parse(other)) <= milliseconds;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
