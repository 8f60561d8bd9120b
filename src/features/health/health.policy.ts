import type { Role } from '../access/index.ts';

/** How health is judged is for administrators to decide. */
export const mayPublishHealthModels: readonly Role[] = ['admin'];
