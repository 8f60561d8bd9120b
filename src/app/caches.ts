import type { Cache } from '../platform/cache/caches.ts';
import type { RefreshedCache } from '../platform/cache/refresher.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { contextCaches, refreshedContexts } from '../features/context/index.ts';
import { profileCaches } from '../features/profiles/index.ts';
import { scoringCaches } from '../features/scoring/index.ts';

/** Every cache there is; what makes each stale is heard for all of them. */
export const caches: readonly Cache<never>[] = [...profileCaches, ...scoringCaches, ...contextCaches] as unknown as readonly Cache<never>[];

/** The caches whose stale entries are loaded again. */
export const refreshedCaches = (seal: Seal): readonly RefreshedCache<never>[] => [refreshedContexts(seal)] as unknown as readonly RefreshedCache<never>[];
