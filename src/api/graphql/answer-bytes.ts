/** Characters that JSON escapes, lone surrogates among them. */
const escaped = /["\\\p{Cc}\p{Cs}]/u;
/** Up to this length a text is copied character by character, which is faster than asking Node to. */
const short = 48;

const smallest = 64 * 1_024;
/** A larger buffer is not kept for the next answer. */
const largestKept = 1_024 * 1_024;
const mostKept = 32;
const spare: Buffer[] = [];

/** A place in an answer whose value has not arrived yet. Holds the pieces of its text: from one byte to another, or a further gap. */
export class Gap {
  readonly pieces: (Gap | { readonly from: number; readonly to: number })[] = [];
}

/**
 * JSON as bytes, written from left to right, with gaps for values that are awaited; a gap is filled once its value has
 * arrived, in any order. Allocates next to nothing: what was written stays in one buffer until the whole is taken.
 */
export class AnswerBytes {
  readonly #whole = new Gap();
  #bytes = spare.pop() ?? Buffer.allocUnsafeSlow(smallest);
  #at = 0;
  #from = 0;
  #pieces = this.#whole.pieces;

  /** Leaves a gap at the present place. */
  gap(): Gap {
    const gap = new Gap();
    this.#end();
    this.#pieces.push(gap);
    return gap;
  }

  /** From now on a gap is written; null: nothing more. */
  go(gap: Gap | null): void {
    this.#end();
    if (gap) this.#pieces = gap.pieces;
  }

  /** JSON text of ASCII characters. */
  ascii(text: string): void {
    const { length } = text;
    this.#room(length);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = 0; index < length; index += 1) bytes[at++] = text.charCodeAt(index);
    this.#at = at;
  }

  /** Any JSON text. */
  json(text: string): void {
    this.#room(text.length * 3);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  /** A string, quoted. */
  string(text: string): void {
    const { length } = text;
    if (length > short) return escaped.test(text) ? this.json(JSON.stringify(text)) : this.#quoted(text);
    this.#room(length + 2);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = 34;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < 32 || code > 126 || code === 34 || code === 92) return this.json(JSON.stringify(text));
      bytes[at++] = code;
    }
    bytes[at++] = 34;
    this.#at = at;
  }

  /** Everything, its gaps filled. The writer is of no more use. */
  take(): Buffer {
    this.#end();
    const whole = Buffer.allocUnsafe(this.#at);
    copy(this.#bytes, this.#whole, whole, 0);
    this.drop();
    return whole;
  }

  /** Gives up what was written. The writer is of no more use. */
  drop(): void {
    if (this.#bytes.length <= largestKept && spare.length < mostKept) spare.push(this.#bytes);
    this.#bytes = none;
  }

  #quoted(text: string): void {
    this.#room(text.length * 3 + 2);
    this.#bytes[this.#at++] = 34;
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
    this.#bytes[this.#at++] = 34;
  }

  #end(): void {
    if (this.#at > this.#from) this.#pieces.push({ from: this.#from, to: this.#at });
    this.#from = this.#at;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(wider, 0, 0, this.#at);
    this.#bytes = wider;
  }
}

const none = Buffer.alloc(0);

function copy(bytes: Buffer, { pieces }: Gap, into: Buffer, start: number): number {
  let at = start;
  for (const piece of pieces) at = piece instanceof Gap ? copy(bytes, piece, into, at) : at + bytes.copy(into, at, piece.from, piece.to);
  return at;
}
