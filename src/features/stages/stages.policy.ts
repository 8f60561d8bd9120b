import type { Role } from '../access/index.ts';

/** What stages mean is for administrators to decide. */
export const mayPublishStages: readonly Role[] = ['admin'];
