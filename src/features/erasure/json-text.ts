/** A value of a JSON text with its place there: what is changed is put in its place, and all else stays byte for byte, numbers too. */
export type JsonNode =
  | { readonly kind: 'string'; readonly start: number; readonly end: number; readonly value: string }
  | { readonly kind: 'number' | 'literal'; readonly start: number; readonly end: number; readonly value: string }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly entries: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] };

/** A member of an object. */
export interface JsonMember {
  readonly key: JsonNode & { readonly kind: 'string' };
  readonly value: JsonNode;
}

/** A place of a text and what comes there. */
export interface JsonEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const token = /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|([[\]{}:,]))/gsy;

/** Reads a JSON text that PostgreSQL wrote or took. Throws `SyntaxError` for anything else. */
export function readJson(text: string): JsonNode {
  let at = 0;
  const next = (): { readonly text: string; readonly start: number; readonly kind: 'string' | 'number' | 'literal' | 'sign' } => {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) throw new SyntaxError(`unexpected JSON at ${at}`);
    at = token.lastIndex;
    const [, string, number, literal, sign] = found;
    const written = string ?? number ?? literal ?? sign ?? '';
    return { text: written, start: at - written.length, kind: string !== undefined ? 'string' : number !== undefined ? 'number' : literal !== undefined ? 'literal' : 'sign' };
  };
  const value = (first = next()): JsonNode => {
    const { start } = first;
    if (first.kind === 'string') return { kind: 'string', start, end: at, value: String(JSON.parse(first.text)) };
    if (first.kind !== 'sign') return { kind: first.kind, start, end: at, value: first.text };
    if (first.text === '[') {
      const entries: JsonNode[] = [];
      for (let each = next(); each.text !== ']' || each.kind !== 'sign'; each = next()) if (each.text !== ',' || each.kind !== 'sign') entries.push(value(each));
      return { kind: 'array', start, end: at, entries };
    }
    if (first.text !== '{') throw new SyntaxError(`unexpected JSON at ${start}`);
    const members: JsonMember[] = [];
    for (let each = next(); each.text !== '}' || each.kind !== 'sign'; each = next()) {
      if (each.kind === 'sign') continue;
      const key = value(each);
      if (key.kind !== 'string') throw new SyntaxError(`unexpected JSON at ${key.start}`);
      next();
      members.push({ key, value: value() });
    }
    return { kind: 'object', start, end: at, members };
  };
  return value();
}

/** Puts edits into a text. */
export function edited(text: string, edits: readonly JsonEdit[]): string {
  let [out, done] = ['', 0];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    out += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return out + text.slice(done);
}

/** Every string, number and key below a value, in its order. */
export function* leavesOf(node: JsonNode): Generator<JsonNode & { readonly kind: 'string' | 'number' }> {
  if (node.kind === 'string' || node.kind === 'number') yield node as JsonNode & { readonly kind: 'string' | 'number' };
  if (node.kind === 'array') for (const entry of node.entries) yield* leavesOf(entry);
  if (node.kind === 'object') {
    for (const { key, value } of node.members) {
      yield key;
      yield* leavesOf(value);
    }
  }
}
