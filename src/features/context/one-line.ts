/** What turns the reading direction of all that follows, and characters that hide a text of their own. */
const turning = /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu;

/** A text that others wrote as part of one line of ours: without line breaks and other controls, so that no text can pass for a line by itself. */
export function oneLine(text: string): string {
  return text.replaceAll(turning, '').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
