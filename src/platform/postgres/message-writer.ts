import type { BoundValue } from './bind-values.ts';

const smallest = 16 * 1_024;
/** A larger buffer is not kept for the next batch. */
const largestKept = 1_024 * 1_024;

let scratch = Buffer.allocUnsafe(smallest);

/**
 * Writes messages of PostgreSQL's extended protocol one behind the other, so that a batch leaves as one piece: a piece per
 * message costs the socket more than the messages do. Texts go out as texts, bytes as they are; answers come as texts.
 */
export class MessageWriter {
  #place = 0;

  /** Prepares a statement under a name. */
  parse(name: string, text: string): void {
    const start = this.#begin('P');
    this.#text(name);
    this.#text(text);
    this.#int16(0);
    this.#end(start);
  }

  /** Binds values to a prepared statement, for the next `execute`. */
  bind(name: string, values: readonly BoundValue[]): void {
    const start = this.#begin('B');
    this.#byte(0);
    this.#text(name);
    this.#formats(values);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(0);
    this.#end(start);
  }

  /** Asks for the columns of what was bound. */
  describe(): void {
    const start = this.#begin('D');
    this.#code('P');
    this.#byte(0);
    this.#end(start);
  }

  /** Runs what was bound, to its last row. */
  execute(): void {
    const start = this.#begin('E');
    this.#byte(0);
    this.#int32(0);
    this.#end(start);
  }

  /** Drops a prepared statement; one that is not there is no error. */
  close(name: string): void {
    const start = this.#begin('C');
    this.#code('S');
    this.#text(name);
    this.#end(start);
  }

  /** Everything that was written, in a piece of its own. */
  take(): Buffer {
    const written = Buffer.from(scratch.subarray(0, this.#place));
    this.#place = 0;
    if (scratch.length > largestKept) scratch = Buffer.allocUnsafe(smallest);
    return written;
  }

  /** Returns where the message's length stands. */
  #begin(code: string): number {
    this.#code(code);
    const start = this.#place;
    this.#int32(0);
    return start;
  }

  #end(start: number): void {
    scratch.writeInt32BE(this.#place - start, start);
  }

  /** None: all are texts. */
  #formats(values: readonly BoundValue[]): void {
    if (!values.some((value) => Buffer.isBuffer(value))) return this.#int16(0);
    this.#int16(values.length);
    for (const value of values) this.#int16(Buffer.isBuffer(value) ? 1 : 0);
  }

  #value(value: BoundValue): void {
    if (value === null) return this.#int32(-1);
    if (typeof value !== 'string') {
      this.#int32(value.length);
      this.#room(value.length);
      this.#place += value.copy(scratch, this.#place);
      return;
    }
    const start = this.#place;
    this.#int32(0);
    this.#characters(value);
    scratch.writeInt32BE(this.#place - start - 4, start);
  }

  #text(text: string): void {
    this.#characters(text);
    this.#byte(0);
  }

  #characters(text: string): void {
    // UTF-8 has at most three bytes for each of JavaScript's units.
    this.#room(text.length * 3);
    this.#place += scratch.write(text, this.#place, 'utf8');
  }

  #code(letter: string): void {
    this.#byte(letter.charCodeAt(0));
  }

  #byte(value: number): void {
    this.#room(1);
    this.#place = scratch.writeUInt8(value, this.#place);
  }

  #int16(value: number): void {
    this.#room(2);
    this.#place = scratch.writeUInt16BE(value, this.#place);
  }

  #int32(value: number): void {
    this.#room(4);
    this.#place = scratch.writeInt32BE(value, this.#place);
  }

  #room(bytes: number): void {
    if (this.#place + bytes <= scratch.length) return;
    const wider = Buffer.allocUnsafe(Math.max(scratch.length * 2, this.#place + bytes));
    scratch.copy(wider, 0, 0, this.#place);
    scratch = wider;
  }
}
