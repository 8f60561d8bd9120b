import { foldText, hasWord, indexCompetitors, mentionedIn, type CompetitorIndex } from './competitor-mentions.ts';
import type { CompetitorRules } from './context-rules.ts';
import type { EvidenceRef, TextFact } from './facts.ts';

/** A competitor that is mentioned. */
export interface CompetitiveThreat {
  readonly name: string;
  /** The records that mention it, the latest first. */
  readonly evidence: readonly EvidenceRef[];
  /** Of the mentions within the look-back. RFC 3339. */
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
}

const dayInMilliseconds = 86_400_000;
// Rules are never changed in place, so what is looked for is prepared once.
const indexes = new WeakMap<CompetitorRules, Prepared>();

interface Prepared {
  readonly index: CompetitorIndex;
  readonly dismissals: readonly string[];
  /** What texts mention by these rules. A cached context is read many times and its texts are the same objects each time. */
  readonly mentions: WeakMap<TextFact, readonly Mention[]>;
}

function prepared(rules: CompetitorRules): Prepared {
  const known = indexes.get(rules);
  if (known) return known;
  const made = { index: indexCompetitors(rules.competitors), dismissals: rules.dismissals.map((phrase) => foldText(phrase).toLowerCase()), mentions: new WeakMap() };
  indexes.set(rules, made);
  return made;
}

/**
 * The competitors that threads, notes and weekly summaries mention within the look-back, the latest mention first. One whose
 * latest mention is in a text with a dismissal is left out.
 */
export function competitiveThreats(texts: readonly TextFact[], rules: CompetitorRules, now: string): CompetitiveThreat[] {
  const words = prepared(rules);
  const [from, to] = [Date.parse(now) - rules.lookbackDays * dayInMilliseconds, Date.parse(now)];
  const within = texts.filter(({ occurredAt }) => Date.parse(occurredAt) >= from && Date.parse(occurredAt) <= to);
  const mentions = within.flatMap((fact) => mentionsOf(fact, words));
  return [...Map.groupBy(mentions, ({ name }) => name)].flatMap(([name, own]) => {
    const [latest, ...older] = own.toSorted(latestFirst);
    if (!latest || latest.dismissed) return [];
    const evidence = [latest, ...older].map(({ fact: { type, id } }) => ({ type, id }));
    return [{ name, evidence, firstSeenAt: (older.at(-1) ?? latest).fact.occurredAt, lastSeenAt: latest.fact.occurredAt }];
  }).toSorted((one, other) => Date.parse(other.lastSeenAt) - Date.parse(one.lastSeenAt) || (one.name < other.name ? -1 : 1));
}

interface Mention {
  readonly name: string;
  readonly fact: TextFact;
  readonly dismissed: boolean;
}

function mentionsOf(fact: TextFact, words: Prepared): readonly Mention[] {
  const known = words.mentions.get(fact);
  if (known) return known;
  const found = searchMentions(fact, words);
  words.mentions.set(fact, found);
  return found;
}

function searchMentions(fact: TextFact, { index, dismissals }: Prepared): Mention[] {
  const byName = new Map<string, boolean>();
  for (const text of fact.texts) {
    const names = mentionedIn(text, index);
    if (names.size === 0) continue;
    const lower = foldText(text).toLowerCase();
    const dismissed = dismissals.some((phrase) => hasWord(lower, phrase));
    // One text that does not dismiss it makes the record a mention.
    for (const name of names) byName.set(name, (byName.get(name) ?? true) && dismissed);
  }
  return [...byName].map(([name, dismissed]) => ({ name, fact, dismissed }));
}

function latestFirst(one: Mention, other: Mention): number {
  return Date.parse(other.fact.occurredAt) - Date.parse(one.fact.occurredAt) || Number(one.dismissed) - Number(other.dismissed) || (one.fact.id < other.fact.id ? -1 : 1);
}
