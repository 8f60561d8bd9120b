import type { Cache } from '../platform/cache/caches.ts';
import type { RefreshedCache } from '../platform/cache/refresher.ts';
import { contextCache, refreshedContexts } from '../features/context/index.ts';
import { profileCaches } from '../features/profiles/index.ts';
import { scoringCaches } from '../features/scoring/index.ts';

/** Every cache there is; what makes each stale is heard for all of them. */
export const caches: readonly Cache<never>[] = [...profileCaches, ...scoringCaches, contextCache] as unknown as readonly Cache<never>[];

/** The caches whose stale entries are loaded again. */
export const refreshedCaches: readonly RefreshedCache<never>[] = [refreshedContexts] as unknown as readonly RefreshedCache<never>[];
