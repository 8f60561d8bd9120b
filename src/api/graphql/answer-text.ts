/** Characters that JSON escapes, and surrogates: a lone one is escaped, too. */
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

/** A string as JSON. */
export const quote = (text: string): string => (escaped.test(text) ? JSON.stringify(text) : `"${text}"`);

/**
 * JSON that is written from left to right, with gaps for values that are still awaited. Each gap is a text of its own,
 * which is filled when its value arrives, in any order.
 */
export class AnswerText {
  /** What was written since the last gap. */
  text = '';
  #parts: (string | AnswerText)[] | null = null;

  /** Leaves a gap at the present place. */
  gap(): AnswerText {
    const gap = new AnswerText();
    (this.#parts ??= []).push(this.text, gap);
    this.text = '';
    return gap;
  }

  /** The whole text, its gaps included. */
  toString(): string {
    if (this.#parts === null) return this.text;
    let whole = '';
    for (const part of this.#parts) whole += typeof part === 'string' ? part : part.toString();
    return whole + this.text;
  }
}
