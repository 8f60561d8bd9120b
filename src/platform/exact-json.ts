import { InvalidInput } from './errors.ts';

/**
 * JSON whose numbers stay as they were received. A JavaScript number holds 53 bits; a number that it would change is kept
 * as its source text (`JSON.rawJSON`), which `JSON.stringify` writes as it is.
 */
interface RawNumber {
  readonly rawJSON: string;
}

interface RawJson {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}

// TypeScript's library has no declaration of these two yet.
const { rawJSON, isRawJSON } = JSON as unknown as RawJson;

/** Whether a value is a number kept as its source text. */
export const isRawNumber = (value: unknown): value is RawNumber => isRawJSON(value);

type Reviver = (this: object, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const parseWith = (text: string, reviver: Reviver): unknown => JSON.parse(text, reviver as (key: string, value: unknown) => unknown);

/** Number tokens that `JSON.parse` may change: 16 characters and more, exponents, trailing zeros of a fraction. */
const suspect = /(?:^|[[:,])\s*-?(?:[\d.]{16}|\d+(?:\.\d+)?[eE]|\d+\.\d*0(?!\d))/;

function isChanged(value: unknown, source: string | undefined): source is string {
  // Infinity is left to whoever checks the value: it is refused, not stored.
  return typeof value === 'number' && source !== undefined && Number.isFinite(value) && value !== 0 && String(value) !== source;
}

/** Parses trusted JSON text, as the database writes it; numbers keep their source text where a JavaScript number differs. */
export function parseExactJson(text: string): unknown {
  if (!suspect.test(text)) return JSON.parse(text);
  return parseWith(text, (_key, value, { source }) => (isChanged(value, source) ? rawJSON(source) : value));
}

const [space, quotationMark, backslash] = [32, 34, 92];
const numberAsKey = /"\d+":/;

/** JSON text as the database writes it, standing for the value it holds; parsed only where somebody looks into it. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The text as `JSON.stringify` writes the value: byte for byte the same, without spaces between tokens. */
  get compact(): string {
    const { text } = this;
    // A JavaScript object orders keys that are numbers before the others.
    if (numberAsKey.test(text)) return JSON.stringify(this.toJSON());
    let [compact, from, isString] = ['', 0, false];
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (isString && code === backslash) at += 1;
      else if (code === quotationMark) isString = !isString;
      else if (code === space && !isString) {
        compact += text.slice(from, at);
        from = at + 1;
      }
    }
    return compact + text.slice(from);
  }

  /** The value, as `JSON.stringify` asks for it. */
  toJSON(): unknown {
    return parseExactJson(this.text);
  }
}

/** Sources of changed numbers, by the object or array that holds them, and the key there. */
const sources = new WeakMap<object, Map<string, string>>();

function note(holder: object, key: string, source: string): void {
  const known = sources.get(holder);
  if (known) known.set(key, source);
  else sources.set(holder, new Map([[key, source]]));
}

/**
 * Reads a body from outside. Numbers stay plain numbers, so that every reader of the body can use them; `exactJson` brings
 * the received text back for the parts that are stored as they are. Throws `InvalidInput` for a key `__proto__`.
 */
export function readJsonText(text: string): unknown {
  const guarded = text.includes('__proto__') || text.includes('\\u');
  if (!guarded && !suspect.test(text)) return JSON.parse(text);
  return parseWith(text, reviveBody);
}

/** The reviver of `readJsonText`, for parsers that take one. */
export function reviveBody(this: object, key: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  if (key === '__proto__') throw new InvalidInput('The body holds a key __proto__.');
  if (isChanged(value, source)) note(this, key, source);
  return value;
}

/**
 * A part of a body that `readJsonText` read, with its numbers as they were received; a copy only where one differs.
 * Throws `InvalidInput` for a value that is nested too deeply to be read.
 */
export function exactJson(value: unknown): unknown {
  return withinStack(() => exactValue(value));
}

/** Runs something that calls itself for each level of a value from outside; a value with too many levels is refused. */
export function withinStack<Result>(body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    throw error instanceof RangeError ? new InvalidInput('The body is nested too deeply. Send something flatter.') : error;
  }
}

function exactValue(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || isRawJSON(value)) return value;
  const known = sources.get(value);
  if (Array.isArray(value)) {
    const members = value.map((member, index) => exactMember(known, String(index), member));
    return members.some((member, index) => member !== value[index]) ? members : value;
  }
  const entries = Object.entries(value);
  const exact = entries.map(([key, member]) => [key, exactMember(known, key, member)] as const);
  return exact.some(([, member], index) => member !== entries[index]?.[1]) ? Object.fromEntries(exact) : value;
}

function exactMember(known: ReadonlyMap<string, string> | undefined, key: string, member: unknown): unknown {
  const source = known?.get(key);
  return source === undefined ? exactValue(member) : rawJSON(source);
}

/** A number literal of a GraphQL document, as it is written there. */
export function exactNumber(source: string): unknown {
  const value = Number(source);
  return isChanged(value, source) ? rawJSON(source) : value;
}

/**
 * One text for one number: the plain number's where that is exact, else its digits and exponent. `1.10`, `1.1` and
 * `11e-1` are one number.
 */
export function canonicalNumber({ rawJSON: source }: RawNumber): string {
  const plain = String(Number(source));
  const exact = digitsOf(source);
  return exact === digitsOf(plain) ? plain : exact;
}

function digitsOf(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  return `${sign}${significant || '0'}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
