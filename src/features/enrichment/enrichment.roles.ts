import type { Role } from '../access/index.ts';

/** Who may have an account enriched: it costs money. */
export const mayEnrichAccounts: readonly Role[] = ['analyst', 'approver', 'agent', 'admin'];

/** Who decides when accounts are enriched, by whom, and what it may cost. */
export const mayDecideEnrichment: readonly Role[] = ['admin'];
