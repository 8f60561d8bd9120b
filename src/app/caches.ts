import type { Cache } from '../platform/cache/caches.ts';
import { profileCaches } from '../features/profiles/index.ts';
import { scoringCaches } from '../features/scoring/index.ts';

/** Every cache there is; what makes each stale is heard for all of them. */
export const caches: readonly Cache<never>[] = [...profileCaches, ...scoringCaches] as unknown as readonly Cache<never>[];
