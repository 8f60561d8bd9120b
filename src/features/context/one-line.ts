/**
 * A text that others wrote as part of one line of ours: a line break, or a character that nobody sees or that turns what
 * follows, must not let it read as a line of its own. The joiners of emoji and of some scripts stay.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll(/(?!\u200c|\u200d)(?:\p{Cf}|\u034f|\u115f|\u1160|\u3164|\uffa0)/gu, '');
}
