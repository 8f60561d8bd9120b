import { setImmediate } from 'node:timers/promises';
import { isQuoted } from './ground-value.ts';

/** A text without the sentences that give their reader orders. */
export interface PlainPart {
  readonly text: string;
  /** Whether nothing was left out. */
  readonly isWhole: boolean;
}

/** Stands for what was left out, so that what stood around it is not taken for one sentence. */
const gap = '\n\u2026\n';
/** Sentences looked at before others have their turn. */
const portion = 200;

/**
 * A text without its sentences that hide words or hold marks of a model's own. No mark reaches beyond the end of a
 * sentence, but it may beyond the end of a line. Of several lines without such an end only those are left out that hold a
 * mark by themselves, where that is enough.
 */
export async function plainPartOf(conditions: string): Promise<PlainPart> {
  if (isPlain(conditions)) return { text: conditions, isWhole: true };
  const kept: string[] = [];
  for (const [place, sentence] of conditions.split(/(?<=[.!?;])(?=\s)/).entries()) {
    kept.push(isPlain(sentence) ? sentence : await plainLinesOf(sentence));
    if (place % portion === portion - 1) await setImmediate();
  }
  return { text: kept.join(''), isWhole: false };
}

async function plainLinesOf(sentence: string): Promise<string> {
  const kept: string[] = [];
  for (const [place, line] of sentence.split('\n').entries()) {
    kept.push(isPlain(line) ? line : gap);
    if (place % portion === portion - 1) await setImmediate();
  }
  const text = kept.join('\n');
  return isPlain(text) ? text : gap;
}

function isPlain(text: string): boolean {
  return !/[\p{L}\p{N}\p{P}\p{S}]|[\u{e0000}-\u{e007f}]/u.test(text) || isQuoted(text, text);
}
