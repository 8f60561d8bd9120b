/**
 * One form for texts that look alike: the rule by which names and addresses are compared, wherever that happens.
 * `asSeen` is its first step, and all of it for addresses, where an accent makes another address.
 */
export function asSeen(text: string): string {
  return text.replaceAll(/\p{Cf}/gu, '').normalize('NFKC').toLowerCase();
}

/**
 * How far a text is folded. `marked` keeps accents. `plain` drops them: `José` is `jose`. `spelled` writes umlauts and their
 * like as two letters first: `Müller` is `mueller`.
 */
export type Folding = 'marked' | 'plain' | 'spelled';

/** A folded text with the way back. */
export interface Folded {
  readonly text: string;
  /** Where the part of the original begins and ends from which the folded characters from `start` to `end` (exclusive) were made. */
  original(start: number, end: number): readonly [number, number];
}

const apostrophes = /[\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032\u00b4`\ua78c\uff07]/gu;
const hyphens = /[\u2010-\u2015\u2212\u2043\ufe58\ufe63\uff0d]/gu;
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f]/gu;
const letters: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ' };
const spellings: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' };

function foldCluster(cluster: string, folding: Folding): string {
  const seen = asSeen(cluster.replaceAll(/\p{DI}/gu, '').replaceAll(apostrophes, "'").replaceAll(hyphens, '-'));
  if (/^[\0-\x7f]*$/.test(seen)) return seen;
  const spelled = folding === 'spelled' ? seen.replaceAll(/[äöüåø]/gu, (letter) => spellings[letter] ?? letter) : seen;
  const bare = folding === 'marked' ? spelled : spelled.normalize('NFD').replaceAll(marks, '').normalize('NFC');
  return bare.replaceAll(/[ßæœøłđðþıς]/gu, (letter) => (folding === 'marked' && letter === 'ø' ? letter : letters[letter] ?? letter));
}

// What normalisation joins, and what cannot be seen behind it.
const clusters = /(?:[\u1100-\u115f]+[\u1160-\u11ff]*|[^])[\p{M}\p{DI}\p{Cf}\uff9e\uff9f]*/gu;
const unseenAtEnd = /[\p{DI}\p{Cf}]+$/u;
const cached = new Map<string, string>();

function foldCached(cluster: string, folding: Folding): string {
  const key = `${folding} ${cluster}`;
  const known = cached.get(key);
  if (known !== undefined) return known;
  const made = foldCluster(cluster, folding);
  // Of the characters in use there are few; texts made to be different empty it again.
  if (cached.size > 20_000) cached.clear();
  cached.set(key, made);
  return made;
}

/** Folds a text: what is escaped (URL, HTML, JSON) is read, invisible characters go, width, case, accents, apostrophes and hyphens are made one. */
export function fold(text: string, folding: Folding = 'plain'): Folded {
  if (/^[\0-$'-[\]-_a-\x7f]*$/.test(text)) return { text: text.toLowerCase(), original: (start, end) => [start, end] };
  const read = readEscapes(text);
  const [from, to]: [number[], number[]] = [[], []];
  let folded = '';
  for (const { 0: cluster, index } of read.text.matchAll(clusters)) {
    const made = cluster.length === 1 && cluster < '\x7f' && cluster !== '`' ? cluster.toLowerCase() : foldCached(cluster, folding);
    const last = index + cluster.length - (unseenAtEnd.exec(cluster)?.[0].length ?? 0) - 1;
    for (let at = 0; at < made.length; at += 1) {
      from.push(read.from[index] ?? 0);
      to.push(read.to[Math.max(last, index)] ?? text.length);
    }
    folded += made;
  }
  return { text: folded, original: (start, end) => [from[start] ?? text.length, end > start ? to[end - 1] ?? text.length : from[start] ?? text.length] };
}

interface ReadText {
  readonly text: string;
  /** For each UTF-16 unit, where it came from. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

const escapes = /(?:%(?:25)*[0-9A-Fa-f]{2})+|&(?:#[xX][0-9A-Fa-f]{1,6}|#[0-9]{1,7}|amp|apos|quot|lt|gt|nbsp|shy);|(?:\\u[0-9A-Fa-f]{4})+/g;
const entities: Readonly<Record<string, string>> = { amp: '&', apos: "'", quot: '"', lt: '<', gt: '>', nbsp: '\u00a0', shy: '\u00ad' };

/** Reads what is escaped; what is not well-formed stays as it is. */
function readEscapes(text: string): ReadText {
  const [from, to]: [number[], number[]] = [[], []];
  let out = '';
  const put = (made: string, start: number, end: number): void => {
    for (let at = 0; at < made.length; at += 1) {
      from.push(start);
      to.push(end);
    }
    out += made;
  };
  const keep = (start: number, end: number): void => {
    for (let at = start; at < end; at += 1) put(text[at] ?? '', at, at + 1);
  };
  let done = 0;
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    keep(done, index);
    done = index + escape.length;
    if (escape.startsWith('%')) readPercents(escape, index, put);
    else if (escape.startsWith('&')) put(entity(escape), index, done);
    else for (let at = 0; at < escape.length; at += 6) put(String.fromCharCode(Number.parseInt(escape.slice(at + 2, at + 6), 16)), index + at, index + at + 6);
  }
  keep(done, text.length);
  return { text: out, from, to };
}

function entity(escape: string): string {
  const name = escape.slice(1, -1);
  if (!name.startsWith('#')) return entities[name] ?? escape;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : escape;
}

function readPercents(escape: string, start: number, put: (made: string, start: number, end: number) => void): void {
  const bytes = [...escape.matchAll(/%(?:25)*([0-9A-Fa-f]{2})/g)].map(({ 0: written, 1: hex = '', index }) => ({ byte: Number.parseInt(hex, 16), at: start + index, end: start + index + written.length, written }));
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at];
    if (!first) return;
    const length = first.byte < 0x80 ? 1 : first.byte >= 0xf0 ? 4 : first.byte >= 0xe0 ? 3 : first.byte >= 0xc2 ? 2 : 0;
    const part = bytes.slice(at, at + length);
    const made = part.length === length && length > 0 ? Buffer.from(part.map(({ byte }) => byte)).toString('utf8') : '\ufffd';
    if (made.includes('\ufffd')) {
      put(first.written, first.at, first.end);
      at += 1;
    } else {
      put(made, first.at, part.at(-1)?.end ?? first.end);
      at += length;
    }
  }
}
