import type { Role } from '../access/index.ts';

/** Who may have a context fetched from its sources. */
export const mayRefreshContext: readonly Role[] = ['analyst', 'approver', 'agent', 'admin'];
