import type { ContextRules } from './context-rules.ts';
import type { DerivedValues } from './derived-values.ts';
import type { ContextFacts } from './facts.ts';
import { startOfDay } from './whole-days.ts';

const [minute, dayInMilliseconds] = [60_000, 86_400_000];

/**
 * When a derived value next changes by time alone, as RFC 3339; null: never. Days since the last contact are left out: they
 * change every day and are computed when read. It may be early (nothing changes then), but never late.
 */
export function nextMove(facts: ContextFacts, rules: ContextRules, values: DerivedValues, now: string): string | null {
  const { DEAL_HEALTH: { parameters: health }, COMPETITOR: { parameters: competitor }, FRESHNESS: { parameters: freshness } } = rules;
  const dayAfter = (from: string | null | undefined, days: number | null): string[] => (from === null || from === undefined || days === null ? [] : [startOfDay(from, days + 1)]);
  const { deal, lastContact, engineer } = values;
  const instants = [
    ...dayAfter(lastContact?.occurredAt, health.contactYellowDays), ...dayAfter(lastContact?.occurredAt, health.contactRedDays),
    ...dayAfter(deal?.closeDate, health.closePassedYellowDays), ...dayAfter(deal?.closeDate, health.closePassedRedDays),
    ...dayAfter(deal?.stageSince, health.stageYellowDays), ...dayAfter(deal?.stageSince, health.stageRedDays),
    ...(engineer ? [after(engineer.observedAt, freshness.presenceMinutes * minute)] : []),
    ...values.threats.flatMap(({ evidence }) => evidence).flatMap(({ id }) => facts.texts.filter((text) => text.id === id).map(({ occurredAt }) => after(occurredAt, competitor.lookbackDays * dayInMilliseconds))),
    // What is dated later than now counts from then on.
    ...[...facts.contacts, ...facts.texts, ...facts.presences].map(({ occurredAt }) => new Date(occurredAt).toISOString()),
  ];
  return instants.filter((instant) => Date.parse(instant) > Date.parse(now)).toSorted()[0] ?? null;
}

/** The first millisecond that is more than this long after an instant. */
function after(instant: string, milliseconds: number): string {
  return new Date(Date.parse(instant) + milliseconds + 1).toISOString();
}
