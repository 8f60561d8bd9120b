import type { FallbackAction, RequiredLevel } from './enums.ts';

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
const optional = /\b(?:optional(?:ly)?|if (?:known|available|possible)|nice to have|prefer(?:ably|red)?|ideally|helpful|may|might)\b/i;
const blocking = /\b(?:do not (?:start|proceed|continue)|must not (?:start|proceed|continue)|block(?:s|ed)? until|only (?:once|after|when))\b/i;

/** Finds required fields by plain rules: known fields whose names stand in a sentence of the conditions. */
export function templateRequirements(conditions: string, known: readonly KnownField[]): FoundRequirement[] {
  const sentences = conditions.split(/(?<=[.!?;])\s+|\r?\n/).map((sentence) => sentence.trim()).filter((sentence) => sentence !== '');
  return known.flatMap(({ name, displayName }): FoundRequirement[] => {
    const names = [name, name.replaceAll('_', ' '), displayName.trim()].map((each) => each.toLowerCase());
    const quote = sentences.find((sentence) => names.some((each) => hasWords(sentence.toLowerCase(), each)));
    if (quote === undefined) return [];
    const requiredLevel = optional.test(quote) ? 'SOFT' : 'HARD';
    const fallbackAction = requiredLevel === 'SOFT' ? 'SKIP' : blocking.test(quote) ? 'BLOCK' : 'ASK';
    return [{ fieldName: name, requiredLevel, fallbackAction, quote, confidence }];
  });
}

function hasWords(sentence: string, words: string): boolean {
  const at = sentence.indexOf(words);
  const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}_]/u.test(character);
  return at >= 0 && !isWord(sentence[at - 1]) && !isWord(sentence[at + words.length]);
}
