import { chainHash, type AuditEntry } from '../../src/platform/postgres/audit-chain.ts';
import type { Id } from '../../src/platform/ids.ts';

/** A chain as the test knows it: the month of each fact, 1 first, and what was signed. */
export interface Known {
  readonly tenantId: Id<'Tenant'>;
  /** months[s - 1]: the month of fact s. */
  readonly months: readonly string[];
  readonly anchors: readonly number[];
  readonly lines: readonly string[];
}

interface Altered {
  readonly lines: readonly string[];
  readonly expected: { readonly tampering: string; readonly sequence: number };
}

type Line = Record<string, unknown> & { readonly type: string; readonly sequence: number };
const read = (line: string): Line => JSON.parse(line) as Line;
const isEvent = (line: string): boolean => read(line).type === 'event';
const upTo = (numbers: () => number, most: number): number => Math.floor(numbers() * most);
const between = (numbers: () => number, first: number, last: number): number => first + upTo(numbers, last - first + 1);
/** Where the line of an event stands. */
const placeOf = ({ lines }: Pick<Known, 'lines'>, sequence: number): number => lines.findIndex((line) => isEvent(line) && read(line).sequence === sequence);
const signedBefore = ({ anchors }: Known, sequence: number): number => Math.max(0, ...anchors.filter((anchor) => anchor < sequence));
const monthOf = (line: string): string => String(read(line)['recordedAt']).slice(0, 7);

/** What can be done to a file, each at a random place, and how it is to be named. */
export const fileWays: Readonly<Record<string, (chain: Known, numbers: () => number) => Altered>> = {
  edit(chain, numbers) {
    const at = between(numbers, 1, chain.months.length);
    const place = placeOf(chain, at);
    const changed = [{ kind: 'thing.unmade' }, { data: { fact: 99 } }, { actorId: 'bob' }, { extra: 1 }, { requestId: 7 }, { accountId: undefined }, { occurredAt: '2020-01-01T00:00:00.000Z' }, { hash: '0'.repeat(64) }, { previousHash: 'none' }, { exact: true }][upTo(numbers, 10)];
    return { lines: chain.lines.with(place, JSON.stringify({ ...read(chain.lines[place] ?? ''), ...changed })), expected: { tampering: 'EDITED', sequence: at } };
  },
  'spoil a line'(chain, numbers) {
    const at = between(numbers, 1, chain.months.length);
    const place = placeOf(chain, at);
    const line = chain.lines[place] ?? '';
    return { lines: chain.lines.with(place, line.slice(0, between(numbers, 0, line.length - 1))), expected: { tampering: 'EDITED', sequence: at } };
  },
  delete(chain, numbers) {
    const at = between(numbers, 1, chain.months.length - 1);
    return { lines: chain.lines.toSpliced(placeOf(chain, at), 1), expected: { tampering: 'DELETED', sequence: at } };
  },
  insert(chain, numbers) {
    const at = between(numbers, 1, chain.months.length);
    const place = placeOf(chain, at);
    return { lines: chain.lines.toSpliced(between(numbers, place + 1, chain.lines.length - 1), 0, chain.lines[place] ?? ''), expected: { tampering: 'INSERTED', sequence: at } };
  },
  reorder(chain, numbers) {
    const one = between(numbers, 1, chain.months.length - 1);
    const other = between(numbers, one + 1, chain.months.length);
    const [first, second] = [placeOf(chain, one), placeOf(chain, other)];
    return { lines: chain.lines.with(first, chain.lines[second] ?? '').with(second, chain.lines[first] ?? ''), expected: { tampering: 'REORDERED', sequence: one } };
  },
  'cut the tail'(chain, numbers) {
    const last = between(numbers, 0, chain.months.length - 1);
    const kept = chain.lines.slice(0, last === 0 ? 1 : placeOf(chain, last) + 1);
    return { lines: numbers() < 0.5 ? kept : [...kept, ...chain.lines.slice(-1)], expected: { tampering: 'TAIL_CUT', sequence: last + 1 } };
  },
  'take a month out'(chain, numbers) {
    const all = [...new Set(chain.months)];
    const month = all[upTo(numbers, all.length)] ?? '';
    const first = chain.months.indexOf(month) + 1;
    return { lines: chain.lines.filter((line) => !isEvent(line) || monthOf(line) !== month), expected: { tampering: month === all.at(-1) ? 'TAIL_CUT' : 'PARTITION_SWAPPED', sequence: first } };
  },
  'rewrite and rehash'(chain, numbers) {
    const at = between(numbers, 1, chain.months.length);
    return { lines: rewrite(chain.lines, at), expected: { tampering: 'REWRITTEN', sequence: signedBefore(chain, at) + 1 } };
  },
};

function rewrite(lines: readonly string[], at: number): string[] {
  let previous: Buffer | null = null;
  return lines.map((line) => {
    const event = read(line);
    if (event.type !== 'event' || event.sequence < at) return line;
    const before: Buffer = previous ?? Buffer.from(String(event['previousHash']), 'hex');
    const changed = event.sequence === at ? { ...event, kind: 'thing.made', data: { fact: 99 } } : event;
    previous = chainHash(before, changed as unknown as AuditEntry);
    return JSON.stringify({ ...changed, previousHash: before.toString('hex'), hash: previous.toString('hex') });
  });
}

/** Two or three of them, one after the other, as far as the file still has the places that they look for. */
export function mixFile(chain: Known, numbers: () => number): { readonly lines: readonly string[]; readonly chosen: readonly string[] } {
  const chosen: string[] = [];
  let { lines } = chain;
  for (let step = between(numbers, 2, 3); step > 0; step -= 1) {
    const [name, act] = Object.entries(fileWays)[upTo(numbers, Object.keys(fileWays).length)] ?? [];
    if (!name || !act) continue;
    try {
      ({ lines } = act({ ...chain, lines }, numbers));
      chosen.push(name);
    } catch {
      // A step before left a line that cannot be read, or took the one that this step would change.
    }
  }
  return { lines, chosen };
}
