import type { Role } from '../access/index.ts';

/** How scores are computed is for administrators to decide. */
export const mayPublishScoringModels: readonly Role[] = ['admin'];
