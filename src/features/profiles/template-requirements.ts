import { setImmediate } from 'node:timers/promises';
import type { FallbackAction, RequiredLevel } from './enums.ts';
import { fieldWordsIn, spellingsOf, type FieldWord } from './field-labels.ts';

/** A field that may be required, as an extractor is told of it. */
export interface KnownField {
  readonly name: string;
  readonly displayName: string;
  readonly collectionPrompt: string | null;
}

/** One requirement that an extractor, a model or plain rules, found in a scenario's conditions. */
export interface FoundRequirement {
  readonly fieldName: string;
  readonly requiredLevel: RequiredLevel;
  readonly fallbackAction: FallbackAction;
  /** The words that ask for it. */
  readonly quote: string;
  /** 0..1. */
  readonly confidence: number;
}

/** Plain rules see words, not meaning: a person always reviews what they find. */
const confidence = 0.6;
const optional = /\b(?:optional(?:ly)?|if (?:known|available|possible)|nice to have|prefer(?:ably|red)?|ideally|helpful)\b/i;
/** In small letters, and not as a month: `in may`, `may 3`, `3 may`. */
const perhaps = /(?<!\b(?:in|by|of|on|since|until|till|from|before|after|through|during|early|mid|late|this|next|last)[ -]|\d(?:st|nd|rd|th)?\.? )\b(?:may|might)\b(?! \d)/;
const blocking = /\b(?:do not (?:start|proceed|continue)|must not (?:start|proceed|continue)|block(?:s|ed)? until|only (?:once|after|when))\b/i;
/** Words looked at before others have their turn; a few milliseconds. */
const portion = 2_000;

/**
 * Finds required fields by plain rules: known fields whose names stand in a sentence of the conditions, in the order in
 * which they stand there. Goes through the names once and through the text once, and lets others have their turn between.
 */
export async function templateRequirements(conditions: string, known: readonly KnownField[]): Promise<FoundRequirement[]> {
  const took = turns();
  const names = new Names();
  for (const field of known) {
    const spellings = spellingsOf(field);
    for (const words of spellings) names.add(words, field.name);
    await took(1 + spellings.flat().length);
  }
  const found = new Map<string, FoundRequirement>();
  for (const quote of sentencesOf(conditions)) {
    await took(1);
    let levels: Pick<FoundRequirement, 'requiredLevel' | 'fallbackAction'> | null = null;
    for (const words of fieldWordsIn(quote)) {
      for (const at of words.keys()) {
        const { fields, steps } = names.at(words, at);
        await took(steps);
        for (const fieldName of fields) {
          if (found.has(fieldName)) continue;
          levels ??= levelsOf(quote);
          found.set(fieldName, { fieldName, ...levels, quote, confidence });
        }
      }
    }
  }
  return [...found.values()];
}

/** The sentences and lines of a text that say anything. */
function sentencesOf(conditions: string): string[] {
  return conditions.split(/(?<=[.!?;])\s+|\r?\n/).map((sentence) => sentence.trim()).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

function levelsOf(sentence: string): Pick<FoundRequirement, 'requiredLevel' | 'fallbackAction'> {
  if (optional.test(sentence) || perhaps.test(sentence)) return { requiredLevel: 'SOFT', fallbackAction: 'SKIP' };
  return { requiredLevel: 'HARD', fallbackAction: blocking.test(sentence) ? 'BLOCK' : 'ASK' };
}

/** Counts words, and waits for a turn of the event loop after each portion of them. */
function turns(): (words: number) => Promise<void> | undefined {
  let taken = 0;
  return (words) => {
    taken += words;
    if (taken < portion) return undefined;
    taken = 0;
    return setImmediate();
  };
}

interface Branch {
  readonly next: Map<string, Branch>;
  readonly fields: Set<string>;
}

/** Names by their words, so that a text is looked up word by word, however many names there are. */
class Names {
  readonly #root: Branch = { next: new Map(), fields: new Set() };

  add(words: readonly string[], field: string): void {
    let branch = this.#root;
    for (const word of words) {
      const known = branch.next.get(word);
      const next = known ?? { next: new Map(), fields: new Set() };
      if (!known) branch.next.set(word, next);
      branch = next;
    }
    if (branch !== this.#root) branch.fields.add(field);
  }

  /** The fields whose names begin with a text's word and stand there whole, and how many words were looked at. */
  at(words: readonly FieldWord[], from: number): { fields: string[]; steps: number } {
    const fields: string[] = [];
    let branch: Branch | undefined = this.#root;
    let place = from;
    // A part of a longer name in snake case is another name.
    if (words[from]?.goesOn) return { fields, steps: 1 };
    for (let word = words[place]; word; word = words[place]) {
      branch = branch.next.get(word.text);
      place += 1;
      if (!branch) break;
      if (!words[place]?.goesOn) fields.push(...branch.fields);
    }
    return { fields, steps: place - from + fields.length };
  }
}
