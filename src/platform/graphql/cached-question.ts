import type { Cache } from '../cache/caches.ts';
import type { Question } from './call.ts';

/** A question whose present answers are kept in a cache. */
export interface CachedQuestion<Key, Answer> extends Question<Key, Answer> {
  readonly cache: Cache<Answer>;
}

/**
 * Declares a cache by the question that it answers: what is not in it is asked of the operation's snapshot and kept.
 *
 *     export const currentModel = cachedQuestion(
 *       { name: 'scoring_model_in_force', seconds: 3_600, schema: model, staleBy: [staleBy(scoringModelPublished, () => ['in_force'])] },
 *       { name: 'scoring_model_in_force', load: (call, keys) => … },
 *     );
 *
 * It is asked like any other question, and listed in `src/app/caches.ts`. Only the present is kept: a question about a
 * past instant goes to the database. Keys are plain values, or have an `identity`. No personal data goes into a cache
 * unless it is sealed.
 */
export function cachedQuestion<Key, Answer>(cache: Cache<Answer>, question: Question<Key, Answer>): CachedQuestion<Key, Answer> {
  const { identity = String } = question;
  return {
    ...question,
    cache,
    load(call, keys, asOf) {
      if (asOf !== null) return question.load(call, keys, asOf);
      return call.caches.through(cache, {
        tenantId: call.tenantId,
        keys: keys.map(identity),
        openedAt: () => call.read.openedAt,
        load: (places) => question.load(call, places.map((place) => keys[place] as Key), null),
      });
    },
  };
}
