import type { Role } from '../access/index.ts';

/** Machines report signals; administrators may, too. */
export const mayIngestSignals: readonly Role[] = ['agent', 'admin'];
